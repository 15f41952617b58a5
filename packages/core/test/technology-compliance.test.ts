/** Drivers that connmand hosts, and the one its tests stand in for them, against the contract. */
import type { MacAddress } from '@connman/inet';
import {
  complianceCasesFor,
  type DriverAbility,
  type DriverSubject,
  ManualClock,
  ScriptedRadio,
} from '@connman/testkit';
import { CableDriver } from './simulation/cable-driver';
import { rightKey } from './simulation/wireless-faults';
import { accessPoint, type BackEndName, WirelessMachine } from './simulation/wireless-machine';

const names = { secured: { name: 'Home', passphrase: rightKey }, open: 'Cafe' } as const;

const ofEthernet: readonly DriverAbility[] = ['power', 'exclusive'];
const ofScriptedRadio: readonly DriverAbility[] = ['power', 'scan', 'join', 'keys', 'exclusive'];
const ofWifi: readonly DriverAbility[] = [...ofScriptedRadio, 'rfkill'];

function scriptedRadio(): DriverSubject {
  const clock = new ManualClock(1_000_000);
  const mac = '02:00:00:00:00:01' as MacAddress;
  const driver = new ScriptedRadio({ clock, interfaceName: 'wlan0', ifindex: 3, mac, onCarrier: () => {} });
  driver.put({ name: 'Home', security: 'psk', passphrase: rightKey });
  driver.put({ name: 'Cafe' });
  return {
    ...{ driver, abilities: ofScriptedRadio, ...names },
    pass: async (milliseconds) => clock.advance(milliseconds),
    lose: (name) => driver.remove(name),
    backEndGone: () => driver.crash(),
    backEndBack: () => driver.start(),
  };
}

function wifi(backEnd: BackEndName): DriverSubject {
  const machine = new WirelessMachine(backEnd);
  const { air, program } = machine;
  const bssid = (last: number) => `02:00:00:00:01:0${last}` as MacAddress;
  const home = air.add(accessPoint({ ssid: 'Home', security: 'psk', passphrase: rightKey, bssid: bssid(0) }));
  air.add(accessPoint({ ssid: 'Cafe', bssid: bssid(1) }));
  return {
    ...{ driver: machine.newDriver(), abilities: ofWifi, ...names },
    block: (soft) => machine.block({ soft }),
    pass: (milliseconds) => machine.pass(milliseconds),
    lose: () => air.switchOff(home),
    backEndGone: () => program.crash(),
    backEndBack: () => program.start(),
  };
}

function ethernet(): DriverSubject {
  const driver = new CableDriver();
  return {
    ...{ driver, abilities: ofEthernet, open: 'Wired' },
    pass: async (milliseconds) => driver.bench.advance(milliseconds),
    lose: () => driver.plug(false),
    backEndGone: () => driver.takeOut(),
    backEndBack: () => driver.putIn(),
  };
}

describe.each([
  ['Ethernet, which the engine drives itself', ofEthernet, ethernet],
  ['the scripted radio', ofScriptedRadio, scriptedRadio],
  ['Wi-Fi by wpa_supplicant', ofWifi, () => wifi('supplicant')],
  ['Wi-Fi by iwd', ofWifi, () => wifi('iwd')],
])('%s', (_, abilities, subject) => {
  test.each(complianceCasesFor(abilities).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(subject());
  });
});
