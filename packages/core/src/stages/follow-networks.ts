/** Stage: connections follow their networks: joined, kept, lost. */
import type { Instant } from '@connman/base';
import type { Network } from '../model/network/network';
import { isUnauthorised } from '../model/service/access';
import type { Connection } from '../model/service/connection';
import type { Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';
import { recentServices } from '../world';
import { adopt, adopt6 } from './adopt';
import { unlock } from './guard-tunnels';
import { disconnect, loseLink } from './lifecycle';

export function followNetworks(turn: Turn): void {
  const { world } = turn;
  for (const service of recentServices(world)) {
    const { connection } = service;
    if (!connection) continue;
    const network = world.networks.get(connection.network);
    if (connection.link) keep(turn, service, connection, network);
    else if (network) join(turn, service, connection, network);
    else changeOver(turn, service, connection);
  }
}

function keep(turn: Turn, service: Service, connection: Connection, network: Network | undefined): void {
  const { link } = connection;
  if (network?.link.kind !== 'up') {
    const loss = network?.link.kind === 'idle' ? network.link.loss : undefined;
    if (kindOf(service.type).isPeer)
      return void disconnect(turn, service, `as ${loss?.reason ?? 'its group has ended'}`);
    if (loss?.cause === 'by-user') {
      const { isLocked: _, ...rest } = service;
      unlock(turn, service.id);
      disconnect(turn, { ...rest, ignore: true }, loss.reason);
    } else loseLink(turn, service, loss?.reason ?? (network ? 'it is being joined again' : 'it is no longer heard'));
  } else if (network.link.ifindex !== link?.ifindex || network.link.attempt !== connection.attempt) {
    loseLink(turn, service, 'it was joined by another link or attempt');
  } else if (network.link.provided !== link.provided && network.link.provided) {
    turn.put({ ...service, connection: { ...connection, link: { ...link, provided: network.link.provided } } });
  }
}

/** An attempt has succeeded; or no attempt is needed, the network being up: a cable, or a network a former run has joined. */
function join(turn: Turn, service: Service, connection: Connection, network: Network): void {
  const { world } = turn;
  const { id, link } = network;
  if (link.kind !== 'up' || connection.asking || world.leaving.has(id)) return;
  if (isUnauthorised(network, connection.attempt, service.settings.access)) return;
  if (connection.attempt !== 0 && connection.attempt !== link.attempt) return;
  const { ifindex, provided, isOwner } = link;
  // At the start what the link has may be this network's: it is taken up, not heard of again.
  const dhcp6 = adopt6(world, service, ifindex);
  const since = world.adoptable.has(ifindex) ? (0 as Instant) : world.now;
  turn.put({
    ...service,
    connection: {
      ...connection,
      attempt: link.attempt,
      failedAttempts: 0,
      link: { ifindex, since, ...(provided && { provided }), ...(isOwner && { isOwner }) },
      // The owner's own address is none of a lease.
      dhcp4: isOwner ? {} : (adopt(world, service, ifindex) ?? {}),
      dhcp6,
    },
  });
}

/** The network is no longer heard, but the service has others. */
function changeOver(turn: Turn, service: Service, connection: Connection): void {
  const [network] = service.networks;
  const device = network && turn.world.networks.get(network)?.device;
  if (network === undefined || device === undefined) return;
  const { associateAt: _, attemptAt: __, ...rest } = connection;
  turn.put({ ...service, connection: { ...rest, network, device, attempt: 0, failedAttempts: 0 } });
}
