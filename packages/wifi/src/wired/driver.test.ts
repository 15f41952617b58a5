/** The driver of wired 802.1X on a scripted bus: what wpa_supplicant is asked for, and what comes of its answers. */
import { type Logger, Secret, silentLogger } from '@connman/base';
import { cableId, type EapProfile, type TechnologyEvent } from '@connman/contracts';
import { BusError, str, type Variant } from '@connman/dbus';
import { ManualClock, MemoryFiles, ScriptedBus, type ScriptedCall } from '@connman/testkit';
import { createWiredDriver } from './driver';

const busName = 'fi.w1.wpa_supplicant1';
const interfaceName = 'fi.w1.wpa_supplicant1.Interface';
const eap: EapProfile = { method: 'peap', identity: 'alice', password: new Secret('wonderland') };

/** As far as cables know it: an interface for each link, and a network in it. */
class ScriptedSupplicant {
  readonly calls: string[] = [];
  readonly interfaces = new Map<string, string>();
  block: Record<string, Variant> = {};
  refusal: BusError | undefined;
  private count = 0;

  call({ path, member, args, answer }: ScriptedCall): void {
    const [first, second, third] = args;
    if (member === 'CreateInterface') {
      const { Ifname, Driver } = first as Record<string, Variant>;
      const name = Ifname?.value as string;
      this.calls.push(`create ${name} ${Driver?.value}`);
      if (this.interfaces.has(name)) throw new BusError(`${busName}.InterfaceExists`, 'it exists');
      this.interfaces.set(name, `/interface/${this.count++}`);
      return answer(this.interfaces.get(name));
    }
    if (member === 'GetInterface') return answer(this.interfaces.get(first as string));
    if (member === 'RemoveInterface') {
      for (const [name, known] of this.interfaces) if (known === first) this.interfaces.delete(name);
      this.calls.push(`remove ${first}`);
      return answer();
    }
    if (member === 'Set') {
      this.calls.push(`${path} ${second} ${(third as Variant).value}`);
      return answer();
    }
    this.calls.push(`${path} ${member}`);
    if (member !== 'AddNetwork') return answer();
    if (this.refusal) throw this.refusal;
    this.block = first as Record<string, Variant>;
    answer(`${path}/Networks/0`);
  }
}

async function begin(log: Logger = silentLogger) {
  const clock = new ManualClock();
  const bus = new ScriptedBus(clock);
  const supplicant = new ScriptedSupplicant();
  const files = new MemoryFiles();
  files.writeAtomic('/sys/class/net/lo/ifindex', '1\n');
  files.writeAtomic('/sys/class/net/eth0/ifindex', '7\n');
  const driver = createWiredDriver({ bus: bus.client, clock, files, log });
  const events: TechnologyEvent[] = [];
  driver.onEvent((event) => events.push(event));
  driver.start();
  const pass = async (milliseconds = 100) => {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      clock.advance(10);
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  };
  const associate = (attempt: number, profile: EapProfile = eap) =>
    driver.command({
      ...{ kind: 'associate', network: cableId(7), attempt },
      profile: { mac: { kind: 'permanent' }, eap: profile },
    });
  const says = (member: string, ...args: unknown[]) => {
    const path = supplicant.interfaces.get('eth0') ?? '';
    if (member === 'State')
      return bus.emit(busName, path, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', [
        interfaceName,
        new Map([['State', str(args[0] as string)]]),
        [],
      ]);
    bus.emit(busName, path, interfaceName, member, args);
  };
  return { bus, supplicant, files, driver, events, pass, associate, says };
}

/** The links reported, and what failed. */
const outcomes = (events: readonly TechnologyEvent[]) =>
  events.flatMap((event) => {
    if (event.kind === 'failed') return [`${event.error}: ${event.reason}`];
    return event.kind === 'networks' ? event.changed.map(({ link }) => link.kind) : [];
  });

test('wpa_supplicant gets the link with its wired driver, no scans, and the settings', async () => {
  const { bus, supplicant, events, pass, associate, says } = await begin();
  bus.own(busName, supplicant);
  await pass();
  associate(1);
  await pass();
  expect(supplicant.calls).toEqual([
    ...['create eth0 wired', '/interface/0 ApScan 0', '/interface/0 AddNetwork', '/interface/0 SelectNetwork'],
  ]);
  const values = Object.fromEntries(Object.entries(supplicant.block).map(([key, { value }]) => [key, value]));
  expect(values).toEqual({
    ...{ key_mgmt: 'IEEE8021X', eapol_flags: 0, eap: 'PEAP', identity: 'alice', password: 'wonderland' },
  });
  says('State', 'associated');
  says('State', 'completed');
  expect(outcomes(events)).toEqual(['associating', 'up']);
});

test('an interface that a former run left is made again', async () => {
  const { bus, supplicant, pass, associate } = await begin();
  supplicant.interfaces.set('eth0', '/interface/former');
  bus.own(busName, supplicant);
  await pass();
  associate(1);
  await pass();
  expect(supplicant.calls.slice(0, 3)).toEqual(['create eth0 wired', 'remove /interface/former', 'create eth0 wired']);
});

test('of two attempts in a row the second alone is carried out, and what is left is taken back', async () => {
  const { bus, supplicant, driver, pass, associate } = await begin();
  bus.own(busName, supplicant);
  await pass();
  associate(1);
  associate(2);
  await pass();
  expect(supplicant.calls.filter((call) => call.endsWith('AddNetwork'))).toHaveLength(1);
  associate(3);
  driver.command({ kind: 'dissociate', network: cableId(7) });
  await pass();
  expect(supplicant.interfaces.size).toBe(0);
});

test('the bus starts wpa_supplicant where it can; where it cannot the log says who needs it', async () => {
  const warnings: string[] = [];
  const { bus, supplicant, pass, associate } = await begin({
    ...silentLogger,
    warning: (line) => void warnings.push(line),
  });
  await pass();
  associate(1);
  await pass();
  expect(warnings).toEqual([
    `wired 802.1X needs wpa_supplicant, which neither runs nor starts (${busName} is not installed); install or start one, still trying`,
  ]);
  bus.activatable.set(busName, () => bus.own(busName, supplicant));
  await pass(2000);
  expect(supplicant.calls).toContain('create eth0 wired');
});

test('settings that wpa_supplicant refuses are an error with its words', async () => {
  const { bus, supplicant, events, pass, associate } = await begin();
  bus.own(busName, supplicant);
  supplicant.refusal = new BusError('fi.w1.Error', 'no such method');
  await pass();
  associate(1);
  await pass();
  expect(outcomes(events)).toEqual([
    'associating',
    'idle',
    'connect-failed: wpa_supplicant refused eth0: no such method',
  ]);
  expect(supplicant.interfaces.size).toBe(0);
});

test('a private key that is missing or that others can read is refused before it is used', async () => {
  const { supplicant, files, events, associate } = await begin();
  associate(1, { ...eap, method: 'tls', privateKey: { path: '/etc/client.key' } });
  files.writeAtomic('/etc/client.key', 'key', 0o644);
  associate(2, { ...eap, method: 'tls', privateKey: { path: '/etc/client.key' } });
  expect(outcomes(events)).toEqual([
    'connect-failed: the private key /etc/client.key does not exist',
    'connect-failed: the private key /etc/client.key is readable by other users (mode 0644); run chmod 600 on it',
  ]);
  expect(supplicant.calls).toEqual([]);
});
