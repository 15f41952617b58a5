/** Stage: connects what is to be connected without being asked (ConnMan rules 80 and 82 to 91). */
import { missingFields } from '../model/service/access';
import { patienceEnd } from '../model/service/deadlines';
import { isFullTunnel, placesIn } from '../model/service/order';
import { isConnected, isConnecting, mayAutoConnect, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { giveWayToRivals } from './associate';
import { connect, occupantOf } from './lifecycle';

export function autoConnect(turn: Turn): void {
  const { world } = turn;
  takeUpBegun(turn);
  takeUpJoined(turn);
  if (candidatesOf(world).length === 0) return;
  giveWayToRivals(turn);
  for (const service of inServiceOrder(world, candidatesOf(world))) {
    if (!kindOf(service.type).isTunnel && isCandidate(world, service)) connectAtOnce(turn, service);
  }
  if (candidatesOf(world).length === 0) return;
  const all = inServiceOrder(world, [...candidatesOf(world), ...connectionsOf(world)]);
  const inOrder = all.filter(({ type }) => !kindOf(type).isTunnel);
  const byPreference = world.config.preferredTechnologies.flatMap((type) =>
    inOrder.filter((service) => service.type === type),
  );
  connectFirst(turn, byPreference);
  connectFirst(turn, inOrder);
  connectTunnels(turn, all);
}

/** What another program has connected, or a former run had, is taken up as it is; unless it is being left. */
function takeUpBegun(turn: Turn): void {
  const { services, networks } = turn.world;
  for (const { serviceId, link } of networks.begunElsewhere.of('begun')) {
    const service = services.get(serviceId);
    if (!service || service.connection || (service.ignore && link.kind === 'up')) continue;
    connect(turn, { ...service, ignore: false }, 'auto', []);
  }
}

/** A former run has joined the network of a favorite: it is taken up as it is, whatever AutoConnect says. */
function takeUpJoined(turn: Turn): void {
  const { world } = turn;
  for (const id of turn.arrivals) {
    const service = world.services.get(id);
    if (!service?.settings.favorite || service.connection || kindOf(service.type).lossEnds === 'service') continue;
    if (isUpAlready(turn, service)) connect(turn, service, 'auto', []);
  }
}

/** Every one that may be, once something carries it; of those that take all traffic only the first (rules 90 and 91). */
function connectTunnels(turn: Turn, services: readonly Service[]): void {
  const { world } = turn;
  if (!carriesTunnels(world)) return;
  const takesAll = (service: Service) =>
    isFullTunnel(service) || service.networks.some((id) => world.networks.get(id)?.vpn?.splitRouting === false);
  let isFullTaken = world.services.tunnels.of('tunnel').some(takesAll);
  for (const service of services) {
    if (!kindOf(service.type).isTunnel || !isCandidate(world, service)) continue;
    if (takesAll(service) && isFullTaken) continue;
    isFullTaken ||= takesAll(service);
    connect(turn, service, service.retriesAsUser ? 'user' : 'auto', []);
  }
}

function carriesTunnels({ services: { connected } }: World): boolean {
  const uplinks = connected.names().filter((type) => !kindOf(type).isTunnel);
  return uplinks.some((type) => connected.of(type).some(({ hasUplink }) => hasUplink));
}

function candidatesOf({ services }: World): readonly Service[] {
  return services.candidates.of('candidate');
}

function connectionsOf({ services: { byPhase } }: World): Service[] {
  return [...byPhase.of('joined'), ...byPhase.of('joining')].filter(({ type }) => !kindOf(type).isPeer);
}

/** Those that have no place in the order yet come last. */
function inServiceOrder({ order }: World, services: readonly Service[]): Service[] {
  const places = placesIn(order);
  const placeOf = ({ id }: Service) => places.get(id) ?? order.length;
  return [...services].sort((a, b) => placeOf(a) - placeOf(b));
}

/** A kind that connects by itself whatever else is connected (rule 80), and what the agent's user wants tried again. */
function connectAtOnce(turn: Turn, service: Service): void {
  const { world } = turn;
  if (!kindOf(service.type).connectsAtOnce && !service.retriesAsUser && !isUpAlready(turn, service)) return;
  // A cable that is put in connects at once; what another one took the place of waits until that is gone.
  if (world.config.singleConnectedTechnology && !turn.arrivals.has(service.id) && world.services.isOneInUse) return;
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
    if (world.config.singleConnectedTechnology && world.services.isOneInUse) return;
    return connect(turn, service, 'auto', []);
  }
}

/** In use with a way out, or on its way there. */
function endsPass({ now }: World, service: Service): boolean {
  const { connection, state, hasUplink } = service;
  if (!connection) return false;
  if (isConnected(state)) return hasUplink;
  return isConnecting(state) && now < (patienceEnd(service) ?? now);
}

function isDeviceTaken(world: World, service: Service): boolean {
  return service.networks.every((id) => {
    const network = world.networks.get(id);
    return network !== undefined && occupantOf(world, service, network.device) !== undefined;
  });
}

/** A former run has joined its network: it is taken up as it is. */
function isUpAlready({ world, arrivals }: Turn, service: Service): boolean {
  if (!arrivals.has(service.id)) return false;
  return service.networks.some((id) => world.networks.get(id)?.link.kind === 'up');
}

/** Whether auto-connect may connect it now. */
function isCandidate(world: World, service: Service): boolean {
  const { settings, retryAt } = service;
  if (!mayAutoConnect(service) || (retryAt !== undefined && retryAt > world.now)) return false;
  // Without what the network asks for it would fail (rule 59).
  return service.networks.some((id) => {
    const network = world.networks.get(id);
    if (!network || (network.roaming && !world.config.autoConnectsRoaming)) return false;
    return missingFields(network, settings.access).length === 0;
  });
}

export function autoConnectDeadlines({ services, now }: World): Moments {
  return [services.retries.next(now), services.patienceEnds.next(now), services.givesWayAt.next(now)];
}
