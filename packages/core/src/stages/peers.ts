/**
 * Peers (Wi-Fi Direct): who wants to be connected with is put before the user, and where this machine owns the group it gives the
 * others addresses (rule 215); what clients of the bus offer to peers goes to the radios. All else of a peer is as of a service.
 */
import type { DhcpServerEvent, InputField, NetworkId, PeerService } from '@connman/contracts';
import { familyOf, type Ipv4Address, type MacAddress } from '@connman/inet';
import type { RegisteredPeerService } from '../events';
import { isOurs } from '../model/ipconfig/plan';
import { addressKey } from '../model/observed/keys';
import { addressesOf } from '../model/observed/tables';
import { type ConnectionLink, newConnection } from '../model/service/connection';
import type { Service } from '../model/service/service';
import { freeNetwork, gatewayOf, hostOf, networkOf, sharedPrefixLength } from '../model/tethering/network';
import type { Turn } from '../turn';
import { serviceOfLink, type World } from '../world';
import { askUser } from './ask-user';
import { fail, occupantOf } from './lifecycle';
import { takenNetworks } from './taken-networks';

/** Rule 215: so long, and for so many. */
const leaseSeconds = 3600;
const poolSize = 2;

const mostPerClient = 64;

/** The user decides; a radio that is in a group of peers already is not taken out of it. */
export function absorbInvitation(turn: Turn, id: NetworkId, fields: readonly InputField[]): void {
  const { world } = turn;
  const network = world.networks.get(id);
  const service = network && world.services.get(network.serviceId);
  const driver = network && world.devices.get(network.device)?.driver;
  if (!service || driver === undefined || service.connection) return;
  if (occupantOf(world, service, network.device)) {
    turn.log('info', `${service.id}: wants to be connected with, but its radio is in use by another peer; turned down`);
    return turn.emit({ kind: 'technology', driver, command: { kind: 'dissociate', network: id } });
  }
  turn.log('info', `${service.id}: wants to be connected with; asking the user`);
  const begun = { reason: 'user', since: world.now, waiting: [], network: id, device: network.device } as const;
  const { leaving: _, ...rest } = service;
  askUser(turn, { ...rest, error: '', ignore: false, failures: 0 }, newConnection(begun), fields);
}

/** Stage: where this machine owns a group, its link has a network of its own and a DHCP server. */
export function servePeers(turn: Turn): void {
  const { world } = turn;
  const { peers } = world.services;
  for (const ifindex of [...world.peerServers.keys()]) {
    if (serviceOfLink(world, ifindex)?.connection?.link?.served) continue;
    world.peerServers.delete(ifindex);
    turn.emit({ kind: 'dhcp-server-stop', ifindex });
  }
  for (const service of peers.of('joined')) {
    const link = service.connection?.link;
    if (link?.isOwner) serve(turn, service, link);
  }
}

function serve(turn: Turn, service: Service, link: ConnectionLink): void {
  const { world } = turn;
  const { ifindex } = link;
  const known = world.observed.links.get(ifindex);
  if (!known) return;
  const network = link.served?.network ?? ownNetwork(world, ifindex) ?? freeNetwork(takenNetworks(world, known.name));
  if (network === undefined) {
    return fail(turn, service, 'connect-failed', 'every private network is in use by another link');
  }
  if (!link.served) putLink(turn, service, { ...link, served: { network, clients: [] } });
  const own = gatewayOf(network);
  if (world.peerServers.has(ifindex) || !world.observed.addresses.has(addressKey({ ifindex, ...own }))) return;
  world.peerServers.set(ifindex, network);
  turn.emit({
    kind: 'dhcp-server-start',
    request: {
      ...{ ifindex, interfaceName: known.name, mac: known.mac as MacAddress },
      ...{ address: own.address, prefixLength: own.prefixLength },
      ...{ first: hostOf(network, 2), last: hostOf(network, 1 + poolSize), leaseSeconds, nameservers: [], mtu: 0 },
    },
  });
}

/** Of a former run: its clients keep their addresses. */
function ownNetwork({ observed, adopted }: World, ifindex: number): Ipv4Address | undefined {
  for (const own of addressesOf(observed, ifindex)) {
    const isWhole = familyOf(own.address) === 4 && own.prefixLength === sharedPrefixLength;
    if (isWhole && isOurs(own, addressKey(own), adopted)) return networkOf(own.address as Ipv4Address);
  }
  return undefined;
}

function putLink(turn: Turn, service: Service, link: ConnectionLink): void {
  const { connection } = service;
  if (connection) turn.put({ ...service, connection: { ...connection, link } });
}

/** What the server of a group has to say; false if it is of none. */
export function absorbPeerServer(turn: Turn, event: DhcpServerEvent): boolean {
  const { world } = turn;
  if (!world.peerServers.has(event.ifindex)) return false;
  const service = serviceOfLink(world, event.ifindex);
  const link = service?.connection?.link;
  if (!service || !link?.served) return true;
  if (event.kind === 'failed') fail(turn, service, 'connect-failed', event.reason);
  else if (event.kind === 'clients')
    putLink(turn, service, { ...link, served: { ...link.served, clients: event.clients } });
  return true;
}

/** Manager.RegisterPeerService (rule 217). */
export function registerPeerService(turn: Turn, operation: number, registered: RegisteredPeerService): void {
  const { devices, peerServices } = turn.world;
  if (devices.finders.size('finder') === 0) {
    const reason = 'no radio of this machine can do Wi-Fi Direct, or the part p2p is not installed';
    return turn.reply([operation], { ok: false, error: 'NotSupported', reason });
  }
  const { owner, service, isMaster } = registered;
  if (peerServices.some((one) => isSame(one.service, service)))
    return turn.reply([operation], { ok: false, error: 'AlreadyExists' });
  if (peerServices.filter((one) => one.owner === owner).length >= mostPerClient) {
    const text = `a client may offer ${mostPerClient} services to peers`;
    return turn.reply([operation], { ok: false, error: 'Failed', text });
  }
  peerServices.push({ owner, service, isMaster });
  turn.reply([operation], { ok: true });
}

export function unregisterPeerService(
  turn: Turn,
  operation: number,
  { owner, service }: Omit<RegisteredPeerService, 'isMaster'>,
): void {
  const { peerServices } = turn.world;
  const at = peerServices.findIndex((one) => one.owner === owner && isSame(one.service, service));
  if (at < 0) return turn.reply([operation], { ok: false, error: 'NotRegistered' });
  peerServices.splice(at, 1);
  turn.reply([operation], { ok: true });
}

/** The client has left the bus. */
export function endPeerServicesOf({ world: { peerServices } }: Turn, owner: string): void {
  for (let i = peerServices.length - 1; i >= 0; i--) if (peerServices[i]?.owner === owner) peerServices.splice(i, 1);
}

const isSame = (a: PeerService, b: PeerService): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Stage: what clients offer to peers goes to each radio that is on, when it differs from what that has. */
export function offerPeerServices(turn: Turn): void {
  const { devices, peerServices, handedOut } = turn.world;
  for (const { id, driver, powered } of devices.finders.of('finder')) {
    const key = `peer-services ${id}`;
    if (!powered) {
      handedOut.delete(key);
      continue;
    }
    const isMaster = peerServices.some((one) => one.isMaster);
    const services = peerServices.map(({ service }) => service);
    const text = services.length === 0 ? '' : JSON.stringify([services, isMaster]);
    if ((handedOut.get(key) ?? '') === text) continue;
    handedOut.set(key, text);
    turn.emit({ kind: 'technology', driver, command: { kind: 'offer-services', device: id, services, isMaster } });
  }
}
