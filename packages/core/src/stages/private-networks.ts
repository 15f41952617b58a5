/** Stage: the private networks of clients of the bus (rule 169): TUN links with an address, until they are released. */
import { after } from '@connman/base';
import type { Desired } from '../model/ipconfig/desired';
import { addressKey } from '../model/observed/keys';
import type { Outcome } from '../model/outcome';
import { freeNetwork, gatewayOf, isTaken, sharedPrefixLength } from '../model/tethering/network';
import { type PrivateNetwork, privateNetworkMtu } from '../model/tethering/private-network';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { takenNetworks } from './taken-networks';

/** For the link to be shown and to have its address. */
const openMs = 10_000;

const mostPerClient = 16;

type Failure = Outcome & { readonly ok: false };

export function openPrivateNetwork(turn: Turn, operation: number, interfaceName: string, owner: string): void {
  const { world } = turn;
  const { privateNetworks } = world.tethering;
  // The kernel gives the name again before it is heard that the link of before has gone.
  const former = privateNetworks.get(interfaceName);
  if (former) end(turn, former, 'its client has closed the descriptor');
  const own = [...privateNetworks.values()].filter((known) => known.owner === owner);
  if (own.length >= mostPerClient) {
    const text = `a client may have ${mostPerClient} private networks`;
    return turn.reply([operation], { ok: false, error: 'Failed', text });
  }
  const opening = { operation, deadline: after(world.now, openMs) };
  privateNetworks.set(interfaceName, { interfaceName, owner, opening });
}

/** Manager.ReleasePrivateNetwork. ConnMan lets any client release any network. */
export function releasePrivateNetwork(turn: Turn, operation: number, interfaceName: string, owner: string): void {
  const known = turn.world.tethering.privateNetworks.get(interfaceName);
  if (known?.owner !== owner) {
    const reason = 'it belongs to another client, or there is none';
    return turn.reply([operation], { ok: false, error: 'PermissionDenied', reason });
  }
  end(turn, known, 'released');
  turn.reply([operation], { ok: true });
}

/** The client has left the bus. */
export function endPrivateNetworksOf(turn: Turn, owner: string): void {
  for (const known of [...turn.world.tethering.privateNetworks.values()]) {
    if (known.owner === owner) end(turn, known, 'its client has left the bus');
  }
}

export function failPrivateNetworks(turn: Turn, outcome: Failure): void {
  for (const known of [...turn.world.tethering.privateNetworks.values()]) {
    fail(turn, known, outcome);
  }
}

export function followPrivateNetworks(turn: Turn): void {
  const { tethering, observed } = turn.world;
  for (const ifindex of tethering.endedTunnels)
    if (!observed.links.has(ifindex)) tethering.endedTunnels.delete(ifindex);
  for (const known of [...tethering.privateNetworks.values()]) follow(turn, known);
}

function follow(turn: Turn, known: PrivateNetwork): void {
  const { world } = turn;
  const { observed, tethering } = world;
  if (known.opening && world.now >= known.opening.deadline)
    return fail(turn, known, { ok: false, error: 'OperationTimeout', reason: 'the link has no address' });
  if (known.ifindex !== undefined && !observed.links.has(known.ifindex))
    return end(turn, known, 'its client has closed the descriptor');
  const ifindex = known.ifindex ?? linkNamed(world, known.interfaceName);
  if (ifindex === undefined) return;
  const network = known.network ?? freeNetwork(takenNetworks(world, known.interfaceName));
  if (network === undefined)
    return fail(turn, known, { ok: false, error: 'Failed', text: 'every private network is in use by another link' });
  if (!world.recent.links.isEmpty && isTaken(network, takenNetworks(world, known.interfaceName)))
    return end(turn, known, `${network}/${sharedPrefixLength} is in use elsewhere now`);
  if (known.network === undefined) world.recent.links.add(ifindex);
  const { opening, ...rest } = { ...known, ifindex, network };
  const isUp =
    observed.links.get(ifindex)?.up && observed.addresses.has(addressKey({ ifindex, ...gatewayOf(network) }));
  tethering.privateNetworks.set(known.interfaceName, isUp || !opening ? rest : { ...rest, opening });
  if (!isUp || !opening) return;
  turn.log('info', `${known.interfaceName}: private network ${network}/${sharedPrefixLength} for ${known.owner}`);
  turn.reply([opening.operation], { ok: true });
}

function linkNamed({ observed, tethering }: World, name: string): number | undefined {
  for (const link of observed.links.values()) {
    if (link.name === name && !tethering.endedTunnels.has(link.ifindex)) return link.ifindex;
  }
  return undefined;
}

function fail(turn: Turn, known: PrivateNetwork, outcome: Failure): void {
  end(turn, known, outcome.error === 'Failed' ? outcome.text : (outcome.reason ?? outcome.error), outcome);
}

const aborted: Failure = { ok: false, error: 'OperationAborted' };

function end(turn: Turn, { interfaceName, ifindex, opening }: PrivateNetwork, why: string, outcome = aborted): void {
  const { world } = turn;
  world.tethering.privateNetworks.delete(interfaceName);
  if (opening) turn.reply([opening.operation], outcome);
  turn.log('info', `${interfaceName}: the private network has ended: ${why}`);
  const link = ifindex ?? linkNamed(world, interfaceName);
  if (link === undefined || !world.observed.links.has(link)) return;
  // Other programs may have copies of the descriptor.
  world.tethering.endedTunnels.add(link);
  world.recent.links.add(link);
}

/** Their part of what the kernel is to have. */
export function desiredPrivateNetworks({ tethering }: World): Pick<Desired, 'links' | 'addresses'> {
  const open = [...tethering.privateNetworks.values()].flatMap(({ ifindex, network }) =>
    ifindex === undefined || network === undefined ? [] : [{ ifindex, network }],
  );
  return {
    links: [
      ...open.map(({ ifindex }) => ({ ifindex, up: true, mtu: privateNetworkMtu })),
      ...[...tethering.endedTunnels].map((ifindex) => ({ ifindex, gone: true as const })),
    ],
    addresses: open.map(({ ifindex, network }) => ({ ifindex, ...gatewayOf(network) })),
  };
}

export function privateNetworkDeadlines({ tethering }: World): Moments {
  return [...tethering.privateNetworks.values()].map(({ opening }) => opening?.deadline);
}
