/** Stage: brings the services in order; those that compare equal keep the order they had. */
import type { Turn } from '../turn';
import { servicesOf } from '../turn';
import { compareServices } from './order';

export function sortServices(turn: Turn): void {
  const { world } = turn;
  const known = servicesOf(world);
  const fresh = [...world.services.values()].filter((service) => !world.order.includes(service.id));
  const sorted = [...known, ...fresh].sort((a, b) => compareServices(a, b, world.config.preferredTechnologies));
  const order = sorted.map((service) => service.id);
  if (order.join() !== world.order.join()) world.order = order;
}
