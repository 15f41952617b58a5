/** Bus addresses: which sockets to try, out of a text such as `unix:path=/run/dbus/system_bus_socket;unix:abstract=x`. */
import { type DecodeError, err, ok, type Result } from '@connman/base';

const defaultSystemBusAddress = 'unix:path=/var/run/dbus/system_bus_socket';

/** The address of the system bus: from the environment, or where every distribution puts it. */
export function systemBusAddress(environment: Readonly<Record<string, string | undefined>>): string {
  return environment.DBUS_SYSTEM_BUS_ADDRESS || defaultSystemBusAddress;
}

/**
 * The unix sockets of an address list, in order: a path, or an abstract name after a first character of code 0.
 * Transports other than unix sockets are stepped over; an error if none is left.
 */
export function parseAddresses(text: string): Result<readonly string[], DecodeError> {
  const sockets: string[] = [];
  let offset = 0;
  for (const entry of text.split(';')) {
    const colon = entry.indexOf(':');
    if (entry !== '' && colon < 1) return fault(offset, `"${entry}" has no transport`);
    if (entry.slice(0, colon) === 'unix') {
      const parameters = parseParameters(entry.slice(colon + 1));
      if (!parameters) return fault(offset, `"${entry}" has a malformed parameter`);
      const path = parameters.get('path');
      const abstract = parameters.get('abstract');
      if (path) sockets.push(path);
      else if (abstract) sockets.push(`\0${abstract}`);
    }
    offset += entry.length + 1;
  }
  return sockets.length > 0 ? ok(sockets) : fault(0, `"${text}" names no unix socket`);
}

function fault(offset: number, reason: string): Result<never, DecodeError> {
  return err({ layer: 'dbus address', offset, reason });
}

function parseParameters(text: string): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const parameter of text.split(',')) {
    const equals = parameter.indexOf('=');
    const value = equals < 1 ? undefined : unescapeValue(parameter.slice(equals + 1));
    if (value === undefined) return undefined;
    parameters.set(parameter.slice(0, equals), value);
  }
  return parameters;
}

/** `%2e` is a byte; a byte outside the specification's list of plain ones must be written that way. */
function unescapeValue(text: string): string | undefined {
  if (!/^(?:[-0-9A-Za-z_/.\\*]|%[0-9A-Fa-f]{2})*$/.test(text)) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '%') {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(text.charCodeAt(at));
    }
  }
  const value = Buffer.from(bytes).toString('utf8');
  return value.includes('\0') ? undefined : value;
}
