/** A connection's properties as the IP configuration that comes with its network (rules 98, 100, 105 and 106). */
import type { ProvidedIp } from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import {
  type Family,
  familyOf,
  type IpAddress,
  type Ipv4Address,
  networkOf,
  type Prefix,
  parseIp,
  parseIpv4,
  prefixLengthOf,
} from '@connman/inet';

type PropertyMap = ReadonlyMap<string, Variant>;
type Route = ProvidedIp['routes'][number];
type Address = ProvidedIp['addresses'][number];

const any: Readonly<Record<Family, Prefix>> = {
  4: { address: '0.0.0.0' as Prefix['address'], length: 0 },
  6: { address: '::' as Prefix['address'], length: 0 },
};

/**
 * A split tunnel gets the user's and the server's networks without default routes, or its own network where there are none; a
 * full one gets a default route of each family it has an address of.
 */
export function providedIp(properties: PropertyMap, servers: readonly IpAddress[]): ProvidedIp {
  const addresses = [address(properties, 'IPv4'), address(properties, 'IPv6')].filter((one) => one !== undefined);
  const split = properties.get('SplitRouting')?.as('b') ?? false;
  const families = new Set(addresses.map((one) => familyOf(one.address)));
  const listed = [...routes(properties, 'UserRoutes'), ...routes(properties, 'ServerRoutes')];
  const networks = listed.filter(
    ({ destination }) => !isDefault(destination) && families.has(familyOf(destination.address)),
  );
  const all: readonly Route[] = split
    ? networks.length > 0
      ? networks
      : addresses.map(ownNetwork)
    : [...[...families].map((family) => ({ destination: any[family] })), ...networks];
  const domain = properties.get('Domain')?.as('s');
  return {
    addresses,
    // The tunnel has one other end: what goes into it needs no gateway.
    routes: all.map(({ destination }) => ({ destination })),
    nameservers: (properties.get('Nameservers')?.as('as') ?? []).map(parseIp).filter((one) => one !== undefined),
    domains: domain ? [domain] : [],
    mtu: 0,
    servers,
  };
}

/** 0.0.0.0/0, and its halves that servers push to leave the real default route alone. */
function isDefault({ length }: Prefix): boolean {
  return length <= 1;
}

function ownNetwork({ address: own, prefixLength }: Address): Route {
  const network = familyOf(own) === 4 ? networkOf(own as Ipv4Address, prefixLength) : own;
  return { destination: { address: network, length: prefixLength } };
}

function address(properties: PropertyMap, name: 'IPv4' | 'IPv6'): Address | undefined {
  const values = properties.get(name)?.as('a{sv}');
  const own = parseIp(values?.get('Address')?.as('s') ?? '');
  if (!values || !own) return undefined;
  const peer = parseIp(values.get('Peer')?.as('s') ?? '');
  return { address: own, prefixLength: prefixLength(values, familyOf(own)), ...(peer && { peer }) };
}

/** A netmask; for IPv6 a byte, which the documentation calls a string (rule 188). */
function prefixLength(values: PropertyMap, family: Family): number {
  if (family === 4) {
    const mask = parseIpv4(values.get('Netmask')?.as('s') ?? '');
    return (mask && prefixLengthOf(mask)) ?? 32;
  }
  const length = values.get('PrefixLength');
  const bits = length?.as('y') ?? Number(length?.as('s') ?? 128);
  return bits >= 0 && bits <= 128 ? bits : 128;
}

function routes(properties: PropertyMap, name: 'UserRoutes' | 'ServerRoutes'): readonly Route[] {
  const list: Route[] = [];
  for (const [entry] of properties.get(name)?.as('a(a{sv})') ?? []) {
    const network = parseIp(entry.get('Network')?.as('s') ?? '');
    if (!network) continue;
    const mask = entry.get('Netmask')?.as('s') ?? '';
    const netmask = familyOf(network) === 4 ? parseIpv4(mask) : undefined;
    const length = netmask ? prefixLengthOf(netmask) : Number(mask);
    if (length === undefined || !(length >= 0) || length > (familyOf(network) === 4 ? 32 : 128)) continue;
    list.push({ destination: { address: network, length } });
  }
  return list;
}
