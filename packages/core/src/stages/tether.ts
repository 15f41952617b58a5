/** Sharing begins and ends: what users ask for (Technology.SetProperty Tethering, rule 161) and what comes of it. */
import { after } from '@connman/base';
import type { DeviceId, DhcpServerEvent, TechnologyType } from '@connman/contracts';
import type { AccessPointSetting } from '../events';
import type { Device } from '../model/device/device';
import type { Outcome } from '../model/outcome';
import { isConnected, linkOf } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { bridgeChoice, isSharing, type Sharing } from '../model/tethering/tethering';
import { servicesOf, type Turn } from '../turn';
import { globalSettingsOf, type World } from '../world';
import { disconnect } from './lifecycle';
import { absorbPeerServer } from './peers';

/** For the bridge to have its address and its ports; an access point has to take its radio over first. */
const startMs = { port: 10_000, server: 10_000, 'access-point': 30_000 } as const;

type Failure = Outcome & { readonly ok: false };

export function setTethering(turn: Turn, operation: number, type: TechnologyType, tethering: boolean): void {
  const { config, technologies, tethering: state } = turn.world;
  const technology = technologies.get(type);
  const known = state.sharings.get(type);
  const refuse = (
    error:
      | 'NotSupported'
      | 'AlreadyDisabled'
      | 'AlreadyEnabled'
      | 'InProgress'
      | 'PermissionDenied'
      | 'InvalidArguments',
    reason?: string,
  ) => turn.reply([operation], { ok: false, error, ...(reason !== undefined && { reason }) });
  if (!config.tetheringTechnologies.includes(type)) return refuse('NotSupported');
  if (!tethering) {
    if (!known) return refuse('AlreadyDisabled');
    endSharing(turn, type, 'as the user asked');
    remember(turn, type, false);
    return turn.reply([operation], { ok: true });
  }
  if (!technology?.powered) return refuse('PermissionDenied', `${type} is switched off: connmanctl enable ${type}`);
  if (known?.phase === 'on') return refuse('AlreadyEnabled');
  if (known?.phase === 'starting') return refuse('InProgress');
  const refusal = refusalOf(turn.world, type);
  if (refusal) return refuse(refusal);
  remember(turn, type, true);
  beginSharing(turn, type, { operation });
}

/** For the next start, where PersistentTetheringMode says so (rule 167). */
function remember(turn: Turn, type: TechnologyType, tethering: boolean): void {
  const { world } = turn;
  const technology = world.technologies.get(type);
  if (!technology || !world.config.persistentTethering) return;
  world.technologies.set(type, { ...technology, tethering });
  turn.emit({ kind: 'store-global', settings: globalSettingsOf(world) });
}

/** Why it cannot be shared as it is; undefined if it can. */
export function refusalOf(world: World, type: TechnologyType): 'InvalidArguments' | 'NotSupported' | undefined {
  const { sharesAs } = kindOf(type);
  if (sharesAs === 'port') return undefined;
  const { tetheringIdentifier, tetheringPassphrase } = world.technologies.get(type) ?? {};
  const isNamed = tetheringIdentifier !== undefined && tetheringPassphrase !== undefined;
  if (sharesAs === 'access-point' && !isNamed) return 'InvalidArguments';
  return radioFor(world, type) ? undefined : 'NotSupported';
}

/** Whether a technology of access points has a radio for one. */
export function canShare(world: World, type: TechnologyType): boolean {
  return radioFor(world, type) !== undefined;
}

/** A radio that can be an access point or let others in, one that is in no network before any other (rule 165). */
function radioFor(world: World, type: TechnologyType): Device | undefined {
  const able = world.devices.byType.of(type).filter(({ can, powered }) => can.tether && powered);
  return able.find(({ id }) => world.services.byDevice.size(id) === 0) ?? able[0];
}

/** The devices whose driver is asked to let others in: the radio that is the access point, or all that are servers. */
export function radiosOf(world: World, type: TechnologyType, { radio }: Sharing): readonly Device[] {
  const known = radio && world.devices.get(radio);
  if (kindOf(type).sharesAs !== 'server') return known ? [known] : [];
  return world.devices.byType.of(type).filter(({ can }) => can.tether);
}

/** Technology.SetProperty TetheringIdentifier, TetheringPassphrase and TetheringFreq: for the next access point. */
export function configureTethering(
  turn: Turn,
  operation: number,
  type: TechnologyType,
  setting: AccessPointSetting,
): void {
  const { world } = turn;
  const technology = world.technologies.get(type);
  if (!technology) return turn.reply([operation], { ok: false, error: 'NotFound' });
  // Passed over as if it had been taken, as ConnMan does.
  const isMeant = !('tetheringFreq' in setting) || setting.tetheringFreq >= 0;
  if (isMeant) {
    world.technologies.set(type, { ...technology, ...setting });
    turn.emit({ kind: 'store-global', settings: globalSettingsOf(world) });
  }
  turn.reply([operation], { ok: true });
}

export function beginSharing(
  turn: Turn,
  type: TechnologyType,
  given: Pick<Sharing, 'operation' | 'uplink' | 'access'>,
): void {
  const { world } = turn;
  chooseBridge(world);
  const uplink = given.uplink ?? (kindOf(type).sharesAs === 'port' ? uplinkOf(world, type) : undefined);
  const radio = kindOf(type).sharesAs === 'port' ? undefined : radioFor(world, type);
  const isTaken = radio && kindOf(type).sharesAs === 'access-point';
  for (const service of isTaken ? world.services.byDevice.of(radio.id) : [])
    disconnect(turn, service, 'as its radio becomes an access point');
  const deadline = after(world.now, startMs[kindOf(type).sharesAs]);
  world.tethering.sharings.set(type, {
    ...given,
    phase: 'starting',
    deadline,
    ...(uplink !== undefined && { uplink }),
    ...(radio && { radio: radio.id }),
  });
  touchDevices(world, type);
  const kept = uplink === undefined ? '' : `; ${uplink} stays the uplink`;
  turn.log('info', `${type}: sharing the connection by the bridge ${world.tethering.choice.name}${kept}`);
}

/** As main.conf says now, unless one is in use already. */
function chooseBridge({ tethering, config, observed }: World): void {
  if (isSharing(tethering) || tethering.isBridgeOurs) return;
  tethering.choice = bridgeChoice(config.tetheringBridge, config.tetheringThrough);
  const links = [...observed.links.values()];
  tethering.bridge = links.find(({ name }) => name === tethering.choice.name)?.ifindex;
}

/**
 * Of several links of one technology the one that leads out is not shared: its machine would cut itself off. ConnMan puts all
 * Ethernet links into the bridge.
 */
function uplinkOf(world: World, type: TechnologyType): string | undefined {
  const devices = world.devices.byType.of(type);
  const main = firstUplink(world);
  return devices.length > 1 ? devices.find(({ ifindex }) => ifindex === main)?.interfaceName : undefined;
}

/** The link of the first connected service that is no tunnel. */
export function firstUplink(world: World): number | undefined {
  const main = servicesOf(world).find(({ type, state }) => isConnected(state) && !kindOf(type).isTunnel);
  return main && linkOf(main);
}

/** Whether a device lets others in. */
export function hasOnAir({ asked }: Sharing): boolean {
  return [...(asked?.values() ?? [])].includes('on-air');
}

/** Its links are released; the bridge goes with the last one. */
export function endSharing(turn: Turn, type: TechnologyType, why: string): void {
  const { world } = turn;
  const sharing = world.tethering.sharings.get(type);
  if (!sharing) return;
  world.tethering.sharings.delete(type);
  for (const id of sharing.asked?.keys() ?? []) {
    world.tethering.stations.delete(id);
    const { driver } = world.devices.get(id) ?? {};
    if (driver) turn.emit({ kind: 'technology', driver, command: { kind: 'set-tethering', device: id } });
  }
  touchDevices(world, type);
  turn.log('info', `${type}: no longer shared, ${why}`);
}

/** It cannot be shared, or no longer. */
export function failSharing(turn: Turn, type: TechnologyType, outcome: Failure): void {
  const { operation } = turn.world.tethering.sharings.get(type) ?? {};
  const reason = outcome.error === 'Failed' ? outcome.text : (outcome.reason ?? outcome.error);
  turn.log('error', `${type}: the connection cannot be shared: ${reason}`);
  endSharing(turn, type, 'after a failure');
  if (operation !== undefined) turn.reply([operation], outcome);
}

/** What serves all of them does not work. */
export function failAllSharing(turn: Turn, outcome: Failure): void {
  for (const [type, { phase }] of [...turn.world.tethering.sharings]) {
    if (phase !== 'awaited') failSharing(turn, type, outcome);
  }
}

/** A driver says that its radio lets others in, or no longer. */
export function absorbAccessPoint(
  turn: Turn,
  radio: DeviceId,
  isOnAir: boolean,
  reason = 'the access point is off the air',
): void {
  const { sharings, stations } = turn.world.tethering;
  for (const [type, sharing] of sharings) {
    const before = sharing.asked?.get(radio);
    if (!sharing.asked || before === undefined) continue;
    const asked = new Map(sharing.asked).set(radio, isOnAir ? 'on-air' : 'refused');
    if (isOnAir) {
      sharings.set(type, { ...sharing, asked });
      touchDevices(turn.world, type);
    } else if ([...asked.values()].some((state) => state !== 'refused')) {
      sharings.set(type, { ...sharing, asked });
      turn.log('warning', `${radio}: does not let others join: ${reason}; ${type} is shared by its other devices`);
    } else if (before === 'on-air' || sharing.phase === 'starting') {
      stations.delete(radio);
      failSharing(turn, type, { ok: false, error: 'Failed', text: reason });
    }
  }
}

/** Whether a radio is an access point of ours, or is about to be. */
export function isAccessPoint({ tethering }: World, radio: DeviceId): boolean {
  for (const sharing of tethering.sharings.values()) if (sharing.radio === radio) return true;
  return false;
}

export function absorbDhcpServer(turn: Turn, event: DhcpServerEvent): void {
  const { tethering } = turn.world;
  if (absorbPeerServer(turn, event)) return;
  if (event.kind === 'failed') return failAllSharing(turn, { ok: false, error: 'Failed', text: event.reason });
  if (event.ifindex !== tethering.bridge || tethering.server === undefined) return;
  if (event.kind === 'clients') {
    tethering.isServing = true;
    tethering.clients = event.clients;
  } else tethering.addresses6 = event.addresses;
  // Their names are resolved.
  turn.world.recent.links.add(event.ifindex);
}

/** The stages look at the links of the technology again. */
function touchDevices({ devices, recent }: World, type: TechnologyType): void {
  for (const { ifindex } of devices.byType.of(type)) if (ifindex !== undefined) recent.links.add(ifindex);
}
