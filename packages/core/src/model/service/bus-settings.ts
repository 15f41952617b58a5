/** What a client writes to a service's property, checked: a setting, or the bus's error (ConnMan rules 69, 71 and 72). */
import { err, ok, parseDataBudget, type Result } from '@connman/base';
import { macAddressPolicies } from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import {
  gatewayFault,
  hostAddressFault,
  type IpAddress,
  parseIpv4,
  parseIpv6,
  parseStaticRoute,
  prefixLengthOf,
} from '@connman/inet';
import type { Ipv6Config } from '../ipconfig/ip-settings';
import type { Refusal } from '../outcome';
import type { ServiceSetting } from './setting';
import { meteredChoices } from './settings';

type Parsed = Result<ServiceSetting, Refusal>;
type Fields = ReadonlyMap<string, Variant>;

export function parseSetting(name: string, value: Variant): Parsed {
  switch (name) {
    case 'AutoConnect':
    case 'mDNS.Configuration': {
      const enabled = value.as('b');
      return enabled === undefined ? err('InvalidArguments') : ok({ name, value: enabled });
    }
    case 'MACAddressPolicy': {
      const policy = macAddressPolicies.find((one) => one === value.as('s'));
      return policy === undefined ? err('InvalidArguments') : ok({ name, value: policy });
    }
    case 'Metered': {
      const choice = meteredChoices.find((one) => one === value.as('s'));
      return choice === undefined ? err('InvalidArguments') : ok({ name, value: choice });
    }
    case 'DataBudget': {
      const text = value.as('s');
      const budget = text === '' ? 'none' : parseDataBudget(text ?? '');
      return budget === undefined ? err('InvalidArguments') : ok({ name, value: budget });
    }
    case 'Routes.Configuration': {
      const routes = value.as('as')?.map(parseStaticRoute);
      if (!routes?.every((route) => route !== undefined)) return err('InvalidArguments');
      return ok({ name, value: routes });
    }
    case 'Nameservers.Configuration':
    case 'Timeservers.Configuration':
    case 'Domains.Configuration': {
      const entries = value.as('as');
      return entries === undefined ? err('InvalidArguments') : ok({ name, value: entries.filter((one) => one !== '') });
    }
    case 'IPv4.Configuration':
    case 'IPv6.Configuration':
    case 'Proxy.Configuration': {
      const fields = value.as('a{sv}');
      if (fields === undefined) return err('InvalidArguments');
      if (name === 'IPv4.Configuration') return parseIpv4Configuration(fields);
      return name === 'IPv6.Configuration' ? parseIpv6Configuration(fields) : parseProxyConfiguration(fields);
    }
    default:
      return err('InvalidProperty');
  }
}

/** A text field: undefined if it is absent or empty, false if it is of another type or its reader refuses it. */
function read<T>(fields: Fields, name: string, parse: (text: string) => T | undefined): T | undefined | false {
  const field = fields.get(name);
  if (!field) return undefined;
  const text = field.as('s');
  if (text === undefined) return false;
  return text === '' ? undefined : (parse(text) ?? false);
}

function parseIpv4Configuration(fields: Fields): Parsed {
  const method = fields.get('Method')?.as('s');
  // RFC 3927 is what DHCP falls back to, never a choice; `auto` by name is IPv6's (rule 69).
  if (method === 'auto') return err('NotSupported');
  if (method === 'dhcp' || method === 'off') return ok({ name: 'IPv4.Configuration', value: { method } });
  if (method !== 'manual') return err('InvalidArguments');
  const address = read(fields, 'Address', parseIpv4);
  const netmask = read(fields, 'Netmask', (text) => {
    const mask = parseIpv4(text);
    return mask && prefixLengthOf(mask) !== undefined ? mask : undefined;
  });
  const gateway = read(fields, 'Gateway', parseIpv4);
  if (address === false || netmask === false || gateway === false) return err('InvalidArguments');
  if (!isPossible(address, netmask === undefined ? 32 : prefixLengthOf(netmask), gateway))
    return err('InvalidArguments');
  return ok({
    name: 'IPv4.Configuration',
    value: { method, ...(address && { address }), ...(netmask && { netmask }), ...(gateway && { gateway }) },
  });
}

/** Whether a host can have the address, and reach the world by the gateway. */
function isPossible(address: IpAddress | undefined, length: number | undefined, gateway?: IpAddress): boolean {
  if (length === undefined) return false;
  if (address === undefined) return true;
  const own = { address, length };
  return !hostAddressFault(own) && (gateway === undefined || !gatewayFault(gateway, own));
}

const privacies: ReadonlyMap<string, Ipv6Config['privacy']> = new Map([
  ['disabled', 'disabled'],
  ['enabled', 'enabled'],
  ['prefered', 'prefered'],
  ['preferred', 'prefered'],
]);

function parseIpv6Configuration(fields: Fields): Parsed {
  const method = fields.get('Method')?.as('s');
  if (method === 'dhcp') return err('NotSupported');
  if (method !== 'auto' && method !== 'manual' && method !== 'off') return err('InvalidArguments');
  const asked = fields.get('Privacy')?.as('s');
  const privacy = (method === 'auto' && privacies.get(asked ?? '')) || 'disabled';
  if (method !== 'manual') return ok({ name: 'IPv6.Configuration', value: { method, privacy } });
  const address = read(fields, 'Address', parseIpv6);
  const gateway = read(fields, 'Gateway', parseIpv6);
  const lengthField = fields.get('PrefixLength');
  const prefixLength = lengthField?.as('y');
  if (lengthField && (prefixLength === undefined || prefixLength > 128)) return err('InvalidArguments');
  if (address === false || gateway === false) return err('InvalidArguments');
  // Rule 69 takes a length of 0.
  if (!isPossible(address, prefixLength || 64, gateway)) return err('InvalidArguments');
  return ok({
    name: 'IPv6.Configuration',
    value: {
      method,
      privacy,
      ...(address && { address }),
      ...(prefixLength !== undefined && { prefixLength }),
      ...(gateway && { gateway }),
    },
  });
}

function parseProxyConfiguration(fields: Fields): Parsed {
  const method = fields.get('Method')?.as('s');
  const nothing = { url: '', servers: [], excludes: [] };
  if (method === 'direct') return ok({ name: 'Proxy.Configuration', value: { method, ...nothing } });
  if (method === 'auto') {
    const url = read(fields, 'URL', (text) => text);
    if (url === false) return err('InvalidArguments');
    return ok({ name: 'Proxy.Configuration', value: { ...nothing, method, url: url ?? '' } });
  }
  if (method !== 'manual') return err('InvalidArguments');
  const servers = fields.get('Servers')?.as('as');
  const excludes = fields.has('Excludes') ? fields.get('Excludes')?.as('as') : [];
  if (!servers || servers.length === 0 || !excludes) return err('InvalidArguments');
  return ok({ name: 'Proxy.Configuration', value: { method, url: '', servers, excludes } });
}
