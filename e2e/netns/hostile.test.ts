// Local users who mean harm: what they write has bounds, and what they ask without end costs no one else their answers.
import { readFileSync } from 'node:fs';
import { dict, str, strings, type Variant } from '@connman/dbus';
import { answerCosts, answerCostsDuring, openDescriptors, quantile } from './lab/cost';
import { advertise, besideFloodOf } from './lab/floods';
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { RawClient } from './lab/raw-client';
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

onlyOurs('a value without bound is refused by its limit, and nothing of it is stored', () =>
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

onlyOurs('while a client asks without end and reads nothing, others wait for less than 100 ms of work', () =>
  inLab(ours, async (lab) => {
    await lab.online();
    const call = { path: '/', interface: 'net.connman.Manager', member: 'GetServices' };
    const { result: costs, sent } = await besideFloodOf(lab, call, () => answerCosts(lab, 200));
    expect(sent).toBeGreaterThan(10 * costs.length);
    const work = costs.map((cost) => cost.processorMs);
    // The first few meet code that has not run often.
    expect(quantile(work, 0.95)).toBeLessThan(100);
    expect(Math.max(...work)).toBeLessThan(500);
  }),
);

onlyOurs('router advertisements without end open no descriptor each, and are no reason for a check each', () =>
  inLab(ours, async (lab) => {
    const { network, connman } = await lab.online();
    const { pid } = lab.daemon;
    const before = openDescriptors(pid);
    const seen: number[] = [];
    const flood = async () => {
      await advertise(network, 1000);
      // The kernel drops some of them.
      await connman.until('name servers of the flood', () =>
        String(connman.service('eth0')?.properties.Nameservers).includes('2001:db8:'),
      );
    };
    const costs = await answerCostsDuring(lab, flood(), () => seen.push(openDescriptors(pid)));
    // One check at a time in each family, each with a socket for every name server.
    expect(Math.max(...seen, openDescriptors(pid)) - before).toBeLessThanOrEqual(2 * 9);
    expect(lab.daemon.output.items.filter((line) => line.includes('online check')).length).toBeLessThan(50);
    expect(Math.max(...costs.map((cost) => cost.processorMs))).toBeLessThan(250);
    expect(connman.serviceState('eth0')).toBe('online');
  }),
);

onlyOurs('ten thousand prefixes are as many addresses as the kernel takes; advertisements that lie bring none', () =>
  inLab(ours, async (lab) => {
    const { network, connman } = await lab.online();
    const memory = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${lab.daemon.pid}/status`, 'utf8'))?.[1]);
    const before = memory();
    // From beyond the link, preferred for longer than it is valid, and in fragments (RFC 4861 section 6.1.2, RFC 4862 section 5.5.3,
    // RFC 6980 section 5).
    await advertise(network, 5, '2001:dba', '64');
    await advertise(network, 5, '2001:dbb', '255', '3600');
    await advertise(network, 5, '2001:dbc', '255', '1800', '1');
    await advertise(network, 10_000);
    await connman.until('name servers of the flood', () =>
      String(connman.service('eth0')?.properties.Nameservers).includes('2001:db8:'),
    );
    const addresses = await lab.machine.run('ip -6 -o address show dev eth0 scope global');
    expect(addresses).toContain('2001:db8:');
    expect(addresses).not.toMatch(/2001:db[abc]:/);
    expect(addresses.split('\n').length).toBeLessThanOrEqual(16);
    // Networks of the link that no address is in, and the routers.
    await lab.daemon.line(/eth0: routers advertise more networks than any link has/);
    await lab.machine.until(
      'as many routes as a link may have',
      async () => (await lab.machine.run('ip -6 route show dev eth0')).split('\n').length <= 16 + 64 + 3,
    );
    // kB.
    expect(memory() - before).toBeLessThan(32_768);
    expect(connman.serviceState('eth0')).toBe('online');
  }),
);
