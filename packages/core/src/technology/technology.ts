/** A technology: a kind of device that can be switched on and off as a whole (ConnMan rules 29 to 41). */
import { after, type Instant } from '@connman/base';
import type { Turn } from '../turn';
import { globalSettingsOf } from '../world';

export interface Technology {
  readonly type: 'ethernet';
  readonly name: string;
  /** What the user last asked for, kept on disk as Enable. */
  readonly enabled: boolean;
  /** Whether it is to be on now: enabled, unless offline mode rules. */
  readonly wanted: boolean;
  /** As its devices are: any of them up. */
  readonly powered: boolean;
  /** A Powered request that waits for the devices, at most until `deadline`. */
  readonly pending?: { readonly operation: number; readonly powered: boolean; readonly deadline: Instant };
}

export function ethernetTechnology(enabled: boolean, offlineMode: boolean): Technology {
  return { type: 'ethernet', name: 'Wired', enabled, wanted: enabled && !offlineMode, powered: false };
}

export const technologyPath = (type: string): string => `/net/connman/technology/${type}`;

/** Rule 29. */
const powerTimeoutMs = 10_000;

/** Technology.SetProperty Powered. */
export function setPowered(turn: Turn, operation: number, powered: boolean): void {
  const { world } = turn;
  const { technology } = world;
  if (technology.pending) {
    turn.reply([operation], { ok: false, error: 'Failed', text: 'Device or resource busy' });
    return;
  }
  if (technology.powered === powered && technology.wanted === powered) {
    turn.reply([operation], { ok: false, error: powered ? 'AlreadyEnabled' : 'AlreadyDisabled' });
    return;
  }
  const deadline = after(world.now, powerTimeoutMs);
  world.technology = { ...technology, enabled: powered, pending: { operation, powered, deadline } };
  switchDevices(turn, powered);
  turn.emit({ kind: 'store-global', settings: globalSettingsOf(world) });
}

/** Manager.SetProperty OfflineMode: everything off, or on again what is enabled (rule 40). */
export function setOfflineMode(turn: Turn, offline: boolean): void {
  const { world } = turn;
  if (world.offlineMode === offline) return;
  world.offlineMode = offline;
  switchDevices(turn, offline ? false : world.technology.enabled);
  turn.emit({ kind: 'store-global', settings: globalSettingsOf(world) });
}

export function switchDevices(turn: Turn, powered: boolean): void {
  const { world } = turn;
  world.technology = { ...world.technology, wanted: powered };
  for (const [ifindex, device] of world.devices) world.devices.set(ifindex, { ...device, pendingPower: powered });
}

/** Stage: follows the devices, answers a Powered request when they have arrived. */
export function followDevices(turn: Turn): void {
  const { world } = turn;
  let powered = false;
  let arrived = true;
  for (const [ifindex, device] of world.devices) {
    const up = world.observed.links.get(ifindex)?.up ?? false;
    powered ||= up;
    if (device.pendingPower === undefined) continue;
    if (device.pendingPower === up) world.devices.set(ifindex, { ...device, pendingPower: undefined });
    else arrived = false;
  }
  const { pending, ...settled } = world.technology;
  if (settled.powered !== powered) world.technology = { ...world.technology, powered };
  if (!pending) return;
  if (arrived) turn.reply([pending.operation], { ok: true });
  else if (world.now >= pending.deadline) turn.reply([pending.operation], { ok: false, error: 'OperationTimeout' });
  else return;
  world.technology = { ...settled, powered };
}
