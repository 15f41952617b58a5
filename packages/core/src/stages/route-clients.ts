/** Stage: clients of shared connections get out: address translation and forwarding, as long as any network is shared. */
import type { FirewallChain } from '@connman/netlink';
import { addressKey } from '../model/observed/keys';
import type { DnsPlan } from '../model/resolver/dns-plan';
import { gatewayOf } from '../model/tethering/network';
import { sharedChains } from '../model/tethering/shared-firewall';
import {
  forwarding,
  isAwaited,
  isSharing,
  type KeptTethering,
  keptTethering,
  natTable,
  sharedNetworks,
} from '../model/tethering/tethering';
import type { Turn } from '../turn';
import type { World } from '../world';
import { handOutChains } from './guard-tunnels';
import { failPrivateNetworks } from './private-networks';
import { failAllSharing } from './tether';

export function routeClients(turn: Turn): void {
  const { world } = turn;
  const { tethering, handedOut } = world;
  // What a former run handed out stands until it is known whether it is taken up.
  if (!world.synced || isAwaited(tethering)) return;
  const networks = sharedNetworks(tethering);
  const chains: readonly FirewallChain[] = networks.length > 0 ? sharedChains(networks) : [];
  handOutChains(turn, natTable, chains);
  if (networks.length > 0 && handedOut.get(forwarding) !== '1') {
    handedOut.set(forwarding, '1');
    turn.emit({ kind: 'sysctl-borrow', path: forwarding, value: '1', instead: '0' });
  } else if (networks.length === 0 && handedOut.delete(forwarding)) {
    turn.emit({ kind: 'sysctl-restore', path: forwarding });
  }
  keep(turn);
}

/** For the next run, if this one ends without a word. */
function keep(turn: Turn): void {
  const { tethering, handedOut } = turn.world;
  const { network } = tethering;
  const shared = [...tethering.sharings].flatMap(([type, { phase, uplink }]) =>
    phase === 'awaited' ? [] : [{ type, ...(uplink !== undefined && { uplink }) }],
  );
  const bridge = network !== undefined && isSharing(tethering) ? { network } : {};
  const isAny = sharedNetworks(tethering).length > 0;
  const kept: KeptTethering | undefined = isAny ? { ...bridge, shared } : undefined;
  const text = kept && JSON.stringify(kept);
  if (handedOut.get(keptTethering) === text) return;
  if (text === undefined) handedOut.delete(keptTethering);
  else handedOut.set(keptTethering, text);
  turn.emit({ kind: 'keep-tethering', ...(kept && { kept }) });
}

/** Where clients find names and their way out: this machine's addresses in the networks, once the kernel has them. */
export function sharedGateways({ tethering, observed }: World): DnsPlan['listen'] {
  return sharedNetworks(tethering).flatMap(({ network, interfaceName, ifindex }) => {
    const gateway = gatewayOf(network);
    const isThere = ifindex !== undefined && observed.addresses.has(addressKey({ ifindex, ...gateway }));
    return isThere ? [{ address: gateway.address, interfaceName }] : [];
  });
}

/** The kernel does not take the table. */
export function refuseTranslation(turn: Turn, reason: string): void {
  turn.world.handedOut.delete(natTable);
  const outcome = { ok: false, error: 'NotSupported', reason } as const;
  failAllSharing(turn, outcome);
  failPrivateNetworks(turn, outcome);
}
