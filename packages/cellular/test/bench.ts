/** The driver beside a scripted ofonod, on a manual clock, and what it has reported. */
import { type Logger, silentLogger } from '@connman/base';
import type { NetworkFact, NetworkId, TechnologyEvent } from '@connman/contracts';
import type { RadioBlock } from '@connman/ports';
import { ManualClock, ScriptedBus } from '@connman/testkit';
import { createCellularDriver } from '../src/index';
import { type ScriptedContext, ScriptedOfono } from './scripted-ofono';

export function bench() {
  const clock = new ManualClock();
  const bus = new ScriptedBus(clock);
  const ofono = new ScriptedOfono(bus);
  const logged: string[] = [];
  const keep = (text: string) => logged.push(text);
  const log: Logger = { ...silentLogger, info: keep, warning: keep };
  let onBlock = (_: RadioBlock) => {};
  const block = (soft: boolean) => {
    ofono.block(soft);
    onBlock({ soft, hard: false });
  };
  const driver = createCellularDriver({
    ...{ bus: bus.client, clock, log },
    ifindexOf: (name) => (name === 'wwan0' ? 7 : undefined),
    rfkill: {
      watch: (_, listener) => {
        onBlock = listener;
        return () => {};
      },
      block: (_, blocked) => block(blocked),
    },
  });
  /** What was begun goes on. */
  const pass = async (milliseconds: number) => {
    await settled();
    for (let left = milliseconds, next = clock.untilNext; next !== undefined && next <= left; next = clock.untilNext) {
      clock.advance(next);
      left -= next;
      await settled();
    }
  };
  return { clock, bus, ofono, driver, block, pass, logged };
}

/** Promises that are fulfilled have had their turn. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** The bench with a driver that works and a modem that is online. */
export async function readyBench(...contexts: readonly ScriptedContext[]) {
  const made = bench();
  const { ofono, driver, pass } = made;
  const events: TechnologyEvent[] = [];
  const networks = new Map<NetworkId, NetworkFact>();
  driver.onEvent((event) => {
    events.push(event);
    if (event.kind !== 'networks') return;
    for (const id of event.gone) networks.delete(id);
    for (const fact of event.changed) networks.set(fact.id, fact);
  });
  for (const context of contexts.length > 0 ? contexts : [{ name: 'context1' }]) ofono.put(context);
  ofono.start();
  driver.start();
  await pass(20);
  const device = events.find((event) => event.kind === 'device')?.device.id;
  if (device === undefined) throw new Error('no device was reported');
  driver.command({ kind: 'set-powered', device, powered: true });
  await pass(20);
  const network = (group = 'context1') => [...networks.values()].find((one) => one.group === group);
  let attempts = 0;
  /** @param caller the client that wants it; none where connmand does so by itself */
  const associate = (group = 'context1', caller?: string): number => {
    const id = network(group)?.id;
    if (id === undefined) throw new Error(`${group} was not reported`);
    const profile = { mac: { kind: 'permanent' } } as const;
    const by = caller !== undefined && { caller };
    driver.command({ kind: 'associate', network: id, attempt: ++attempts, profile, ...by });
    return attempts;
  };
  return { ...made, device, events, networks, network, associate };
}
