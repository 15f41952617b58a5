// iwd's back end on a scripted bus: what it does while iwd owns its name and does not answer yet.
import { silentLogger } from '@connman/base';
import { deviceId, type TechnologyEvent } from '@connman/contracts';
import { BusError, bool, busErrorName, objectPath, str, type Variant } from '@connman/dbus';
import type { MacAddress } from '@connman/inet';
import { ManualClock, MemoryFiles, ScriptedBus, type ScriptedCall } from '@connman/testkit';
import { NetworkAddresses } from '../addresses';
import { usualScanning } from '../back-end';
import { IwdBackEnd } from './back-end';
import { ServerCertificates } from './server-certificates';

const busName = 'net.connman.iwd';
const adapter = '/net/connman/iwd/0';
const objects: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Variant>>> = new Map([
  [adapter, new Map([[`${busName}.Adapter`, new Map([['Powered', bool(true)]])]])],
  [
    `${adapter}/3`,
    new Map([
      [
        `${busName}.Device`,
        new Map([
          ['Name', str('wlan0')],
          ['Adapter', objectPath(adapter)],
          ['Mode', str('station')],
          ['Powered', bool(true)],
        ]),
      ],
    ]),
  ],
]);

/** It has its name and its device, and answers calls once it is ready. */
class StartingIwd {
  isReady = false;
  readonly calls: string[] = [];

  call({ member, answer }: ScriptedCall): void {
    this.calls.push(member);
    if (!this.isReady) throw new BusError(busErrorName.unknownMethod, 'No matching method found');
    answer(member === 'GetManagedObjects' ? objects : undefined);
  }
}

/** The back end on a bus of its own, with one radio. */
function rig() {
  const clock = new ManualClock();
  const bus = new ScriptedBus(clock);
  const files = new MemoryFiles();
  const log = silentLogger;
  const packets = { open: () => ({ send: () => {}, close: () => {} }) };
  const entropy = { bytes: (count: number) => new Uint8Array(count), uint32: () => 0 };
  const events: TechnologyEvent[] = [];
  const backEnd = new IwdBackEnd(
    {
      ...{ bus: bus.client, clock, log, scanning: usualScanning },
      addresses: new NetworkAddresses({ files, secretFile: '/secret', entropy, log }),
      links: {
        ...{ watch: () => {}, addressOf: () => undefined, setAddress: () => undefined },
        ...{ forgetUnresolved: () => {}, close: () => {} },
      },
      ears: { frequencies: () => [], heard: () => [], scan: () => 'begun', abortScan: () => false },
      onEvent: (event) => events.push(event),
    },
    files,
    new ServerCertificates({ packets, files, folder: '/certificates', log }),
    () => {},
  );
  const pass = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      clock.advance(10);
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  };
  backEnd.setLinks([{ ifindex: 3, name: 'wlan0', permanentMac: '02:00:00:00:00:00' as MacAddress }]);
  return { bus, backEnd, events, pass };
}

test('a device of an iwd that does not answer yet is reported once the agent is registered, also after a restart', async () => {
  const { bus, backEnd, events, pass } = rig();
  for (let life = 0; life < 2; life++) {
    const iwd = new StartingIwd();
    bus.own(busName, iwd);
    backEnd.setPresent(true);
    for (const [path, interfaces] of objects)
      bus.emit(busName, '/', 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', [path, interfaces]);
    await pass(100);
    expect(events).toEqual([]);
    expect(iwd.calls).toEqual(['RegisterAgent']);
    iwd.isReady = true;
    await pass(2000);
    expect(iwd.calls).toEqual(['RegisterAgent', 'RegisterAgent', 'GetManagedObjects']);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'device' }));
    bus.disown(busName);
    backEnd.setPresent(false);
    expect(events.at(-1)).toMatchObject({ kind: 'device-gone' });
    events.length = 0;
  }
  backEnd.close();
});

test('a scan that iwd begins after one of its own of all channels ends with that, and not as failed before', async () => {
  const { bus, backEnd, events, pass } = rig();
  const device = `${adapter}/3`;
  const asked: ScriptedCall[] = [];
  const station = (scanning: boolean) =>
    new Map([
      ['State', str('disconnected')],
      ['Scanning', bool(scanning)],
    ]);
  const withStation = new Map([
    ...objects,
    [device, new Map([...(objects.get(device) ?? []), [`${busName}.Station`, station(true)]])],
  ]);
  bus.own(busName, {
    call: (call) => {
      if (call.member === 'Scan') asked.push(call);
      else call.answer(call.member === 'GetManagedObjects' ? withStation : undefined);
    },
  });
  backEnd.setPresent(true);
  await pass(100);
  backEnd.command({ kind: 'scan', device: deviceId('wifi:020000000000'), ssids: [], frequencies: [] });
  await pass(12_000);
  expect(asked).toHaveLength(1);
  expect(events.filter(({ kind }) => kind === 'scan-done')).toEqual([]);
  asked[0]?.answer();
  bus.emit(busName, device, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', [
    `${busName}.Station`,
    station(false),
    [],
  ]);
  await pass(100);
  expect(events.filter(({ kind }) => kind === 'scan-done')).toMatchObject([{ ok: true }]);
  backEnd.close();
});
