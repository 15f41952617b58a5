/**
 * Stage: a connection is shared. Links of shared technologies become ports of one bridge; its clients get addresses of a network
 * that nothing else uses, names from the DNS proxy, and the way out of this machine (rules 162 to 164 and 166).
 */
import { after } from '@connman/base';
import { type DhcpServerRequest, deviceId, type TechnologyType } from '@connman/contracts';
import { familyOf, type Ipv4Address, type MacAddress, macFromBytes, macToBytes, parseMac } from '@connman/inet';
import type { Device } from '../model/device/device';
import type { Desired, DesiredLink } from '../model/ipconfig/desired';
import { addressKey, ownProtocol } from '../model/observed/keys';
import { addressesOf, type Observed } from '../model/observed/tables';
import { kindOf } from '../model/technology/kinds';
import { freeNetwork, gatewayOf, hostOf, isTaken, sharedPrefixLength } from '../model/tethering/network';
import {
  handedOutFormerly,
  isAwaited,
  isCaptive,
  isSharing,
  type Sharing,
  type Tethering,
} from '../model/tethering/tethering';
import type { Moments, Turn } from '../turn';
import { technologyOf, type World } from '../world';
import { clientMtu } from './client-mtu';
import { desiredSharing6 } from './share-ipv6';
import { takenNetworks } from './taken-networks';
import {
  beginSharing,
  endSharing,
  failAllSharing,
  failSharing,
  firstUplink,
  hasOnAir,
  radiosOf,
  refusalOf,
} from './tether';

/** Rule 162. */
const leaseSeconds = 86_400;
/** MHz, where TetheringFreq was never set (rule 165). */
const defaultFrequency = 2412;
/** What a former run shared is taken up when its links are known again, within this time. */
const takeUpMs = 15_000;

/** Stage: the link `tether`, and whether a former run has made it. */
export function findBridge({ world }: Turn): void {
  const { tethering, observed } = world;
  for (const ifindex of world.recent.links.keys()) {
    const link = observed.links.get(ifindex);
    const { name, isLent } = tethering.choice;
    if (tethering.bridge === ifindex && link?.name !== name) tethering.bridge = undefined;
    if (link?.name !== name || tethering.bridge === ifindex) continue;
    tethering.bridge = ifindex;
    tethering.isBridgeAsked = false;
    if (isLent || !world.adoptable.has(ifindex)) continue;
    tethering.isBridgeOurs ||= [...addressesOf(observed, ifindex)].some(({ protocol }) => protocol === ownProtocol);
    if (!tethering.isBridgeOurs) continue;
    for (const [key, text] of handedOutFormerly()) world.handedOut.set(key, text);
  }
}

export function shareConnection(turn: Turn): void {
  const { world } = turn;
  const { tethering } = world;
  if (!world.synced || (tethering.sharings.size === 0 && !tethering.isBridgeOurs)) return;
  for (const [type, sharing] of [...tethering.sharings]) follow(turn, type, sharing);
  followPorts(world);
  if (isSharing(tethering)) serve(turn);
  else if (!isAwaited(tethering)) withdraw(turn);
}

/** By the power of the technology and by the time. */
function follow(turn: Turn, type: TechnologyType, sharing: Sharing): void {
  const { world } = turn;
  const { sharings } = world.tethering;
  const technology = world.technologies.get(type);
  const isStored = technology?.tethering === true && world.config.persistentTethering;
  if (sharing.phase === 'awaited') {
    const isReady = technology?.powered && refusalOf(world, type) === undefined && isWayOutKnown(world, type, sharing);
    if (isReady) return beginSharing(turn, type, sharing);
    if (isStored) return;
    const deadline = sharing.deadline ?? after(world.now, takeUpMs);
    if (world.now >= deadline) return endSharing(turn, type, 'as its links did not come back after a restart');
    sharings.set(type, { ...sharing, deadline });
    // A radio has no power for a moment while it becomes an access point.
  } else if (!technology?.wanted || world.devices.byType.size(type) === 0) {
    if (sharing.operation !== undefined) turn.reply([sharing.operation], { ok: false, error: 'OperationAborted' });
    endSharing(turn, type, 'as it is switched off');
    if (isStored) sharings.set(type, { phase: 'awaited' });
  } else if (sharing.phase === 'starting' && sharing.deadline !== undefined && world.now >= sharing.deadline) {
    failSharing(turn, type, { ok: false, error: 'OperationTimeout', reason: missing(world, type) });
  }
}

/** Which of several links leads out is known when one of them, or anything else, is connected. */
function isWayOutKnown(world: World, type: TechnologyType, { uplink }: Sharing): boolean {
  if (kindOf(type).sharesAs !== 'port') return true;
  return uplink !== undefined || world.devices.byType.size(type) < 2 || firstUplink(world) !== undefined;
}

function missing({ tethering: { bridge, ports, choice } }: World, type: TechnologyType): string {
  if (bridge === undefined) return `there is no link ${choice.name}`;
  if (kindOf(type).sharesAs === 'server') return `no device of ${type} lets others in`;
  return ports.size === 0
    ? `no link of ${type} can be shared`
    : `${choice.name} has no address, or not all of its ports`;
}

function followPorts({ tethering, devices, observed, recent }: World): void {
  const ports = new Set<number>();
  for (const [type, { phase, uplink, radio, asked }] of tethering.sharings) {
    if (phase === 'awaited') continue;
    const isPort = ({ id, interfaceName }: Device) =>
      kindOf(type).sharesAs === 'port' ? interfaceName !== uplink : id === radio && asked?.get(id) === 'on-air';
    for (const device of devices.byType.of(type)) {
      if (device.ifindex !== undefined && isPort(device)) ports.add(device.ifindex);
    }
  }
  for (const ifindex of new Set([...ports, ...tethering.ports])) {
    if (ports.has(ifindex) !== tethering.ports.has(ifindex)) recent.links.add(ifindex);
  }
  tethering.ports = ports;
  followLentPorts(tethering, observed);
  // It is down: up again with the next plan.
  for (const ifindex of tethering.restarting) {
    if (ports.has(ifindex) && observed.links.get(ifindex)?.up === true) continue;
    tethering.restarting.delete(ifindex);
    recent.links.add(ifindex);
  }
}

/** What we put into a bridge of the user's is ours to take out again. */
function followLentPorts({ choice, ports, bridge, lentPorts }: Tethering, observed: Observed): void {
  if (!choice.isLent) return;
  for (const ifindex of ports) {
    const link = observed.links.get(ifindex);
    if (link) lentPorts.add(link.name);
  }
  const present = new Set<string>();
  for (const { ifindex, name, master } of observed.links.values())
    if (ports.has(ifindex) || (bridge !== undefined && master === bridge)) present.add(name);
  for (const name of lentPorts) if (!present.has(name)) lentPorts.delete(name);
}

/** Why the bridge cannot be used; undefined if it can, or is still to be made. */
function unusable({ tethering: { bridge, choice, isBridgeOurs }, observed }: World): string | undefined {
  const { name, isLent } = choice;
  const kind = observed.links.get(bridge ?? 0)?.kind;
  if (isLent && bridge === undefined)
    return `there is no link ${name}, which TetheringBridge of main.conf names; make it, or leave the key out`;
  if (isLent && kind !== 'bridge')
    return `the link ${name}, which TetheringBridge of main.conf names, is no bridge; name one, or leave the key out`;
  if (bridge === undefined || isLent || isBridgeOurs) return undefined;
  return `the link ${name} is another program's; "ip link delete ${name}" removes it`;
}

function serve(turn: Turn): void {
  const { world } = turn;
  const { tethering, observed } = world;
  const text = unusable(world);
  if (text !== undefined) return failAllSharing(turn, { ok: false, error: 'Failed', text });
  tethering.isBridgeOurs = true;
  if (tethering.choice.isThrough) {
    if (observed.links.get(tethering.bridge ?? 0)?.up) admit(turn);
    return;
  }
  const network = chooseNetwork(turn);
  if (!network) return;
  const { bridge } = tethering;
  const link = observed.links.get(bridge ?? 0);
  const gateway = gatewayOf(network);
  if (!link || bridge === undefined || !link.up || !observed.addresses.has(addressKey({ ifindex: bridge, ...gateway })))
    return;
  runServer(turn, { ifindex: bridge, interfaceName: link.name, mac: link.mac as MacAddress }, network);
  if (tethering.isServing) admit(turn);
}

function admit(turn: Turn): void {
  const { tethering } = turn.world;
  for (const [type, sharing] of tethering.sharings) askDriver(turn, type, sharing);
  for (const [type, sharing] of tethering.sharings) if (sharing.phase === 'starting') settle(turn, type, sharing);
}

/** A driver takes its radio, or those who join, into the bridge, which has to exist before. */
function askDriver(turn: Turn, type: TechnologyType, sharing: Sharing): void {
  const { world } = turn;
  if (sharing.phase === 'awaited') return;
  // One that comes while others are shared is shared as well, one that comes back again.
  const asked = new Map([...(sharing.asked ?? [])].filter(([id]) => world.devices.has(id)));
  const radios = radiosOf(world, type, sharing).filter(({ id, powered }) => powered && !asked.has(id));
  if (radios.length === 0 && asked.size === (sharing.asked?.size ?? 0)) return;
  const { tetheringIdentifier = '', tetheringPassphrase, tetheringFreq, tetheringHidden } = technologyOf(world, type);
  const access = {
    frequency: tetheringFreq || defaultFrequency,
    ...(sharing.access ?? {
      ssid: Buffer.from(tetheringIdentifier).toString('hex'),
      ...(tetheringPassphrase && { passphrase: tetheringPassphrase }),
      ...(tetheringHidden && { hidden: true }),
    }),
  };
  for (const { id } of radios) asked.set(id, 'waiting');
  world.tethering.sharings.set(type, { ...sharing, asked });
  const named = kindOf(type).sharesAs === 'access-point' && { access };
  for (const { id, driver } of radios) {
    const command = { kind: 'set-tethering', device: id, bridge: world.tethering.choice.name, ...named } as const;
    turn.emit({ kind: 'technology', driver, command });
  }
}

/** The one it has, as long as no other link or connection has a part of it (rule 164). */
function chooseNetwork(turn: Turn): Ipv4Address | undefined {
  const { world } = turn;
  const { tethering } = world;
  const before = tethering.network;
  if (before !== undefined && world.recent.links.isEmpty) return before;
  const taken = takenNetworks(world, tethering.choice.name);
  if (before !== undefined && !isTaken(before, taken)) return before;
  const next = freeNetwork(taken);
  if (next === undefined) {
    failAllSharing(turn, { ok: false, error: 'Failed', text: 'every private network is in use by another link' });
    return undefined;
  }
  if (before !== undefined)
    turn.log(
      'warning',
      `${tethering.choice.name}: ${before}/24 is in use elsewhere now; clients get addresses of ${next}/24`,
    );
  tethering.network = next;
  for (const ifindex of tethering.ports) {
    world.recent.links.add(ifindex);
    if (before !== undefined && !isOnAir(world, ifindex)) tethering.restarting.add(ifindex);
  }
  return next;
}

/** The interface of an access point: without it the radio has none. */
function isOnAir({ devices, tethering }: World, ifindex: number): boolean {
  const radios = [...tethering.sharings.values()].flatMap(({ radio }) => radio ?? []);
  return devices.byLink.of(ifindex).some(({ id }) => radios.includes(id));
}

function runServer(
  turn: Turn,
  link: Pick<DhcpServerRequest, 'ifindex' | 'interfaceName' | 'mac'>,
  network: Ipv4Address,
): void {
  const { tethering, config } = turn.world;
  const { address, prefixLength } = gatewayOf(network);
  const fallback = config.fallbackNameservers.filter((server): server is Ipv4Address => familyOf(server) === 4);
  const request: DhcpServerRequest = {
    ...link,
    ...{ address, prefixLength, first: hostOf(network, 2), last: hostOf(network, 254), leaseSeconds },
    mtu: clientMtu(turn.world),
    nameservers: config.answersNames ? [address] : fallback,
    ...(isCaptive(tethering) && { captivePortal: `http://${address}/api` }),
  };
  const text = JSON.stringify(request);
  if (tethering.server === text) return;
  tethering.server = text;
  tethering.isServing = false;
  turn.emit({ kind: 'dhcp-server-start', request });
}

/** On when its ports are in the bridge, or others are let into it. */
function settle(turn: Turn, type: TechnologyType, { operation, deadline: _, ...sharing }: Sharing): void {
  const { world } = turn;
  const { tethering, observed, devices } = world;
  const own = devices.byType
    .of(type)
    .flatMap(({ ifindex }) => (ifindex !== undefined && tethering.ports.has(ifindex) ? [ifindex] : []));
  const isIn = own.length > 0 && own.every((ifindex) => observed.links.get(ifindex)?.master === tethering.bridge);
  if (kindOf(type).sharesAs === 'server' ? !hasOnAir(sharing) : !isIn) return;
  tethering.sharings.set(type, { ...sharing, phase: 'on' });
  const { isThrough, name } = tethering.choice;
  const where = isThrough
    ? `are in the network of ${name}`
    : `get addresses of ${tethering.network}/${sharedPrefixLength}`;
  turn.log('info', `${type}: shared; clients ${where}`);
  if (operation !== undefined) turn.reply([operation], { ok: true });
}

/** Nothing is shared: everything is as it was before. */
function withdraw(turn: Turn): void {
  const { world } = turn;
  const { tethering } = world;
  const { bridge, server, choice, lentPorts } = tethering;
  if (server !== undefined && bridge !== undefined) turn.emit({ kind: 'dhcp-server-stop', ifindex: bridge });
  tethering.server = undefined;
  tethering.network = undefined;
  tethering.clients = [];
  tethering.addresses6 = [];
  tethering.stations.clear();
  if (choice.isLent) tethering.isBridgeOurs = lentPorts.size > 0;
  else if (bridge === undefined) tethering.isBridgeOurs = tethering.isBridgeAsked;
  if (bridge !== undefined) world.recent.links.add(bridge);
}

/** No link of a technology says that its bridge is to be made: those that join have theirs later. */
export function wantsBridge({ tethering }: World): boolean {
  const { network, bridge, choice, isBridgeAsked } = tethering;
  return network !== undefined && bridge === undefined && !choice.isLent && !isBridgeAsked;
}

/** The bridge's part of what the kernel is to have. */
export function desiredSharing(world: World): Pick<Desired, 'bridge' | 'links' | 'addresses' | 'routes'> {
  const { tethering, observed, devices } = world;
  const { bridge, network, choice, isBridgeOurs, ports, restarting } = tethering;
  const none = { addresses: [], routes: [] };
  if (!isBridgeOurs) return { links: [], ...none };
  if (choice.isLent) return desiredOnLentBridge(world);
  if (network === undefined) return { links: bridge === undefined ? [] : [{ ifindex: bridge, gone: true }], ...none };
  if (bridge === undefined) {
    const radios = [...tethering.sharings.values()].flatMap(({ radio }) => devices.get(radio ?? deviceId('')) ?? []);
    const links = [...ports, ...radios.flatMap(({ ifindex }) => ifindex ?? [])];
    const macs = links.flatMap((ifindex) => observed.links.get(ifindex)?.mac || []);
    const [port] = [...macs, ...radios.flatMap(({ ident }) => macOfIdent(ident) ?? [])];
    return { ...(port && { bridge: { name: choice.name, mac: bridgeMac(port) } }), links: [], ...none };
  }
  const links: DesiredLink[] = [{ ifindex: bridge, up: true }];
  for (const ifindex of ports) links.push({ ifindex, up: !restarting.has(ifindex), master: bridge });
  // While a former run's sharing is awaited, its ports stay where they are.
  if (isSharing(tethering)) {
    for (const { ifindex } of devices.values()) {
      if (ifindex !== undefined && !ports.has(ifindex) && observed.links.get(ifindex)?.master === bridge)
        links.push({ ifindex, master: 0 });
    }
  }
  const { addresses, routes } = desiredSharing6(world);
  return { links, addresses: [{ ifindex: bridge, ...gatewayOf(network) }, ...addresses], routes };
}

/** Its other ports and its addresses are the user's. */
function desiredOnLentBridge(world: World): Pick<Desired, 'links' | 'addresses' | 'routes'> {
  const { bridge, network, ports, restarting, lentPorts } = world.tethering;
  if (bridge === undefined) return { links: [], addresses: [], routes: [] };
  const links: DesiredLink[] = isSharing(world.tethering) ? [{ ifindex: bridge, up: true }] : [];
  for (const { ifindex, name, master } of world.observed.links.values()) {
    if (ports.has(ifindex)) links.push({ ifindex, up: !restarting.has(ifindex), master: bridge });
    // While a former run's sharing is awaited, its ports stay where they are.
    else if (lentPorts.has(name) && master === bridge && !isAwaited(world.tethering))
      links.push({ ifindex, master: 0 });
  }
  if (network === undefined) return { links, addresses: [], routes: [] };
  const { addresses, routes } = desiredSharing6(world);
  return { links, addresses: [{ ifindex: bridge, ...gatewayOf(network) }, ...addresses], routes };
}

/** The identifier of a device without a link, where it is its hardware address. */
function macOfIdent(ident: string): MacAddress | undefined {
  return parseMac(ident.match(/../g)?.join(':') ?? '');
}

/** Of its own, so that it stays when ports come and go: a port's, as a locally administered address that differs (IEEE 802c). */
function bridgeMac(port: MacAddress): MacAddress {
  const bytes = macToBytes(port);
  const first = bytes[0] as number;
  bytes[0] = (first & 0x02) === 0 ? first | 0x02 : first ^ 0x04;
  return macFromBytes(bytes);
}

export function sharingDeadlines({ tethering }: World): Moments {
  return [...tethering.sharings.values()].map(({ deadline }) => deadline);
}
