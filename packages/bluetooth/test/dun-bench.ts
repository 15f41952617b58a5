/** The driver of dial-up networks beside a scripted dundee, on a manual clock, and what it has reported. */
import { driverBench, runningDriver } from '@connman/testkit';
import { createDunDriver } from '../src/dun/driver';
import { ScriptedDundee, type ScriptedPhone } from './scripted-dundee';

export function dunBench() {
  const made = driverBench(() => {});
  const dundee = new ScriptedDundee(made.bus);
  return { ...made, dundee, driver: createDunDriver(made.ports({ ppp0: 7 })) };
}

/** The bench with a driver that works and phones that are on. */
export async function readyDunBench(...phones: readonly ScriptedPhone[]) {
  const made = dunBench();
  for (const phone of phones.length > 0 ? phones : [{ name: 'Phone' }]) made.dundee.put(phone);
  const running = await runningDriver(made, () => made.dundee.start());
  const network = (name = 'Phone') => [...running.networks.values()].find((one) => one.name === name);
  const associate = (name?: string) => running.join(network(name));
  return { ...made, ...running, network, associate };
}
