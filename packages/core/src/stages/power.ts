/** Switching technologies: Powered, offline mode, and following what the devices do (ConnMan rules 29 to 41). */
import { after } from '@connman/base';
import { ethernetDriver, type TechnologyType } from '@connman/contracts';
import type { Device } from '../model/device/device';
import type { Technology } from '../model/technology/technology';
import type { Moments, Turn } from '../turn';
import { globalSettingsOf, isHardBlocked, technologyOf, type World } from '../world';

/** Rule 29. */
const powerTimeoutMs = 10_000;
/** A driver that has not done as it was asked by then is asked again. */
const askAgainMs = 5_000;

/** Technology.SetProperty Powered. */
export function setPowered(turn: Turn, operation: number, type: string, powered: boolean): void {
  const { world } = turn;
  const technology = world.technologies.get(type as TechnologyType);
  if (!technology) return turn.reply([operation], { ok: false, error: 'InvalidArguments' });
  if (isHardBlocked(world, technology.type)) {
    const reason = `a switch of the machine blocks ${type} (rfkill list shows which); only that switch lifts it`;
    return turn.reply([operation], { ok: false, error: 'PermissionDenied', reason });
  }
  if (technology.pending) {
    turn.reply([operation], { ok: false, error: 'Failed', text: 'Device or resource busy' });
    return;
  }
  if (technology.powered === powered && technology.wanted === powered) {
    turn.reply([operation], { ok: false, error: powered ? 'AlreadyEnabled' : 'AlreadyDisabled' });
    return;
  }
  const deadline = after(world.now, powerTimeoutMs);
  put(world, { ...technology, enabled: powered, wanted: powered, pending: { operation, powered, deadline } });
  switchDevices(world, technology.type, powered);
  store(turn);
}

/** Manager.SetProperty OfflineMode: everything off, or on again what is enabled (rule 40). */
export function setOfflineMode(turn: Turn, offline: boolean): void {
  const { world } = turn;
  if (world.offlineMode === offline) return;
  world.offlineMode = offline;
  for (const technology of world.technologies.values()) {
    const wanted = offline ? false : technology.enabled;
    put(world, { ...technology, wanted });
    switchDevices(world, technology.type, wanted);
  }
  store(turn);
}

/** What ConnMan puts in place of a frequency that was never set when it saves a technology. */
const defaultTetheringFreq = 2412;

function store(turn: Turn): void {
  const { world } = turn;
  for (const technology of world.technologies.values()) {
    if (technology.tetheringFreq === 0) put(world, { ...technology, tetheringFreq: defaultTetheringFreq });
  }
  turn.emit({ kind: 'store-global', settings: globalSettingsOf(world) });
}

function put(world: World, technology: Technology): void {
  world.technologies.set(technology.type, technology);
}

function switchDevices(world: World, type: TechnologyType, powered: boolean): void {
  for (const device of world.devices.byType.of(type)) {
    const { powerAskedAt: _, ...rest } = device;
    world.devices.set(device.id, { ...rest, pendingPower: powered });
  }
}

/** The driver's radios are silenced by a switch of the machine, or no longer: then they are as the user wants them. */
export function setHardBlock({ world }: Turn, driver: string, isBlocked: boolean): void {
  const wasBlocked = world.hardBlocked.has(driver);
  if (isBlocked) world.hardBlocked.add(driver);
  else world.hardBlocked.delete(driver);
  if (isBlocked || !wasBlocked) return;
  for (const device of world.devices.byDriver.of(driver)) {
    const { powerAskedAt: _, ...rest } = device;
    world.devices.set(device.id, { ...rest, pendingPower: technologyOf(world, device.type).wanted });
  }
}

/** Stage: follows the devices, has drivers switch theirs, answers a Powered request when they have arrived. */
export function followPower(turn: Turn): void {
  const { world } = turn;
  const intruders: TechnologyType[] = [];
  const pending = new Set<TechnologyType>();
  for (const device of world.devices.switching.of('switching')) {
    // One that comes switched on while its technology is off is switched off, and clients never see it on.
    const isOff = device.pendingPower === false && !technologyOf(world, device.type).powered;
    if (isOff && device.powered) intruders.push(device.type);
    if (device.pendingPower === undefined) continue;
    if (device.pendingPower === device.powered) {
      const { powerAskedAt: _, ...rest } = device;
      world.devices.set(device.id, { ...rest, pendingPower: undefined });
    } else {
      pending.add(device.type);
      switchByDriver(turn, device, device.pendingPower);
    }
  }
  for (const technology of world.technologies.values()) {
    const { type } = technology;
    const powered = world.devices.powered.size(type) - intruders.filter((one) => one === type).length;
    followTechnology(turn, technology, powered > 0, !pending.has(type));
  }
}

/** An Ethernet link is switched with the rest of the kernel's configuration. */
function switchByDriver(turn: Turn, device: Device, powered: boolean): void {
  const { world } = turn;
  const { id, driver, powerAskedAt } = device;
  if (driver === ethernetDriver || world.hardBlocked.has(driver)) return;
  if (powerAskedAt !== undefined && world.now < after(powerAskedAt, askAgainMs)) return;
  world.devices.set(id, { ...device, powerAskedAt: world.now });
  turn.emit({ kind: 'technology', driver, command: { kind: 'set-powered', device: id, powered } });
}

function followTechnology(turn: Turn, technology: Technology, powered: boolean, arrived: boolean): void {
  const { world } = turn;
  const { pending, ...settled } = technology;
  if (settled.powered !== powered) put(world, { ...technology, powered });
  if (!pending) return;
  if (arrived) turn.reply([pending.operation], { ok: true });
  else if (world.now >= pending.deadline) turn.reply([pending.operation], { ok: false, error: 'OperationTimeout' });
  else return;
  put(world, { ...settled, powered });
}

export function powerDeadlines({ technologies, devices }: World): Moments {
  return [
    ...[...technologies.values()].map(({ pending }) => pending?.deadline),
    ...devices.switching.of('switching').map(({ powerAskedAt }) => powerAskedAt && after(powerAskedAt, askAgainMs)),
  ];
}
