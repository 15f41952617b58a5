/** What a technology driver is tried with: a manual clock, a scripted bus, a log, a switch for radios, and what it has reported. */
import { type Logger, silentLogger } from '@connman/base';
import type { DriverPorts, NetworkFact, NetworkId, TechnologyDriver, TechnologyEvent } from '@connman/contracts';
import type { RadioBlock, Rfkill } from '@connman/ports';
import { ManualClock } from './manual-clock';
import { ScriptedBus } from './wireless/scripted-bus';

/** `silence`: what becomes of the radios when the switch is thrown. */
export function driverBench(silence: (soft: boolean) => void) {
  const clock = new ManualClock();
  const bus = new ScriptedBus(clock);
  const logged: string[] = [];
  const keep = (text: string) => logged.push(text);
  const log: Logger = { ...silentLogger, info: keep, warning: keep };
  let onBlock = (_: RadioBlock) => {};
  const block = (soft: boolean) => {
    silence(soft);
    onBlock({ soft, hard: false });
  };
  const rfkill: Rfkill = {
    watch: (_, listener) => {
      onBlock = listener;
      return () => {};
    },
    block: (_, blocked) => block(blocked),
  };
  /** What was begun goes on. */
  const pass = async (milliseconds: number) => {
    await settled();
    for (let left = milliseconds, next = clock.untilNext; next !== undefined && next <= left; next = clock.untilNext) {
      clock.advance(next);
      left -= next;
      await settled();
    }
  };
  /** @param links their indexes by their names */
  const ports = (links: Readonly<Record<string, number>>): DriverPorts => ({
    ...{ bus: bus.client, clock, log, rfkill, ifindexOf: (name) => links[name] },
  });
  return { clock, bus, log, logged, rfkill, ports, block, pass };
}

/** A driver that runs beside its program, with its devices switched on: what it has reported, and attempts to join. */
export async function runningDriver(
  { driver, pass }: { readonly driver: TechnologyDriver; readonly pass: (milliseconds: number) => Promise<void> },
  startProgram: () => void,
) {
  const { events, networks } = reportsOf(driver);
  startProgram();
  driver.start();
  await pass(20);
  const devices = new Set(events.flatMap((event) => (event.kind === 'device' ? [event.device.id] : [])));
  const [device] = devices;
  if (device === undefined) throw new Error('no device was reported');
  for (const one of devices) driver.command({ kind: 'set-powered', device: one, powered: true });
  await pass(20);
  let attempts = 0;
  /** @param caller the client that wants it; none where connmand does so by itself */
  const join = (network: NetworkFact | undefined, caller?: string): number => {
    if (!network) throw new Error('the network was not reported');
    const by = caller !== undefined && { caller };
    const profile = { mac: { kind: 'permanent' } } as const;
    driver.command({ kind: 'associate', network: network.id, attempt: ++attempts, profile, ...by });
    return attempts;
  };
  return { events, networks, device, join };
}

/** Promises that are fulfilled have had their turn. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** The events of a driver from now on, and the networks as it reported them last. */
export function reportsOf(driver: TechnologyDriver) {
  const events: TechnologyEvent[] = [];
  const networks = new Map<NetworkId, NetworkFact>();
  driver.onEvent((event) => {
    events.push(event);
    if (event.kind !== 'networks') return;
    for (const id of event.gone) networks.delete(id);
    for (const fact of event.changed) networks.set(fact.id, fact);
  });
  return { events, networks };
}
