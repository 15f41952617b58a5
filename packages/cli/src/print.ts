/**
 * What comes over the bus as text, in the layout of ConnMan's client. Pure: values in, text out, each with its newline.
 *
 * Control characters in a peer's text are written out (`\x1b`): a network's name must not steer the terminal.
 */
import { oneLine } from '@connman/base';
import type { Variant } from '@connman/dbus';

export type PropertyMap = ReadonlyMap<string, Variant>;
/** As GetServices and its like give them: object path and properties. */
export type ObjectList = readonly (readonly [string, PropertyMap])[];

/** A text of several lines without what could steer a terminal. */
export const printable = (text: string): string => text.split('\n').map(oneLine).join('\n');

/** One value of a basic or container type. */
function formatValue(signature: string, value: unknown): string {
  switch (signature[0]) {
    case 'b':
      return value ? 'True' : 'False';
    case 'u':
      // As a signed number: so does ConnMan's client.
      return String((value as number) | 0);
    case 'd':
      return (value as number).toFixed(6);
    case 's':
    case 'o':
      return oneLine(value as string);
    case 'y':
    case 'i':
    case 'q':
    case 't':
      return String(value);
    case 'v':
      return formatVariant(value as Variant);
    case '(':
      return `{ ${formatMembers(signature.slice(1, -1), value as readonly unknown[]).join(' ')} }`;
    case 'a':
      return `[ ${formatItems(signature, value).join(', ')} ]`;
    default:
      return `<type ${signature}>`;
  }
}

export function formatVariant(variant: Variant): string {
  return formatValue(variant.signature, variant.value);
}

function formatItems(signature: string, value: unknown): string[] {
  if (value instanceof Map) {
    const key = signature[2] as string;
    const item = signature.slice(3, -1);
    return [...value].map(([k, v]) => `${formatValue(key, k)}=${formatValue(item, v)}`);
  }
  const item = signature.slice(1);
  return Array.from(value as Iterable<unknown>, (one) => formatValue(item, one));
}

function formatMembers(signatures: string, values: readonly unknown[]): string[] {
  let rest = signatures;
  return values.map((value) => {
    const first = firstType(rest);
    rest = rest.slice(first.length);
    return formatValue(first, value);
  });
}

/** The first complete type of a signature that the bus has checked. */
function firstType(signature: string): string {
  let at = 0;
  while (signature[at] === 'a') at++;
  let depth = 0;
  do {
    const c = signature[at++];
    if (c === '(' || c === '{') depth++;
    else if (c === ')' || c === '}') depth--;
  } while (depth > 0);
  return signature.slice(0, at);
}

/** One line for each property; a single newline if there is none. */
export function formatProperties(properties: PropertyMap, indent = '  '): string {
  return lines([...properties].map(([key, value]) => `${indent}${oneLine(key)} = ${formatVariant(value)}`));
}

export function formatObject(path: string, properties: PropertyMap): string {
  return `${path}\n${formatProperties(properties)}`;
}

/** In one line, as in signals: `[ Name=WiFi, Powered=False ]`. */
function formatInline(properties: PropertyMap): string {
  return formatValue('a{sv}', properties);
}

/** The name of an object: the last element of its path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const stateLetters: Readonly<Record<string, string>> = {
  online: 'O',
  ready: 'R',
  association: 'a',
  configuration: 'c',
  disconnect: 'd',
};

const connectionLetters: Readonly<Record<string, string>> = { ready: 'R', configuration: 'C', failure: 'F' };

const textOf = (properties: PropertyMap, key: string): string => oneLine(properties.get(key)?.as('s') ?? '');

/** Columns are counted in bytes, as printf does. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - Buffer.byteLength(text)));
}

function formatService([path, properties]: ObjectList[number]): string {
  if (properties.size === 0) return `${padded('unchanged', 24)} ${nameOf(path)}`;
  const favorite = properties.get('Favorite')?.as('b') ? '*' : ' ';
  const autoConnect = properties.get('AutoConnect')?.as('b') ? 'A' : ' ';
  const state = stateLetters[textOf(properties, 'State')] ?? ' ';
  return `${favorite}${autoConnect}${state} ${padded(textOf(properties, 'Name'), 20)} ${nameOf(path)}`;
}

function formatPeer([path, properties]: ObjectList[number]): string {
  if (properties.size === 0) return `unchanged ${nameOf(path)}`;
  return `${textOf(properties, 'Name')} ${textOf(properties, 'State')} ${nameOf(path)}`;
}

function formatConnection([path, properties]: ObjectList[number]): string {
  const state = connectionLetters[textOf(properties, 'State')] ?? ' ';
  return `  ${state} ${padded(textOf(properties, 'Name'), 20)} vpn_${nameOf(path)}`;
}

const lines = (texts: readonly string[]): string => `${texts.join('\n')}\n`;

export const formatServices = (list: ObjectList): string => lines(list.map(formatService));
export const formatPeers = (list: ObjectList): string => lines(list.map(formatPeer));
export const formatConnections = (list: ObjectList): string => lines(list.map(formatConnection));
export const formatTexts = (texts: readonly string[]): string => lines(texts.map(oneLine));
export const formatObjects = (list: ObjectList): string =>
  list.map(([path, properties]) => formatObject(path, properties)).join('');

/** The two columns every line of the monitor starts with. */
function columns(source: string, object: string): string {
  return `${padded(source, 12)} ${padded(object, 20)} `;
}

/** `net.connman.Service` is `Service`, `net.connman.vpn.Manager` is `vpn.Manager`. */
export function formatChange(source: string, path: string, name: string, value: Variant): string {
  return `${columns(source, nameOf(path))}${oneLine(name)} = ${formatVariant(value)}\n`;
}

export function formatAdded(source: string, signal: string, path: string, properties?: PropertyMap): string {
  return `${columns(source, signal)}${path}${properties ? ` = ${formatInline(properties)}` : ''}\n`;
}

export function formatListChange(
  signal: 'ServicesChanged' | 'PeersChanged',
  changed: ObjectList,
  removed: readonly string[],
): string {
  const services = signal === 'ServicesChanged';
  const head = services ? `${padded('removed', 24)} ` : 'removed ';
  const gone = removed.map((path) => `${head}${path}\n`).join('');
  return `${columns('Manager', signal)}= {\n${services ? formatServices(changed) : formatPeers(changed)}}, {\n${gone}}\n`;
}

/** A session's settings, as its owner is told. */
export function formatUpdate(settings: PropertyMap): string {
  return `${columns('Session', 'Update')}= {\n${formatProperties(settings, '')}}\n`;
}
