/** What pppd tells its scripts in the environment (pppd(8), "Scripts"), as the tunnel's facts. */
import { parseIp, parseIpv4 } from '@connman/inet';
import type { TunnelFacts } from '../../connection/tunnel';
import { vpnRoute } from '../../provider/route';

/** Set by us: the address that the tunnel's own packets go to. */
export const serverVariable = 'CONNMAN_VPN_SERVER';

/** PPP names no networks: all traffic is meant unless the user splits it. */
export function pppFacts(environment: ReadonlyMap<string, string>, ifindex: number): TunnelFacts {
  const address = parseIpv4(environment.get('IPLOCAL') ?? '');
  const peer = parseIpv4(environment.get('IPREMOTE') ?? '');
  const everything = vpnRoute('0.0.0.0', '0');
  return {
    ifindex,
    addresses: address ? [{ address, prefixLength: 32, ...(peer && { peer, gateway: peer }) }] : [],
    nameservers: [...new Set([environment.get('DNS1'), environment.get('DNS2')])]
      .map((text) => parseIpv4(text ?? ''))
      .filter((server) => server !== undefined),
    domains: [],
    routes: everything ? [everything] : [],
    servers: [parseIp(environment.get(serverVariable) ?? '')].filter((server) => server !== undefined),
  };
}
