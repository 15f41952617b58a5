/** The driver beside a scripted bluetoothd, on a manual clock, and what it has reported. */
import { type Logger, silentLogger } from '@connman/base';
import type { NetworkFact, NetworkId, TechnologyEvent } from '@connman/contracts';
import type { RadioBlock } from '@connman/ports';
import { ManualClock, ScriptedBus } from '@connman/testkit';
import { createBluetoothDriver } from '../src/index';
import { ScriptedBluez } from './scripted-bluez';

export const phone = { name: 'Phone', address: '00:AA:01:01:00:25' } as const;

export function bench() {
  const clock = new ManualClock();
  const bus = new ScriptedBus(clock);
  const bluez = new ScriptedBluez(bus);
  const logged: string[] = [];
  const keep = (text: string) => logged.push(text);
  const log: Logger = { ...silentLogger, info: keep, warning: keep };
  let onBlock = (_: RadioBlock) => {};
  const block = (soft: boolean) => {
    bluez.block(soft);
    onBlock({ soft, hard: false });
  };
  const driver = createBluetoothDriver({
    ...{ bus: bus.client, clock, log },
    links: {
      ifindexOf: (name) => (name.startsWith('bnep') ? 10 + Number(name.slice('bnep'.length)) : undefined),
      existFor: (adapter) => bluez.hasLink(adapter),
    },
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
  return { clock, bus, bluez, driver, block, pass, logged };
}

/** Promises that are fulfilled have had their turn. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** The bench with a driver that works and an adapter that is on. */
export async function readyBench(peers: readonly Parameters<ScriptedBluez['put']>[0][] = [{ ...phone }]) {
  const made = bench();
  const { bluez, driver, pass } = made;
  const events: TechnologyEvent[] = [];
  const networks = new Map<NetworkId, NetworkFact>();
  driver.onEvent((event) => {
    events.push(event);
    if (event.kind !== 'networks') return;
    for (const id of event.gone) networks.delete(id);
    for (const fact of event.changed) networks.set(fact.id, fact);
  });
  for (const peer of peers) bluez.put(peer);
  bluez.start();
  driver.start();
  await pass(10);
  const device = events.find((event) => event.kind === 'device')?.device.id;
  if (device === undefined) throw new Error('no device was reported');
  driver.command({ kind: 'set-powered', device, powered: true });
  await pass(10);
  const network = (name: string) => [...networks.values()].find((one) => one.name === name);
  let attempts = 0;
  const associate = (name: string): number => {
    const id = network(name)?.id;
    if (id === undefined) throw new Error(`${name} was not reported`);
    driver.command({ kind: 'associate', network: id, attempt: ++attempts, profile: { mac: { kind: 'permanent' } } });
    return attempts;
  };
  return { ...made, device, events, networks, network, associate };
}
