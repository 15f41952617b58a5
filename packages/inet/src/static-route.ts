/** A static route as users write it, after the manner of ip-route(8): `192.0.2.0/24 via 10.0.0.1`. */
import { familyOf, formatPrefix, type IpAddress, networkPrefixOf, type Prefix, parseIp, parsePrefix } from './prefix';

export interface StaticRoute {
  /** A network, its host bits zero; never the default route. */
  readonly destination: Prefix;
  /** Absent: the network is on the link itself. */
  readonly gateway?: IpAddress;
}

/** A destination without a length is a host. Undefined for what is no route, the default route included. */
export function parseStaticRoute(text: string): StaticRoute | undefined {
  const [, to = '', via] = /^(\S+)(?:\s+via\s+(\S+))?$/.exec(text.trim()) ?? [];
  const host = parseIp(to);
  const prefix = host ? { address: host, length: familyOf(host) === 4 ? 32 : 128 } : parsePrefix(to);
  if (!prefix || prefix.length === 0) return undefined;
  const destination = networkPrefixOf(prefix);
  if (via === undefined) return { destination };
  const gateway = parseIp(via);
  return gateway && familyOf(gateway) === familyOf(destination.address) ? { destination, gateway } : undefined;
}

export function formatStaticRoute({ destination, gateway }: StaticRoute): string {
  return gateway ? `${formatPrefix(destination)} via ${gateway}` : formatPrefix(destination);
}

/** Those that are routes. */
export function parseStaticRoutes(texts: readonly string[]): StaticRoute[] {
  return texts.flatMap((text) => parseStaticRoute(text) ?? []);
}
