/** Routes of a VPN, as users, servers, files and the bus write them. */

import { int32, str, type Variant } from '@connman/dbus';
import {
  type Family,
  familyOf,
  type IpAddress,
  type Ipv4Address,
  netmaskOf,
  type Prefix,
  parseIp,
  parseIpv4,
  prefixLengthOf,
} from '@connman/inet';

export interface VpnRoute {
  readonly destination: Prefix;
  /** Absent: straight into the tunnel. */
  readonly gateway?: IpAddress;
}

/** A prefix length, or an IPv4 netmask. */
export function parseMask(family: Family, text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const length = Number(text);
    return length <= (family === 4 ? 32 : 128) ? length : undefined;
  }
  const mask = family === 4 ? parseIpv4(text) : undefined;
  return mask && prefixLengthOf(mask);
}

/** The netmask of an IPv4 route, the prefix length of an IPv6 one: as properties and storage have it. */
function maskText({ address, length }: Prefix): string {
  return familyOf(address) === 4 ? netmaskOf(length) : String(length);
}

export function vpnRoute(network: string, mask: string, gateway = ''): VpnRoute | undefined {
  const address = parseIp(network);
  if (!address) return undefined;
  const family = familyOf(address);
  const length = parseMask(family, mask);
  if (length === undefined) return undefined;
  const via = gateway === '' ? undefined : parseIp(gateway);
  if (gateway !== '' && (!via || familyOf(via) !== family)) return undefined;
  // An unspecified gateway says that there is none.
  const real = via && via !== '0.0.0.0' && via !== '::' ? via : undefined;
  return { destination: { address, length }, ...(real && { gateway: real }) };
}

/** The key `Networks` of *.config files: `net/mask[/gateway],...`. The entries that cannot be read come in `wrong`. */
export function parseNetworks(text: string): {
  readonly routes: readonly VpnRoute[];
  readonly wrong: readonly string[];
} {
  const routes: VpnRoute[] = [];
  const wrong: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [network = '', mask = '', gateway, ...rest] = entry.split('/');
    const route = rest.length === 0 ? vpnRoute(network, mask, gateway) : undefined;
    if (route) routes.push(route);
    else wrong.push(entry);
  }
  return { routes, wrong };
}

/** The key `Networks` of storage: `4/net/mask/gateway;...`. */
export function parseStoredNetworks(text: string): readonly VpnRoute[] {
  const routes: VpnRoute[] = [];
  for (const entry of text.split(';')) {
    const [family, network = '', mask = '', gateway] = entry.split('/');
    if (family !== '4' && family !== '6') continue;
    const route = vpnRoute(network, mask, gateway);
    if (route) routes.push(route);
  }
  return routes;
}

export function formatStoredNetworks(routes: readonly VpnRoute[]): string {
  return routes
    .map(({ destination, gateway }) => {
      const family = familyOf(destination.address);
      const none = family === 4 ? '0.0.0.0' : '::';
      return `${family}/${destination.address}/${maskText(destination)}/${gateway ?? none};`;
    })
    .join('');
}

/** One entry of UserRoutes or ServerRoutes. */
export function routeProperties({ destination, gateway }: VpnRoute): [Record<string, Variant>] {
  const family = familyOf(destination.address);
  return [
    {
      ProtocolFamily: int32(family),
      Network: str(destination.address),
      Netmask: str(maskText(destination)),
      Gateway: str(gateway ?? ''),
    },
  ];
}

/** Undefined if any entry is wrong: a list is taken as a whole or not at all. */
export function routesFromProperty(
  entries: readonly (readonly [ReadonlyMap<string, Variant>])[],
): readonly VpnRoute[] | undefined {
  const routes: VpnRoute[] = [];
  for (const [entry] of entries) {
    const read = (key: string) => entry.get(key)?.as('s') ?? '';
    const route = vpnRoute(read('Network'), read('Netmask'), read('Gateway'));
    const family = entry.get('ProtocolFamily')?.as('i') ?? 0;
    if (!route || (family !== 0 && family !== familyOf(route.destination.address))) return undefined;
    routes.push(route);
  }
  return routes;
}

export const isIpv4 = (address: IpAddress): address is Ipv4Address => familyOf(address) === 4;
