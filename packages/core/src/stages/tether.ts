/** Sharing begins and ends: what users ask for (Technology.SetProperty Tethering, rule 161) and what comes of it. */
import { after } from '@connman/base';
import type { DhcpServerEvent, TechnologyType } from '@connman/contracts';
import type { Outcome } from '../model/outcome';
import { isConnected, linkOf } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { bridgeName, type Sharing } from '../model/tethering/tethering';
import { servicesOf, type Turn } from '../turn';
import { globalSettingsOf, type World } from '../world';

/** For the bridge to have its address and its ports. */
const startMs = 10_000;

type Failure = Outcome & { readonly ok: false };

export function setTethering(turn: Turn, operation: number, type: TechnologyType, tethering: boolean): void {
  const { config, technologies, tethering: state } = turn.world;
  const technology = technologies.get(type);
  const known = state.sharings.get(type);
  const refuse = (error: 'NotSupported' | 'AlreadyDisabled' | 'AlreadyEnabled' | 'InProgress' | 'PermissionDenied') =>
    turn.reply([operation], { ok: false, error });
  if (!config.tetheringTechnologies.includes(type)) return refuse('NotSupported');
  if (!tethering) {
    if (!known) return refuse('AlreadyDisabled');
    endSharing(turn, type, 'as the user asked');
    remember(turn, type, false);
    return turn.reply([operation], { ok: true });
  }
  if (!technology?.powered) return refuse('PermissionDenied');
  if (known?.phase === 'on') return refuse('AlreadyEnabled');
  if (known?.phase === 'starting') return refuse('InProgress');
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

export function beginSharing(turn: Turn, type: TechnologyType, given: Pick<Sharing, 'operation' | 'uplink'>): void {
  const { world } = turn;
  const uplink = given.uplink ?? uplinkOf(world, type);
  const deadline = after(world.now, startMs);
  world.tethering.sharings.set(type, {
    ...given,
    phase: 'starting',
    deadline,
    ...(uplink !== undefined && { uplink }),
  });
  touchDevices(world, type);
  const kept = uplink === undefined ? '' : `; ${uplink} stays the uplink`;
  turn.log('info', `${type}: sharing the connection by the bridge ${bridgeName}${kept}`);
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

/** Its links are released; the bridge goes with the last one. */
export function endSharing(turn: Turn, type: TechnologyType, why: string): void {
  const { world } = turn;
  const sharing = world.tethering.sharings.get(type);
  if (!sharing) return;
  world.tethering.sharings.delete(type);
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

export function absorbDhcpServer(turn: Turn, event: DhcpServerEvent): void {
  const { tethering } = turn.world;
  if (event.kind === 'failed') return failAllSharing(turn, { ok: false, error: 'Failed', text: event.reason });
  if (event.ifindex !== tethering.bridge || tethering.server === undefined) return;
  tethering.isServing = true;
  tethering.clients = event.clients;
}

/** The stages look at the links of the technology again. */
function touchDevices({ devices, recent }: World, type: TechnologyType): void {
  for (const { ifindex } of devices.byType.of(type)) if (ifindex !== undefined) recent.links.add(ifindex);
}
