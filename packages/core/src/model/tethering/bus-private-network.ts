/** What a client hears of its private network (Manager.RequestPrivateNetwork, ConnMan rule 169). */
import { str, type Variant } from '@connman/dbus';
import { familyOf, type IpAddress } from '@connman/inet';
import { gatewayOf, hostOf } from './network';
import type { PrivateNetwork } from './private-network';

export interface NameResolution {
  /** The DNS proxy listens on this machine's end. */
  readonly answersNames: boolean;
  readonly fallbackNameservers: readonly IpAddress[];
}

/** ServerIPv4, PeerIPv4, PrimaryDNS and SecondaryDNS; undefined until it has its addresses. */
export function privateNetworkSettings(
  { network, opening }: PrivateNetwork,
  { answersNames, fallbackNameservers }: NameResolution,
): Map<string, Variant> | undefined {
  if (network === undefined || opening) return undefined;
  const { address: server } = gatewayOf(network);
  const fallback = fallbackNameservers.filter((address) => familyOf(address) === 4);
  const [primary, secondary] = answersNames ? [server] : fallback;
  return new Map([
    ['ServerIPv4', str(server)],
    ['PeerIPv4', str(hostOf(network, 2))],
    ...(primary === undefined ? [] : [['PrimaryDNS', str(primary)] as const]),
    ...(secondary === undefined ? [] : [['SecondaryDNS', str(secondary)] as const]),
  ]);
}
