/**
 * What openconnect and vpnc tell their script in the environment (the conventions of vpnc-script), as the tunnel's facts: the
 * same names in both, IPv6 from openconnect alone.
 */
import { type IpAddress, parseIp, parseIpv4, parsePrefix } from '@connman/inet';
import type { TunnelAddress, TunnelFacts } from '../../connection/tunnel';
import { parseMask, type VpnRoute, vpnRoute } from '../../provider/route';

type Environment = ReadonlyMap<string, string>;

/** More networks than a server names. */
const maxNetworks = 1024;

export function vpncFacts(environment: Environment, ifindex: number): TunnelFacts {
  const addresses = [...ipv4Address(environment), ...ipv6Address(environment)];
  const get = (name: string) => environment.get(name) ?? '';
  return {
    ifindex,
    addresses,
    nameservers: words(`${get('INTERNAL_IP4_DNS')} ${get('INTERNAL_IP6_DNS')}`)
      .map(parseIp)
      .filter((address): address is IpAddress => address !== undefined),
    domains: [...new Set([...words(get('CISCO_DEF_DOMAIN')), ...get('CISCO_SPLIT_DNS').split(',').filter(Boolean)])],
    routes: [...ipv4Routes(environment), ...ipv6Routes(environment, addresses)],
    servers: [parseIp(get('VPNGATEWAY'))].filter((address) => address !== undefined),
  };
}

/** INTERNAL_IP4_MTU; 0 if there is none that fits. */
export function vpncMtu(environment: Environment): number {
  const mtu = Number(environment.get('INTERNAL_IP4_MTU') ?? 0);
  return mtu >= 576 && mtu <= 65535 ? mtu : 0;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter(Boolean);
}

function* ipv4Address(environment: Environment): Iterable<TunnelAddress> {
  const address = parseIpv4(environment.get('INTERNAL_IP4_ADDRESS') ?? '');
  if (!address) return;
  yield { address, prefixLength: parseMask(4, environment.get('INTERNAL_IP4_NETMASK') ?? '') ?? 32 };
}

/** INTERNAL_IP6_NETMASK is address and prefix length together, and may be all there is. */
function* ipv6Address(environment: Environment): Iterable<TunnelAddress> {
  const both = parsePrefix(environment.get('INTERNAL_IP6_NETMASK') ?? '');
  const address = parseIp(environment.get('INTERNAL_IP6_ADDRESS') ?? '') ?? both?.address;
  if (address?.includes(':')) yield { address, prefixLength: both?.length ?? 128 };
}

/** Without a list of networks everything goes through the tunnel. */
function* ipv4Routes(environment: Environment): Iterable<VpnRoute> {
  if (!environment.has('INTERNAL_IP4_ADDRESS')) return;
  const count = countOf(environment, 'CISCO_SPLIT_INC');
  if (count === 0) {
    const everything = vpnRoute('0.0.0.0', '0');
    if (everything) yield everything;
  }
  for (let i = 0; i < count; i++) {
    const route = vpnRoute(
      environment.get(`CISCO_SPLIT_INC_${i}_ADDR`) ?? '',
      environment.get(`CISCO_SPLIT_INC_${i}_MASKLEN`) ?? environment.get(`CISCO_SPLIT_INC_${i}_MASK`) ?? '32',
    );
    if (route) yield route;
  }
}

function* ipv6Routes(environment: Environment, addresses: readonly TunnelAddress[]): Iterable<VpnRoute> {
  if (!addresses.some(({ address }) => address.includes(':'))) return;
  const count = countOf(environment, 'CISCO_IPV6_SPLIT_INC');
  if (count === 0) {
    const everything = vpnRoute('::', '0');
    if (everything) yield everything;
  }
  for (let i = 0; i < count; i++) {
    const network = environment.get(`CISCO_IPV6_SPLIT_INC_${i}_ADDR`) ?? '';
    const route = vpnRoute(network, environment.get(`CISCO_IPV6_SPLIT_INC_${i}_MASKLEN`) ?? '128');
    if (route) yield route;
  }
}

function countOf(environment: Environment, name: string): number {
  const count = Number(environment.get(name) ?? 0);
  return Number.isInteger(count) && count > 0 ? Math.min(count, maxNetworks) : 0;
}
