/** The driver beside a scripted bluetoothd, on a manual clock, and what it has reported. */
import { driverBench, reportsOf } from '@connman/testkit';
import { createBluetoothDriver } from '../src/index';
import { ScriptedBluez } from './scripted-bluez';

export const phone = { name: 'Phone', address: '00:AA:01:01:00:25' } as const;

export function bench() {
  const made = driverBench((soft) => bluez.block(soft));
  const { bus, clock, log, rfkill } = made;
  const bluez = new ScriptedBluez(bus);
  const driver = createBluetoothDriver({
    ...{ bus: bus.client, clock, log, rfkill },
    links: {
      ifindexOf: (name) => (name.startsWith('bnep') ? 10 + Number(name.slice('bnep'.length)) : undefined),
      existFor: (adapter) => bluez.hasLink(adapter),
    },
  });
  return { ...made, bluez, driver };
}

/** The bench with a driver that works and an adapter that is on. */
export async function readyBench(peers: readonly Parameters<ScriptedBluez['put']>[0][] = [{ ...phone }]) {
  const made = bench();
  const { bluez, driver, pass } = made;
  const { events, networks } = reportsOf(driver);
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
