/**
 * Stage: when devices scan, and for what (ConnMan rules 42, 77, 170 and 171).
 *
 * A device without a connection scans: all frequencies at first and ever more seldom, and in between, at short pauses, those
 * on which the user's networks were heard last. Each of these takes some of the other frequencies along, in turn, as an access
 * point may come back on another one. A pass over all frequencies is made in steps, so that it holds up the short scans for no
 * longer than a step takes. A device that is in a network, or on its way into one, is left in peace.
 *
 * Without BackgroundScanning there is one pass when a device becomes free, and then what users ask for.
 */
import { after, type Instant } from '@connman/base';
import type { DeviceId, TechnologyType } from '@connman/contracts';
import type { Device } from '../model/device/device';
import { isUnheard } from '../model/service/connection';
import { isConnected, type Service } from '../model/service/service';
import { isSoughtAfter } from '../model/service/settings';
import { kindOf, type ScanSchedule, typeOfServiceId } from '../model/technology/kinds';
import type { Scanning } from '../model/technology/scanning';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { isAccessPoint } from './tether';

export function scan(turn: Turn): void {
  const { world } = turn;
  for (const device of world.devices.scanners.of('scanner')) {
    const schedule = scheduleOf(device);
    if (schedule) scanBy(turn, device, schedule, isInUse(world, device));
  }
}

function scanBy(turn: Turn, device: Device, schedule: ScanSchedule, isBusy: boolean): void {
  const { world } = turn;
  const scanning = world.scanning.get(device.id);
  if (scanning?.running) {
    if (world.now < after(scanning.running.since, schedule.limitMs)) return;
    turn.log('warning', `${device.interfaceName}: a scan has not ended after ${schedule.limitMs / 1000} s; given up`);
    turn.emit({ kind: 'technology', driver: device.driver, command: { kind: 'stop-scan', device: device.id } });
    endScan(turn, device.id);
    return scanBy(turn, device, schedule, isBusy);
  }
  // The user waits for the rest of the pass.
  const isWanted = scanning !== undefined && scanning.waiting.length > 0;
  // The next time it is free it begins again as if just switched on.
  if (!isWanted && (isBusy || !device.powered || device.pendingPower === false)) {
    world.scanning.delete(device.id);
    return;
  }
  const state = scanning ?? begun(world);
  const isDue = (at: Instant | undefined) => !isBusy && at !== undefined && world.now >= at;
  if (isDue(knownAt(world, state, schedule)) && isOneSought(world, device.type)) {
    startKnown(turn, device, schedule, state);
  } else if (state.left.length > 0) {
    nextStep(turn, device, state);
  } else if (isDue(fullAt(world, state, schedule))) {
    nextStep(turn, device, beginPass(world, device, state));
  } else if (!scanning) {
    world.scanning.set(device.id, state);
  }
}

const begun = ({ now }: World): Scanning => ({
  ...{ fullCount: 0, knownCount: 0, fullAt: now, knownAt: now, left: [], waiting: [] },
});

/** The known frequencies, and the next ones of the others. */
function startKnown(turn: Turn, device: Device, schedule: ScanSchedule, state: Scanning): void {
  const known = knownFrequencies(turn.world, device.type);
  const besides = nextOthers(device, schedule, known, state);
  start(turn, device, { ...state, knownCount: state.knownCount + 1 }, [...known, ...besides]);
}

function nextOthers(
  { can }: Device,
  { besides: { likely, ofLikely, ofRest } }: ScanSchedule,
  known: readonly number[],
  { knownCount: round, left }: Scanning,
): number[] {
  const others = (can.scanSteps ?? []).flat().filter((frequency) => !known.includes(frequency));
  const pick = (list: readonly number[], count: number) =>
    Array.from({ length: Math.min(count, list.length) }, (_, i) => list[(round * count + i) % list.length] as number);
  const first = others.filter((frequency) => likely.includes(frequency));
  const rest = others.filter((frequency) => !likely.includes(frequency));
  // A pass under way comes to the rest by itself.
  return [...pick(first, ofLikely), ...(left.length > 0 ? [] : pick(rest, ofRest))];
}

/** Whether a device goes on scanning by itself. */
function goesOn({ config }: World, { fullCount }: Scanning): boolean {
  return config.backgroundScanning || fullCount === 0;
}

/** All frequencies from the start; a device that does not say which it has scans them at once. */
function beginPass(world: World, { can }: Device, state: Scanning): Scanning {
  return { ...state, fullCount: state.fullCount + 1, fullAt: world.now, left: can.scanSteps ?? [[]] };
}

function fullAt(world: World, state: Scanning, { full, isOnRequest }: ScanSchedule): Instant | undefined {
  if (isOnRequest) return undefined;
  const { fullAt, fullCount } = state;
  return goesOn(world, state) ? after(fullAt, full[Math.min(fullCount, full.length - 1)] ?? 0) : undefined;
}

function knownAt(
  world: World,
  state: Scanning,
  { known, knownBetweenSteps, isOnRequest }: ScanSchedule,
): Instant | undefined {
  const { knownAt, knownCount, left } = state;
  if (isOnRequest || !goesOn(world, state)) return undefined;
  const pause = known[Math.min(knownCount, known.length - 1)] ?? 0;
  return after(knownAt, left.length > 0 ? Math.min(pause, knownBetweenSteps) : pause);
}

function nextStep(turn: Turn, device: Device, state: Scanning): void {
  const [step = [], ...left] = state.left;
  start(turn, device, { ...state, left }, step);
}

/** `frequencies`: empty for all of them. */
function start(
  turn: Turn,
  device: Device,
  scanning: Scanning,
  frequencies: readonly number[],
  ssids: readonly string[] = hiddenSsids(turn.world, device),
): void {
  const { world } = turn;
  const isCovered = (frequency: number) => frequencies.length === 0 || frequencies.includes(frequency);
  const coversKnown = knownFrequencies(world, device.type).every(isCovered);
  world.scanning.set(device.id, { ...scanning, running: { since: world.now, coversKnown } });
  turn.emit({
    kind: 'technology',
    driver: device.driver,
    command: { kind: 'scan', device: device.id, ssids, frequencies },
  });
}

/** One scan for a network that answers to its name alone, in hexadecimal; false while another scan is under way. */
export function scanForName(turn: Turn, device: Device, ssid: string, frequencies: readonly number[]): boolean {
  const state = turn.world.scanning.get(device.id) ?? begun(turn.world);
  if (state.running) return false;
  start(turn, device, state, frequencies, [ssid]);
  return true;
}

/** The driver has ended the scan, or it is given up. */
export function endScan(turn: Turn, id: DeviceId): void {
  const { world } = turn;
  const scanning = world.scanning.get(id);
  if (!scanning?.running) return;
  const { running, waiting, ...rest } = scanning;
  const knownAt = running.coversKnown ? world.now : rest.knownAt;
  const isOver = rest.left.length === 0;
  world.scanning.set(id, { ...rest, knownAt, waiting: isOver ? [] : waiting });
  if (!isOver) return;
  const others = [...world.scanning.values()].flatMap((one) => one.waiting);
  turn.reply(
    waiting.filter((operation) => !others.includes(operation)),
    { ok: true },
  );
}

/** Technology.Scan: answered when all devices of the technology have scanned (rule 42). */
export function userScan(turn: Turn, operation: number, type: string): void {
  const { world } = turn;
  const devices = world.devices.byType.of(type as TechnologyType);
  if (!devices.some(scheduleOf)) return turn.reply([operation], { ok: false, error: 'NotSupported' });
  const able = devices.filter((device) => scheduleOf(device) && device.powered && device.pendingPower !== false);
  if (able.length === 0) {
    const reason = `${type} is switched off: connmanctl enable ${type}`;
    return turn.reply([operation], { ok: false, error: 'NoCarrier', reason });
  }
  // Rule 42.
  if (able.some((device) => isAccessPoint(world, device.id) || servesPeers(world, device)))
    return turn.reply([operation], { ok: false, error: 'Failed', text: 'Device or resource busy' });
  for (const device of able) {
    const state = world.scanning.get(device.id) ?? begun(world);
    const waiting = [...state.waiting, operation];
    // A pass that is under way serves the user, too.
    if (state.left.length > 0 || (state.running && state.waiting.length > 0)) {
      world.scanning.set(device.id, { ...state, waiting });
    } else {
      world.scanning.set(device.id, { ...beginPass(world, device, { ...state, fullCount: 0 }), waiting });
    }
  }
}

/**
 * The same radio looks for peers, is on its way into a group with one, or owns the group, as an access point does: another scan would
 * take it away from them.
 */
function servesPeers({ devices, scanning, services }: World, { id, interfaceName }: Device): boolean {
  const holds = ({ state, connection }: Service) => !isConnected(state) || connection?.link?.isOwner === true;
  return devices.finders
    .of('finder')
    .some(
      (finder) =>
        finder.id !== id &&
        finder.interfaceName === interfaceName &&
        (scanning.get(finder.id)?.running || services.byDevice.of(finder.id).some(holds)),
    );
}

function scheduleOf({ type, can }: Device): ScanSchedule | undefined {
  return can.scan ? kindOf(type).scan : undefined;
}

/** It is in a network, or on its way into one; or its radio has to do with peers. */
function isInUse(world: World, device: Device): boolean {
  const { services, networks } = world;
  const { id } = device;
  if (isAccessPoint(world, id) || servesPeers(world, device)) return true;
  return services.byDevice.of(id).some(({ connection }) => {
    const network = connection && networks.get(connection.network);
    return !network || !isUnheard(connection, network);
  });
}

/** Whether auto-connect waits for a network whose frequency is known. */
export function isOneSought(world: World, type: TechnologyType): boolean {
  for (const _ of soughtAfter(world, type)) return true;
  return false;
}

/** MHz, where the networks that auto-connect waits for were used last. */
function knownFrequencies(world: World, type: TechnologyType): number[] {
  const found = new Set<number>();
  for (const { access } of soughtAfter(world, type)) if (access?.frequency) found.add(access.frequency);
  return [...found];
}

function* soughtAfter({ services, storedServices, provisions }: World, type: TechnologyType) {
  for (const settings of provisioned(provisions, type)) if (isSoughtAfter(settings)) yield settings;
  for (const { settings } of services.soughtAfter.of(type)) yield settings;
  for (const [id, settings] of storedServices.soughtAfter.entries('sought')) {
    if (typeOfServiceId(id) === type && !services.has(id)) yield settings;
  }
}

/** Networks that answer only to their names, as many as one scan can ask for. */
function hiddenSsids(world: World, { type, can }: Device): string[] {
  const found = new Set<string>();
  for (const { access } of settingsOfType(world, type)) if (access?.hidden && access.ssid) found.add(access.ssid);
  return [...found].slice(0, can.activeSsids);
}

function* settingsOfType({ services, storedServices, provisions }: World, type: TechnologyType) {
  yield* provisioned(provisions, type);
  for (const service of services.values()) if (service.type === type) yield service.settings;
  for (const [id, settings] of storedServices) {
    if (typeOfServiceId(id) === type && !services.has(id)) yield settings;
  }
}

/** What services that files describe will be set to. */
function* provisioned({ all }: World['provisions'], type: TechnologyType) {
  for (const { type: itsType, access, settings } of all) {
    const known = { ...settings, favorite: true, autoConnect: true, modified: 0 };
    if (itsType === type) yield { ...known, ...(access && { access }) };
  }
}

export function scanDeadlines(world: World): Moments {
  if (world.scanning.size === 0) return [];
  const moments: (Instant | undefined)[] = [];
  for (const [id, state] of world.scanning) {
    const device = world.devices.get(id);
    const schedule = device && scheduleOf(device);
    if (!device || !schedule) continue;
    if (state.running) moments.push(after(state.running.since, schedule.limitMs));
    else moments.push(fullAt(world, state, schedule));
    if (!state.running && isOneSought(world, device.type)) moments.push(knownAt(world, state, schedule));
  }
  return moments;
}
