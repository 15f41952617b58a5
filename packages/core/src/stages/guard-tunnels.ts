/**
 * Stage: the firewall follows the tunnels. A kill switch holds from the moment its tunnel is up until its user disconnects,
 * whatever becomes of tunnel, server, uplink or daemon meanwhile.
 */
import type { FirewallChain } from '@connman/netlink';
import { guardChains, guardTable, lockChains, lockTable, type TunnelGuard } from '../model/firewall/tunnel-firewall';
import { linkOf, type Service } from '../model/service/service';
import { sharedNetworks } from '../model/tethering/tethering';
import type { Turn } from '../turn';
import { networkOfService, type World } from '../world';

export function guardTunnels(turn: Turn): void {
  const { world } = turn;
  const { locks, services, handedOut } = world;
  const isInPlace = handedOut.has(guardTable) || handedOut.has(lockTable);
  if (locks.size === 0 && services.tunnels.size('tunnel') === 0 && !isInPlace) return;
  const guards = services.tunnels.of('tunnel').flatMap((service) => guardOf(world, service) ?? []);
  for (const service of services.tunnels.of('tunnel')) lock(turn, service);
  for (const id of locks.keys()) {
    const service = services.get(id);
    // Switched off in the connection's settings.
    if (service && networkOfService(world, service)?.vpn?.killSwitch === undefined) unlock(turn, id);
  }
  handOutChains(turn, guardTable, guardChains(guards));
  const known = new Map([...locks].flatMap(([id, one]) => (one ? [[id, one] as const] : [])));
  // What a former run has left stands until its tunnel is known again.
  const isKnown = known.size === locks.size;
  if (isKnown)
    handOutChains(
      turn,
      lockTable,
      lockChains(
        known,
        guards.map(({ interfaceName }) => interfaceName),
        sharedNetworks(world.tethering).map(({ interfaceName }) => interfaceName),
      ),
    );
}

function lock(turn: Turn, service: Service): void {
  const { world } = turn;
  const { vpn } = networkOfService(world, service) ?? {};
  const interfaceName = nameOfLink(world, service);
  const { provided } = service.connection?.link ?? {};
  // Before the service is ready: a switch that the kernel refuses fails the Connect.
  if (!vpn?.killSwitch || interfaceName === undefined || !provided) return;
  const { servers } = provided;
  if (!service.isLocked)
    turn.log('info', `${service.id}: the kill switch is on: nothing leaves but through ${interfaceName}`);
  world.locks.set(service.id, { interfaceName, servers, allowsLocal: vpn.killSwitch === 'local' });
  if (!service.isLocked) turn.put({ ...service, isLocked: true });
}

/** The user has disconnected. */
export function unlock(turn: Turn, id: string): void {
  const { world } = turn;
  if (!world.locks.delete(id)) return;
  turn.log('info', `${id}: the kill switch is off`);
  const service = world.services.get(id);
  if (!service?.isLocked) return;
  const { isLocked: _, ...rest } = service;
  turn.put(rest);
}

function guardOf(world: World, service: Service): TunnelGuard | undefined {
  const interfaceName = nameOfLink(world, service);
  const addresses = service.connection?.link?.provided?.addresses ?? [];
  return interfaceName === undefined
    ? undefined
    : { interfaceName, addresses: addresses.map(({ address }) => address) };
}

function nameOfLink({ observed }: World, service: Service): string | undefined {
  return observed.links.get(linkOf(service) ?? 0)?.name;
}

/** Hands out a table of the firewall, if it is another one than last. */
export function handOutChains(turn: Turn, table: string, chains: readonly FirewallChain[]): void {
  const { handedOut } = turn.world;
  const text = JSON.stringify(chains);
  const before = handedOut.get(table);
  if (before === text || (before === undefined && chains.length === 0)) return;
  if (chains.length === 0) handedOut.delete(table);
  else handedOut.set(table, text);
  turn.emit({ kind: 'firewall', table, chains });
}
