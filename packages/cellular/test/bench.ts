/** The driver beside a scripted ofonod, on a manual clock, and what it has reported. */
import { driverBench, MemoryFiles, reportsOf } from '@connman/testkit';
import { createCellularDriver } from '../src/index';
import { type ScriptedContext, ScriptedOfono } from './scripted-ofono';

export function bench() {
  const made = driverBench((soft) => ofono.block(soft));
  const { bus, clock, log, rfkill } = made;
  const ofono = new ScriptedOfono(bus);
  const files = new MemoryFiles().putFile('/usr/share/zoneinfo/zone.tab', 'FI\t+6010+02458\tEurope/Helsinki\n');
  const ifindexOf = (name: string) => (name === 'wwan0' ? 7 : undefined);
  const driver = createCellularDriver({ bus: bus.client, clock, log, rfkill, files, ifindexOf });
  return { ...made, ofono, driver };
}

/** The bench with a driver that works and a modem that is online. */
export async function readyBench(...contexts: readonly ScriptedContext[]) {
  const made = bench();
  const { ofono, driver, pass } = made;
  const { events, networks } = reportsOf(driver);
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
