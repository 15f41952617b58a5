// Local users who mean harm: what they write has bounds, and what they ask without end costs nobody else their answers.
import { dict, str, strings, type Variant } from '@connman/dbus';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { type RawCall, RawClient } from './lab/raw-client';
import { ours } from './lab/subject';

jest.setTimeout(90_000);

const addresses = (count: number) =>
  Array.from({ length: count }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);

const service = 'net.connman.Service';
const unbounded: readonly [name: string, interfaceName: string, property: string, value: Variant, limit: string][] = [
  ['60,000 name servers', service, 'Nameservers.Configuration', strings(addresses(60_000)), '128 entries'],
  [
    '200,000 addresses in one text',
    service,
    'Nameservers.Configuration',
    strings([addresses(200_000).join(' ')]),
    '4096 bytes',
  ],
  ['a domain of 3.9 MB', service, 'Domains.Configuration', strings(['x'.repeat(3_900_000)]), '4096 bytes'],
  [
    'a proxy URL of 4 MB',
    service,
    'Proxy.Configuration',
    dict({ Method: str('auto'), URL: str('x'.repeat(4_000_000)) }),
    '4096 bytes',
  ],
  ['131,072 equal domains', service, 'Domains.Configuration', strings(Array(131_072).fill('a.test')), '128 entries'],
  ['60,000 time servers of a service', service, 'Timeservers.Configuration', strings(addresses(60_000)), '128 entries'],
  ['60,000 time servers of the clock', 'net.connman.Clock', 'Timeservers', strings(addresses(60_000)), '128 entries'],
  ['a time zone of 3.9 MB', 'net.connman.Clock', 'Timezone', str('x'.repeat(3_900_000)), '4096 bytes'],
];

onlyOurs('a value without bound is refused by its limit, and nothing of it is stored or left in memory', () =>
  inLab(ours, async (lab) => {
    const { path } = await lab.online();
    const client = await RawClient.connect(lab.machine);
    const stored = () => lab.machine.run(['sh', '-c', 'cat /var/lib/connman/*/settings; ls -R /var/lib/connman']);
    await lab.machine.until('the service to be stored', async () => (await stored()).includes('[ethernet_'), 10_000);
    const before = (await stored()).replace(/^Modified=.*$/m, '');
    for (const [name, interfaceName, property, value, limit] of unbounded) {
      const on = interfaceName === service ? path : '/';
      const call = {
        path: on,
        interface: interfaceName,
        member: 'SetProperty',
        signature: 'sv',
        body: [property, value],
      };
      expect([name, await client.answerTo(client.send(call))]).toEqual([name, 'net.connman.Error.InvalidArguments']);
      expect(client.textOf(client.lastSerial)).toContain(limit);
    }
    expect((await stored()).replace(/^Modified=.*$/m, '')).toBe(before);
    // What is left is there after a restart as well.
    await lab.stopDaemon();
    await lab.startDaemon();
    await lab.connman.untilOnline('eth0');
  }),
);

onlyOurs(
  'while a client asks without end and reads nothing, the others are answered within 100 ms, or what ten such floods of the bus cost',
  () =>
    inLab(ours, async (lab) => {
      await lab.online();
      const bus = 'org.freedesktop.DBus';
      const ofTheBus = { destination: bus, path: '/org/freedesktop/DBus', interface: bus, member: 'GetId' };
      const ofTheDaemon = { path: '/', interface: 'net.connman.Manager', member: 'GetServices' };
      // What a flood of the bus alone costs on this machine, which may be busy with other things.
      const usual = await answersUnder(lab, ofTheBus);
      expect(await answersUnder(lab, ofTheDaemon)).toBeLessThan(Math.max(100, 10 * usual));
    }),
);

/** The time within which 98 of 100 questions are answered while such calls come in as fast as the bus takes them. */
async function answersUnder(lab: Lab, call: RawCall): Promise<number> {
  const flooder = await RawClient.connect(lab.machine);
  flooder.stopReading();
  let sent = 0;
  let isOver = false;
  const flood = (async () => {
    for (; !isOver; sent += 500) {
      flooder.sendMany(call, 500);
      await flooder.sent();
    }
  })();
  const times = await answerTimesMs(lab, 200);
  isOver = true;
  await flood;
  flooder.vanish();
  expect(sent).toBeGreaterThan(10 * times.length);
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.98)] ?? 0;
}

/** How long each of so many questions in a row waited for its answer. */
async function answerTimesMs({ connman }: Lab, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const asked = performance.now();
    await connman.client.call({ path: '/', interface: 'net.connman.Manager', member: 'GetProperties' });
    times.push(performance.now() - asked);
  }
  return times;
}
