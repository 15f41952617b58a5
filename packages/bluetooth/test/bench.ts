/** The driver beside a scripted bluetoothd, on a manual clock, and what it has reported. */
import { driverBench, runningDriver } from '@connman/testkit';
import { createBluetoothDriver } from '../src/index';
import { ScriptedBluez } from './scripted-bluez';

export const phone = { name: 'Phone', address: '00:AA:01:01:00:25' } as const;

export function bench() {
  const made = driverBench((soft) => bluez.block(soft));
  const bluez = new ScriptedBluez(made.bus);
  const links = { bnep0: 10, bnep1: 11, bnep2: 12 };
  const driver = createBluetoothDriver({ ...made.ports(links), existFor: (adapter) => bluez.hasLink(adapter) });
  return { ...made, bluez, driver };
}

/** The bench with a driver that works and an adapter that is on. */
export async function readyBench(peers: readonly Parameters<ScriptedBluez['put']>[0][] = [{ ...phone }]) {
  const made = bench();
  for (const peer of peers) made.bluez.put(peer);
  const running = await runningDriver(made, () => made.bluez.start());
  const network = (name: string) => [...running.networks.values()].find((one) => one.name === name);
  const associate = (name: string) => running.join(network(name));
  return { ...made, ...running, network, associate };
}
