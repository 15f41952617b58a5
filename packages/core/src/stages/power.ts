/** Switching technologies: Powered, offline mode, and following what the devices do (ConnMan rules 29 to 41). */
import { after } from '@connman/base';
import type { Turn } from '../turn';
import { globalSettingsOf } from '../world';

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
  store(turn);
}

/** Manager.SetProperty OfflineMode: everything off, or on again what is enabled (rule 40). */
export function setOfflineMode(turn: Turn, offline: boolean): void {
  const { world } = turn;
  if (world.offlineMode === offline) return;
  world.offlineMode = offline;
  switchDevices(turn, offline ? false : world.technology.enabled);
  store(turn);
}

/** What ConnMan puts in place of a frequency that was never set when it saves a technology. */
const defaultTetheringFreq = 2412;

function store(turn: Turn): void {
  const { world } = turn;
  const { technology } = world;
  if (technology.tetheringFreq === 0) world.technology = { ...technology, tetheringFreq: defaultTetheringFreq };
  turn.emit({ kind: 'store-global', settings: globalSettingsOf(world) });
}

function switchDevices(turn: Turn, powered: boolean): void {
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
