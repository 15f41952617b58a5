/** The driver beside a scripted ModemManager, on a manual clock, and what it has reported. */
import { driverBench, MemoryFiles, runningDriver } from '@connman/testkit';
import { createModemManagerDriver } from '../src/mm/driver';
import { zones } from './bench';
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
  const modemManager = new ScriptedModemManager(made.bus);
  const files = new MemoryFiles().putFile(...zones);
  if (isProvided) files.putFile('/usr/share/mobile-broadband-provider-info/serviceproviders.xml', providers);
  const driver = createModemManagerDriver({ ...made.ports({ wwan0: 7 }), files, file: namesFile });
  return { ...made, modemManager, files, driver };
}

/** The bench with a driver that works and a modem that is on. */
export async function readyMmBench(isProvided = true) {
  const made = mmBench(isProvided);
  const { modemManager } = made;
  const running = await runningDriver(made, () => modemManager.start());
  const network = () => [...running.networks.values()][0];
  const associate = (caller?: string) => running.join(network(), caller);
  const settings = () => {
    const last = modemManager.calls.findLast(({ member }) => member === 'Connect')?.args[0];
    return Object.fromEntries(
      [...((last as Map<string, { value: unknown }>) ?? [])].map(([key, { value }]) => [key, value]),
    );
  };
  return { ...made, ...running, network, associate, settings };
}
