/** Stage: connects what is to be connected without being asked (ConnMan rules 80 and 82 to 89). */
import { after, type Instant } from '@connman/base';
import { missingFields } from '../model/service/access';
import { isConnected, isConnecting, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { type Moments, servicesOf, type Turn } from '../turn';
import type { World } from '../world';
import { connect, occupantOf } from './lifecycle';

/** A service that is still connecting after this time holds up no other one any more. */
const patienceMs = 10_000;

export function autoConnect(turn: Turn): void {
  const { world } = turn;
  const inOrder = [...new Set([...servicesOf(world), ...world.services.values()])];
  for (const service of inOrder) if (isCandidate(world, service)) connectAtOnce(turn, service);
  const byPreference = world.config.preferredTechnologies.flatMap((type) =>
    inOrder.filter((service) => service.type === type),
  );
  connectFirst(turn, byPreference);
  connectFirst(turn, inOrder);
}

/** A kind that connects by itself whatever else is connected (rule 80), and what the agent's user wants tried again. */
function connectAtOnce(turn: Turn, service: Service): void {
  const { world } = turn;
  if (!kindOf(service.type).connectsAtOnce && !service.retriesAsUser && !isUpAlready(turn, service)) return;
  // A cable that is put in connects at once; what another one took the place of waits until that is gone.
  if (world.config.singleConnectedTechnology && !turn.arrivals.has(service.id) && isOneInUse(world)) return;
  connect(turn, service, service.retriesAsUser ? 'user' : 'auto', []);
}

/** One service, the first that may be, unless one that is in use stands before it (rules 83 to 88). */
function connectFirst(turn: Turn, services: readonly Service[]): void {
  const { world } = turn;
  const taken = new Set<string>();
  for (const { id } of services) {
    const service = world.services.get(id);
    if (!service || kindOf(service.type).connectsAtOnce || taken.has(service.type)) {
      if (service && endsPass(world, service)) return;
      continue;
    }
    if (endsPass(world, service)) {
      if (!world.config.alwaysConnectedTechnologies.includes(service.type)) return;
      taken.add(service.type);
      continue;
    }
    if (!isCandidate(world, service) || isDeviceTaken(world, service)) continue;
    if (world.config.singleConnectedTechnology && isOneInUse(world)) return;
    return connect(turn, service, 'auto', []);
  }
}

/** In use with a way out, or on its way there. */
function endsPass({ now }: World, { connection, state, hasUplink, type }: Service): boolean {
  if (!connection || !kindOf(type).countsForSingleConnected) return false;
  if (isConnected(state)) return hasUplink;
  return isConnecting(state) && now < after(connection.since, patienceMs);
}

function isDeviceTaken(world: World, service: Service): boolean {
  return service.networks.every((network) => occupantOf(world, service, network) !== undefined);
}

function isOneInUse(world: World): boolean {
  return [...world.services.values()].some((service) => service.connection !== undefined);
}

/** A former run has joined its network: it is taken up as it is. */
function isUpAlready({ world, arrivals }: Turn, service: Service): boolean {
  if (!arrivals.has(service.id)) return false;
  return service.networks.some((id) => world.networks.get(id)?.link.kind === 'up');
}

/** Whether auto-connect may connect it now. */
function isCandidate(world: World, service: Service): boolean {
  return mayConnect(world, service) && (service.retryAt === undefined || service.retryAt <= world.now);
}

/** Whether auto-connect has anything to do with the service, now or at its `retryAt`. */
function mayConnect(world: World, service: Service): boolean {
  const { settings, ignore, connection, retriesAsUser } = service;
  if (connection || ignore) return false;
  if (!retriesAsUser && (!settings.favorite || !settings.autoConnect)) return false;
  if (settings.ipv4.method === 'off' && settings.ipv6.method === 'off') return false;
  // Without what the network asks for it would fail (rule 59).
  return service.networks.some((id) => {
    const network = world.networks.get(id);
    return network !== undefined && missingFields(network, settings.access).length === 0;
  });
}

export function autoConnectDeadlines(world: World): Moments {
  const moments: (Instant | undefined)[] = [];
  for (const service of world.services.values()) {
    const { connection, state, retryAt } = service;
    if (retryAt !== undefined && mayConnect(world, service)) moments.push(retryAt);
    if (connection && isConnecting(state)) moments.push(after(connection.since, patienceMs));
  }
  return moments;
}
