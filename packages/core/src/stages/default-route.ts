/** Whether a service offers a way beyond its link. */
import type { Family } from '@connman/inet';
import { familyOf } from '@connman/inet';
import { routesOf } from '../model/observed/tables';
import { contributionsOf } from '../model/service/progress';
import { linkOf, type Service } from '../model/service/service';
import type { World } from '../world';

export function hasDefaultRoute({ observed }: World, service: Service, family: Family): boolean {
  const brings = contributionsOf(service).some(({ routes }) =>
    routes.some(({ destination: { address, length } }) => length === 0 && familyOf(address) === family),
  );
  if (brings || family === 4) return brings;
  // The kernel's own, from a router advertisement.
  const ifindex = linkOf(service);
  if (ifindex === undefined) return false;
  return [...routesOf(observed, ifindex)].some((route) => route.family === 6 && route.destination.length === 0);
}
