/** What openvpn tells its up script in the environment (openvpn(8), "Environmental variables"), as the tunnel's facts. */
import { familyOf, type IpAddress, parseIp, parseIpv4, parsePrefix, prefixLengthOf } from '@connman/inet';
import type { TunnelAddress, TunnelFacts } from '../../connection/tunnel';
import { type VpnRoute, vpnRoute } from '../../provider/route';
import type { Redirect } from './configuration-file';

type Environment = ReadonlyMap<string, string>;

/** More than a server pushes. */
const maxEntries = 1024;

export function tunnelFacts(environment: Environment, ifindex: number, redirect: Redirect): TunnelFacts {
  const options = [...numbered(environment, 'foreign_option_')].map((text) => text.split(/\s+/));
  const names = dnsOf(environment, options);
  return {
    ifindex,
    addresses: [...ipv4Address(environment), ...ipv6Address(environment)],
    nameservers: names.servers,
    domains: names.domains,
    routes: [...ipv4Routes(environment), ...ipv6Routes(environment), ...redirects(environment, redirect)],
    // The server that let us in, of all that the configuration names.
    servers: ['trusted_ip', 'trusted_ip6']
      .map((name) => parseIp(environment.get(name) ?? ''))
      .filter((address) => address !== undefined),
  };
}

function* numbered(environment: Environment, prefix: string): Iterable<string> {
  for (let number = 1; number <= maxEntries; number++) {
    const text = environment.get(`${prefix}${number}`);
    if (text === undefined) return;
    yield text;
  }
}

function* ipv4Address(environment: Environment): Iterable<TunnelAddress> {
  const address = parseIpv4(environment.get('ifconfig_local') ?? '');
  if (!address) return;
  const netmask = parseIpv4(environment.get('ifconfig_netmask') ?? '');
  const peer = parseIpv4(environment.get('ifconfig_remote') ?? '');
  const gateway = parseIpv4(environment.get('route_vpn_gateway') ?? '');
  yield {
    address,
    // topology subnet has a netmask, p2p and net30 have a peer.
    prefixLength: (netmask && prefixLengthOf(netmask)) ?? 32,
    ...(peer && { peer }),
    ...(gateway && { gateway }),
  };
}

function* ipv6Address(environment: Environment): Iterable<TunnelAddress> {
  const address = parseIp(environment.get('ifconfig_ipv6_local') ?? '');
  if (!address || familyOf(address) !== 6) return;
  const length = Number(environment.get('ifconfig_ipv6_netbits') ?? 64);
  const gateway = parseIp(environment.get('ifconfig_ipv6_remote') ?? '');
  yield { address, prefixLength: length >= 0 && length <= 128 ? length : 64, ...(gateway && { gateway }) };
}

function* ipv4Routes(environment: Environment): Iterable<VpnRoute> {
  const own = environment.get('route_net_gateway');
  for (let number = 1; number <= maxEntries; number++) {
    const network = environment.get(`route_network_${number}`);
    if (network === undefined) return;
    const gateway = environment.get(`route_gateway_${number}`) ?? '';
    // A route "net_gateway" goes past the tunnel: that is not the tunnel's to set.
    if (gateway !== '' && gateway === own && gateway !== environment.get('route_vpn_gateway')) continue;
    const route = vpnRoute(network, environment.get(`route_netmask_${number}`) ?? '255.255.255.255', gateway);
    if (route) yield route;
  }
}

function* ipv6Routes(environment: Environment): Iterable<VpnRoute> {
  for (let number = 1; number <= maxEntries; number++) {
    const text = environment.get(`route_ipv6_network_${number}`);
    if (text === undefined) return;
    const destination = parsePrefix(text);
    const gateway = parseIp(environment.get(`route_ipv6_gateway_${number}`) ?? '');
    if (destination) yield { destination, ...(gateway && { gateway }) };
  }
}

/** `redirect-gateway`, which openvpn does not list among the routes. */
function* redirects(environment: Environment, { ipv4, ipv6 }: Redirect): Iterable<VpnRoute> {
  const four = ipv4 && vpnRoute('0.0.0.0', '0.0.0.0', environment.get('route_vpn_gateway') ?? '');
  if (four) yield four;
  const six = ipv6 && vpnRoute('::', '0');
  if (six) yield six;
}

/** `dhcp-option` and, since openvpn 2.6, `dns`, which counts alone where it is given. */
function dnsOf(environment: Environment, options: readonly (readonly string[])[]) {
  const servers = new Set<IpAddress>();
  const domains = new Set<string>();
  for (let server = 0; server < 16; server++) {
    for (let number = 1; number <= 8; number++) {
      const address = parseIp(environment.get(`dns_server_${server}_address_${number}`) ?? '');
      if (address) servers.add(address);
    }
    for (const domain of numbered(environment, `dns_server_${server}_resolve_domain_`)) domains.add(domain);
  }
  for (const domain of numbered(environment, 'dns_search_domain_')) domains.add(domain);
  if (servers.size > 0) return { servers: [...servers], domains: [...domains] };
  for (const [kind, name, value = ''] of options) {
    if (kind !== 'dhcp-option') continue;
    if (name === 'DNS' || name === 'DNS6') {
      const address = parseIp(value);
      if (address) servers.add(address);
    } else if (name === 'DOMAIN' || name === 'DOMAIN-SEARCH' || name === 'ADAPTER_DOMAIN_SUFFIX') domains.add(value);
  }
  return { servers: [...servers], domains: [...domains].filter((domain) => domain !== '') };
}
