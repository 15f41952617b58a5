/** A connection as clients see it: the properties of net.connman.vpn.Connection. */
import type { VpnState } from '@connman/contracts';
import { bool, byte, dict, int32, str, strings, type Variant, variant } from '@connman/dbus';
import { netmaskOf } from '@connman/inet';
import type { TunnelAddress, TunnelFacts } from '../connection/tunnel';
import type { Provider } from './provider';
import { isIpv4, routeProperties } from './route';

export type PropertyMap = ReadonlyMap<string, Variant>;

export function connectionProperties(
  provider: Provider,
  state: VpnState,
  tunnel: TunnelFacts | undefined,
  defaults: ReadonlyMap<string, string> = new Map(),
): PropertyMap {
  const properties = new Map<string, Variant>();
  properties.set('State', str(state));
  properties.set('Type', str(provider.type));
  properties.set('Name', str(provider.name));
  properties.set('Host', str(provider.host));
  if (tunnel) properties.set('Index', int32(tunnel.ifindex));
  const domain = tunnel?.domains[0] ?? provider.domain;
  if (domain !== '') properties.set('Domain', str(domain));
  properties.set('Immutable', bool(provider.origin !== undefined));
  properties.set('SplitRouting', bool(splitRouting(provider, tunnel)));
  for (const address of tunnel?.addresses ?? [])
    properties.set(isIpv4(address.address) ? 'IPv4' : 'IPv6', dict(addressProperties(address)));
  properties.set('Nameservers', strings(tunnel?.nameservers ?? []));
  // Ours: connmand keeps the way to them out of the tunnel. Absent, it looks up Host.
  if (tunnel && tunnel.servers.length > 0) properties.set('ServerAddresses', strings(tunnel.servers));
  properties.set('UserRoutes', variant('a(a{sv})', provider.userRoutes.map(routeProperties)));
  properties.set('ServerRoutes', variant('a(a{sv})', (tunnel?.routes ?? []).map(routeProperties)));
  for (const [key, value] of [...defaults, ...provider.settings]) properties.set(key, str(value));
  return properties;
}

/** What no one has decided follows the server: a tunnel without a default route is split. */
export function splitRouting(provider: Provider, tunnel: TunnelFacts | undefined): boolean {
  if (provider.splitRouting !== undefined) return provider.splitRouting;
  return tunnel !== undefined && !tunnel.routes.some(({ destination }) => destination.length <= 1);
}

function addressProperties({ address, prefixLength, peer, gateway }: TunnelAddress): Record<string, Variant> {
  return {
    Address: str(address),
    ...(isIpv4(address) ? { Netmask: str(netmaskOf(prefixLength)) } : { PrefixLength: byte(prefixLength) }),
    ...(gateway !== undefined && { Gateway: str(gateway) }),
    ...(peer !== undefined && { Peer: str(peer) }),
  };
}

/** The names whose values differ, in the order of the later map; a property that is gone becomes empty. */
export function changedProperties(before: PropertyMap, after: PropertyMap): readonly (readonly [string, Variant])[] {
  const changes: [string, Variant][] = [];
  for (const [name, value] of after) if (!sameValue(before.get(name), value)) changes.push([name, value]);
  for (const [name, value] of before) if (!after.has(name)) changes.push([name, emptyOf(value)]);
  return changes;
}

function emptyOf({ signature }: Variant): Variant {
  if (signature === 's') return str('');
  if (signature === 'i') return int32(-1);
  return dict({});
}

function sameValue(a: Variant | undefined, b: Variant): boolean {
  return a !== undefined && a.signature === b.signature && plain(a.value) === plain(b.value);
}

/** Variants, maps and plain dictionaries as one text. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Map ? Object.fromEntries(inner) : inner));
}
