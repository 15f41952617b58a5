/** Stage: brings the services in order; those that compare equal keep the order they had. Peers have none. */

import { countDefaultLink } from '../model/metrics/metrics';
import { mainTable } from '../model/observed/keys';
import { compareServices, placesIn } from '../model/service/order';
import { isConnected, linkOf, type Service } from '../model/service/service';
import { isPeerId } from '../model/technology/kinds';
import { defaultService, servicesOf, type Turn } from '../turn';
import { placeOf, type World } from '../world';

export function sortServices(turn: Turn): void {
  const { world } = turn;
  sort(world);
  const service = defaultService(world);
  countDefaultLink(world.metrics, service && isConnected(service.state) ? linkOf(service) : undefined);
}

function sort(world: World): void {
  const recent = world.recent.services.keys().filter((id) => !isPeerId(id));
  if (recent.every((id) => isInPlace(world, id))) return;
  const known = servicesOf(world);
  const placed = new Set(world.order);
  const fresh = recent.flatMap((id) => (placed.has(id) ? [] : (world.services.get(id) ?? [])));
  if (fresh.length > 1) sortByDefaultRoute(world, fresh);
  const sorted = [...known, ...fresh].sort((a, b) => compareServices(a, b, world.config.preferredTechnologies));
  world.order = sorted.map((service) => service.id);
}

/** Where each one that has changed is in order with the services beside it, the whole list is. */
function isInPlace({ services, order, config }: World, id: string): boolean {
  const service = services.get(id);
  const place = placesIn(order).get(id);
  if (!service || place === undefined) return !service && place === undefined;
  const isInOrder = (a: Service | undefined, b: Service | undefined) =>
    !a || !b || compareServices(a, b, config.preferredTechnologies) <= 0;
  const before = services.get(order[place - 1] ?? '');
  const behind = services.get(order[place + 1] ?? '');
  return isInOrder(before, service) && isInOrder(service, behind);
}

/** Services that come at once, as at the start, stand as their default routes do: who was the default remains it. */
function sortByDefaultRoute(world: World, services: Service[]): void {
  const metrics = new Map<number, number>();
  for (const { family, destination, ifindex, metric, table } of world.observed.routes.values()) {
    if (family !== 4 || destination.length !== 0 || table !== mainTable) continue;
    metrics.set(ifindex, Math.min(metric, metrics.get(ifindex) ?? none));
  }
  const metricOf = (service: Service) => metrics.get(placeOf(world, service) ?? 0) ?? none;
  services.sort((a, b) => metricOf(a) - metricOf(b));
}

/** Higher than any metric. */
const none = 2 ** 32;
