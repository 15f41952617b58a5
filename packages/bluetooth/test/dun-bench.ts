/** The driver of dial-up networks beside a scripted dundee, on a manual clock, and what it has reported. */
import { driverBench, reportsOf } from '@connman/testkit';
import { createDunDriver } from '../src/dun/driver';
import { ScriptedDundee, type ScriptedPhone } from './scripted-dundee';

export function dunBench() {
  const made = driverBench(() => {});
  const { bus, clock, log, rfkill } = made;
  const dundee = new ScriptedDundee(bus);
  const ifindexOf = (name: string) => (name === 'ppp0' ? 7 : undefined);
  const driver = createDunDriver({ bus: bus.client, clock, log, rfkill, ifindexOf });
  return { ...made, dundee, driver };
}

/** The bench with a driver that works and phones that are on. */
export async function readyDunBench(...phones: readonly ScriptedPhone[]) {
  const made = dunBench();
  const { dundee, driver, pass } = made;
  const { events, networks } = reportsOf(driver);
  for (const phone of phones.length > 0 ? phones : [{ name: 'Phone' }]) dundee.put(phone);
  dundee.start();
  driver.start();
  await pass(10);
  for (const event of [...events])
    if (event.kind === 'device') driver.command({ kind: 'set-powered', device: event.device.id, powered: true });
  await pass(10);
  const network = (name = 'Phone') => [...networks.values()].find((one) => one.name === name);
  let attempts = 0;
  const associate = (name = 'Phone'): number => {
    const id = network(name)?.id;
    if (id === undefined) throw new Error(`${name} was not reported`);
    driver.command({ kind: 'associate', network: id, attempt: ++attempts, profile: { mac: { kind: 'permanent' } } });
    return attempts;
  };
  return { ...made, events, networks, network, associate };
}
