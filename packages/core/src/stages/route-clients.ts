/** Stage: clients of shared connections get out: address translation and forwarding, as long as any network is shared. */
import type { FirewallChain, LinkFact } from '@connman/netlink';
import { addressKey } from '../model/observed/keys';
import { dadFailed, tentative } from '../model/observed/tables';
import type { DnsPlan } from '../model/resolver/dns-plan';
import { gatewayOf } from '../model/tethering/network';
import { gatewayOf6 } from '../model/tethering/network6';
import { countChains, sharedChains } from '../model/tethering/shared-firewall';
import {
  countTable,
  isAwaited,
  isSharing,
  type KeptTethering,
  keptTethering,
  natTable,
  type SharedNetwork,
  sharedNetworks,
} from '../model/tethering/tethering';
import type { Turn } from '../turn';
import type { World } from '../world';
import { handOutChains } from './guard-tunnels';
import { failPrivateNetworks } from './private-networks';
import { failAllSharing } from './tether';

export function routeClients(turn: Turn): void {
  const { world } = turn;
  const { tethering } = world;
  // What a former run handed out stands until it is known whether it is taken up.
  if (!world.synced || isAwaited(tethering)) return;
  const networks = sharedNetworks(tethering);
  const chains: readonly FirewallChain[] = networks.length > 0 ? sharedChains(networks) : [];
  handOutChains(turn, natTable, chains);
  const bridge = networks.find(({ interfaceName }) => interfaceName === tethering.choice.name);
  handOutChains(turn, countTable, bridge ? countChains(bridge) : []);
  becomeRouter(turn, networks);
  keep(turn);
}

/**
 * A host that becomes a router for IPv6 forgets the routers that it has heard, and listens to no other, on all links that do not
 * say that they are to be listened to all the same (accept_ra 2): that comes before.
 */
function becomeRouter(turn: Turn, networks: readonly SharedNetwork[]): void {
  const { switches } = turn.world.tethering;
  const wanted: Borrowing[] = [];
  if (networks.some(({ prefix }) => prefix)) {
    for (const name of listeningLinks(turn.world)) wanted.push([acceptRa(name), '2', '1']);
    wanted.push(['net/ipv6/conf/all/forwarding', '1', '0']);
  }
  if (networks.length > 0) wanted.push(['net/ipv4/ip_forward', '1', '0']);
  const paths = new Set(wanted.map(([path]) => path));
  // Forwarding ends before the links listen as hosts do.
  for (const path of [...switches].reverse()) {
    if (paths.has(path)) continue;
    switches.delete(path);
    turn.emit({ kind: 'sysctl-restore', path });
  }
  for (const [path, value, instead] of wanted) {
    if (switches.has(path)) continue;
    switches.add(path);
    turn.emit({ kind: 'sysctl-borrow', path, value, instead });
  }
}

type Borrowing = readonly [path: string, value: string, instead: string];

const acceptRa = (name: string): string => `net/ipv6/conf/${name}/accept_ra`;

/** Those that we manage and are no ports, and those of other programs that have a router, or had one since it is shared. */
function listeningLinks({ devices, observed, tethering }: World): string[] {
  const managed = [...devices.values()].flatMap(({ ifindex }) => ifindex ?? []);
  const routed = observed.routes.advertised.of('default').map(({ ifindex }) => ifindex);
  const known = new Set([...managed, ...routed]);
  const listens = ({ ifindex, name }: LinkFact) => known.has(ifindex) || tethering.switches.has(acceptRa(name));
  return [...observed.links.values()].flatMap((link) =>
    listens(link) && !tethering.ports.has(link.ifindex) ? [link.name] : [],
  );
}

/** For the next run, if this one ends without a word. */
function keep(turn: Turn): void {
  const { tethering, handedOut } = turn.world;
  const { network, prefix, formerPrefixes, choice, isBridgeOurs, lentPorts } = tethering;
  const shared = [...tethering.sharings].flatMap(([type, { phase, uplink, access }]) =>
    phase === 'awaited' || access ? [] : [{ type, ...(uplink !== undefined && { uplink }) }],
  );
  const ipv6 = { ...(prefix && { prefix }), ...(formerPrefixes.length > 0 && { formerPrefixes }) };
  const bridge = network !== undefined && isSharing(tethering) ? { network, ...ipv6 } : {};
  const { name, isLent, isThrough } = choice;
  const lent = isLent && isBridgeOurs ? { lent: { name, isThrough, ports: [...lentPorts] } } : {};
  const isAny = sharedNetworks(tethering).length > 0 || 'lent' in lent;
  const kept: KeptTethering | undefined = isAny ? { ...bridge, ...lent, shared } : undefined;
  const text = kept && JSON.stringify(kept);
  if (handedOut.get(keptTethering) === text) return;
  if (text === undefined) handedOut.delete(keptTethering);
  else handedOut.set(keptTethering, text);
  turn.emit({ kind: 'keep-tethering', ...(kept && { kept }) });
}

/** Where clients find names and their way out: this machine's addresses in the networks, once the kernel has them. */
export function sharedGateways({ tethering, observed }: World): DnsPlan['listen'] {
  return sharedNetworks(tethering).flatMap(({ network, prefix, interfaceName, ifindex = 0 }) =>
    [gatewayOf(network), ...(prefix ? [gatewayOf6(prefix.prefix)] : [])].flatMap((gateway) => {
      const own = observed.addresses.get(addressKey({ ifindex, ...gateway }));
      return own && !(own.flags & (tentative | dadFailed)) ? [{ address: gateway.address, interfaceName }] : [];
    }),
  );
}

/** The kernel does not take the table. */
export function refuseTranslation(turn: Turn, reason: string): void {
  const { tethering, handedOut } = turn.world;
  handedOut.delete(natTable);
  // Old kernels translate IPv4 alone: without an own prefix the table is tried once more.
  if (tethering.prefix?.isOwn) {
    tethering.translatesIpv6 = false;
    return turn.log('warning', `clients get IPv6 only where a prefix is delegated: ${reason}`);
  }
  const outcome = { ok: false, error: 'NotSupported', reason } as const;
  failAllSharing(turn, outcome);
  failPrivateNetworks(turn, outcome);
}
