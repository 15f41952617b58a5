/** The driver beside a scripted ofonod, on a manual clock, and what it has reported. */
import { driverBench, MemoryFiles, runningDriver } from '@connman/testkit';
import { createCellularDriver } from '../src/index';
import { type ScriptedContext, ScriptedOfono } from './scripted-ofono';

export const zones = ['/usr/share/zoneinfo/zone.tab', 'FI\t+6010+02458\tEurope/Helsinki\n'] as const;

export function bench() {
  const made = driverBench((soft) => ofono.block(soft));
  const ofono = new ScriptedOfono(made.bus);
  const files = new MemoryFiles().putFile(...zones);
  return { ...made, ofono, driver: createCellularDriver({ ...made.ports({ wwan0: 7 }), files }) };
}

/** The bench with a driver that works and a modem that is online. */
export async function readyBench(...contexts: readonly ScriptedContext[]) {
  const made = bench();
  for (const context of contexts.length > 0 ? contexts : [{ name: 'context1' }]) made.ofono.put(context);
  const running = await runningDriver(made, () => made.ofono.start());
  const network = (group = 'context1') => [...running.networks.values()].find((one) => one.group === group);
  const associate = (group?: string, caller?: string) => running.join(network(group), caller);
  return { ...made, ...running, network, associate };
}
