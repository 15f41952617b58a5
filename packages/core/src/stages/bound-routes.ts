/** Routers advertise more than any network has: what is too much of it is taken out of the kernel again, of the links we manage. */
import type { RouteFact } from '@connman/netlink';
import { advertisedRouters, superfluous } from '../model/observed/router-routes';
import { addressesOf } from '../model/observed/tables';
import type { Turn } from '../turn';
import { linkStateOf } from '../world';

export function boundRoutes(turn: Turn, ifindex: number, routes: readonly RouteFact[]): void {
  const { world } = turn;
  const verdict = world.verdicts.get(ifindex);
  if (!verdict || verdict.reason !== undefined) return;
  const addresses = [...addressesOf(world.observed, ifindex)].map(({ address }) => address);
  const tooMany = superfluous(routes, addresses, advertisedRouters(world.observed.routes, ifindex));
  if (tooMany.length === 0) return;
  for (const route of tooMany) turn.emit({ kind: 'change', change: { kind: 'remove-route', route } });
  const state = linkStateOf(world, ifindex);
  if (state.isCrowded) return;
  world.linkStates.set(ifindex, { ...state, isCrowded: true });
  turn.log(
    'warning',
    `${verdict.link.name}: routers advertise more networks than any link has (${routes.length}); ${tooMany.length} removed; ` +
      'look for the host that sends these advertisements (tcpdump icmp6); reported once',
  );
}
