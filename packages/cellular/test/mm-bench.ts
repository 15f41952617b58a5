/** The driver beside a scripted ModemManager, on a manual clock, and what it has reported. */
import { driverBench, MemoryFiles, reportsOf } from '@connman/testkit';
import { createModemManagerDriver } from '../src/mm/driver';
import { ScriptedModemManager } from './scripted-modem-manager';

export const namesFile = '/var/lib/connman/access-point-names';

const providers = `<serviceproviders><country code="fi"><provider><name>LabTel</name><gsm>
  <network-id mcc="244" mnc="07"/>
  <apn value="web.example"><usage type="internet"/><username>lab</username><password>a&amp;b</password></apn>
  <apn value="mms.example"><usage type="mms"/></apn>
</gsm></provider></country></serviceproviders>`;

/** @param isProvided the database has the operator's access point name */
export function mmBench(isProvided = true) {
  const made = driverBench((soft) => modemManager.block(soft));
  const { bus, clock, log, rfkill } = made;
  const modemManager = new ScriptedModemManager(bus);
  const files = new MemoryFiles().putFile('/usr/share/zoneinfo/zone.tab', 'FI\t+6010+02458\tEurope/Helsinki\n');
  if (isProvided) files.putFile('/usr/share/mobile-broadband-provider-info/serviceproviders.xml', providers);
  const ifindexOf = (name: string) => (name === 'wwan0' ? 7 : undefined);
  const driver = createModemManagerDriver({
    ...{ bus: bus.client, clock, log, rfkill, files, ifindexOf, file: namesFile },
  });
  return { ...made, modemManager, files, driver };
}

/** The bench with a driver that works and a modem that is on. */
export async function readyMmBench(isProvided = true) {
  const made = mmBench(isProvided);
  const { modemManager, driver, pass } = made;
  const { events, networks } = reportsOf(driver);
  modemManager.start();
  driver.start();
  await pass(20);
  const device = events.find((event) => event.kind === 'device')?.device.id;
  if (device === undefined) throw new Error('no device was reported');
  driver.command({ kind: 'set-powered', device, powered: true });
  await pass(20);
  const network = () => [...networks.values()][0];
  let attempts = 0;
  /** @param caller the client that wants it; none where connmand does so by itself */
  const associate = (caller?: string): number => {
    const id = network()?.id;
    if (id === undefined) throw new Error('no network was reported');
    const by = caller !== undefined && { caller };
    const profile = { mac: { kind: 'permanent' } } as const;
    driver.command({ kind: 'associate', network: id, attempt: ++attempts, profile, ...by });
    return attempts;
  };
  const settings = () => {
    const last = modemManager.calls.findLast(({ member }) => member === 'Connect')?.args[0];
    return Object.fromEntries(
      [...((last as Map<string, { value: unknown }>) ?? [])].map(([key, { value }]) => [key, value]),
    );
  };
  return { ...made, device, events, networks, network, associate, settings };
}
