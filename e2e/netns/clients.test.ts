// Clients that flood, talk nonsense, never answer or vanish: no one else notices.
import { watch } from 'node:fs';
import { str, strings, type Variant, variant } from '@connman/dbus';
import { Agent } from './lab/agent';
import { BusClient } from './lab/bus';
import { anonymousKb, answerCosts } from './lab/cost';
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { type RawCall, RawClient } from './lab/raw-client';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const manager = { path: '/', interface: 'net.connman.Manager' };
const serviceInterface = 'net.connman.Service';

describe('a client that floods and reads nothing', () => {
  const floods: readonly [name: string, count: number, callOf: (i: number, path: string) => RawCall][] = [
    ['with questions', 5_000, () => ({ ...manager, member: 'GetServices' })],
    [
      'with settings',
      500,
      (i: number, path: string) => ({
        path,
        interface: serviceInterface,
        member: 'SetProperty',
        signature: 'sv',
        body: ['Domains.Configuration', strings([`n${i}.test`])],
        noReply: true,
      }),
    ],
    [
      'with calls of what is not there',
      5_000,
      (i: number) => ({ path: `/no/such/n${i}`, interface: 'no.such', member: `N${i}` }),
    ],
  ];
  for (const [name, count, callOf] of floods) {
    onlyOurs(name, () =>
      inLab(ours, async (lab) => {
        const { connman, path } = await lab.online();
        const before = anonymousKb(lab.daemon.pid);
        const flooder = await RawClient.connect(lab.machine);
        flooder.stopReading();

        for (let i = 0; i < count; i++) flooder.send(callOf(i, path));
        const costs = await answerCosts(lab, 20);
        await flooder.sent();
        costs.push(...(await answerCosts(lab, 20)));

        expect(Math.max(...costs.map(({ processorMs }) => processorMs))).toBeLessThan(500);
        expect(anonymousKb(lab.daemon.pid) - before).toBeLessThan(20_000);
        flooder.vanish();
        await answerCosts(lab, 1);
        expect(connman.serviceState('eth0')).toBe('online');
      }),
    );
  }
});

onlyOurs('a burst of settings is on disk before the last answer, and is not written once for each', () =>
  inLab(ours, async (lab) => {
    const { path } = await lab.online();
    const folder = `/var/lib/connman/${path.slice(path.lastIndexOf('/') + 1)}`;
    const client = await RawClient.connect(lab.machine);
    const setting = { path, interface: serviceInterface, member: 'SetProperty', signature: 'sv' };
    const set = (...domains: string[]) =>
      client.send({ ...setting, body: ['Domains.Configuration', strings(domains)] });
    // Its folder is there when this is answered.
    expect(await client.answerTo(set('first.test'))).toBe('');
    let replaced = 0;
    const watcher = watch(lab.machine.path(folder), (event, file) => {
      if (event === 'rename' && file === 'settings') replaced++;
    });
    // A bus lets a client have 128 calls unanswered at once.
    const serials = Array.from({ length: 100 }, (_, i) => set(`n${i}.test`));
    try {
      for (const serial of serials) expect(await client.answerTo(serial)).toBe('');
      expect(await lab.daemon.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
      expect(lab.machine.read(`${folder}/settings`)).toContain('Domains=n99.test;\n');
    } finally {
      watcher.close();
    }
    expect(replaced).toBeGreaterThan(0);
    expect(replaced).toBeLessThan(serials.length / 2);
  }),
);

onlyOurs('nonsense is answered with an error, however large or deep it is', () =>
  inLab(ours, async (lab) => {
    const { connman, path } = await lab.online();
    const before = anonymousKb(lab.daemon.pid);
    const client = await RawClient.connect(lab.machine);
    const nested = Array.from({ length: 20 }).reduce<Variant>((inner) => variant('v', inner), str('core'));
    const nonsense: readonly [signature: string, ...body: unknown[]][] = [
      ['sv', 'Domains.Configuration', variant('h', 0)],
      ['sh', 'Domains.Configuration', 0],
      ['sv', 'Domains.Configuration', nested],
      ['sv', 'Domains.Configuration', variant('ay', new Uint8Array(16 * 1024 * 1024))],
      ['sv', 'IPv4.Configuration', variant('a{sv}', new Map([['Method', variant('ah', [0, 1])]]))],
      [
        'sv',
        'IPv4.Configuration',
        variant(
          'aas',
          Array.from({ length: 300_000 }, () => []),
        ),
      ],
      ['s'.repeat(255), ...Array.from({ length: 255 }, () => 'x')],
      ['sv', 'n'.repeat(1024 * 1024), strings([])],
    ];

    for (const [signature, ...body] of nonsense) {
      const serial = client.send({ path, interface: serviceInterface, member: 'SetProperty', signature, body });
      expect(await client.answerTo(serial)).toMatch(/^(net\.connman|org\.freedesktop\.DBus)\.Error\.\w+$/);
    }

    await answerCosts(lab, 1);
    expect(connman.service('eth0')?.properties['Domains.Configuration']).toEqual([]);
    expect(anonymousKb(lab.daemon.pid) - before).toBeLessThan(40_000);
  }),
);

onlyOurs('a client that goes away in the middle of its Connect leaves the connection to come up', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', server: 'none' });
    await network.plug();
    const connman = await lab.startDaemon();
    const { path } = await connman.until('a service', () => connman.service('eth0'));
    await connman.call(path, 'Disconnect');
    const client = await RawClient.connect(lab.machine);
    client.send({ path, interface: serviceInterface, member: 'Connect' });
    await connman.until('connecting', () => connman.serviceState('eth0') === 'configuration');

    client.vanish();

    await expect(connman.call(path, 'Connect')).rejects.toMatchObject({ errorName: 'net.connman.Error.InProgress' });
    await network.become({ server: 'dnsmasq' });
    await connman.untilOnline('eth0');
  }),
);

describe('an agent', () => {
  const mainConf = '[General]\nPreferredTechnologies=ethernet\nBrowserLaunchTimeout=1\n';

  onlyOurs('that has gone is not asked; the next one is', () =>
    inLab(ours, async (lab) => {
      const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      await network.answerWith('portal');
      const connman = await lab.startDaemon({ mainConf });
      const gone = await RawClient.connect(lab.machine);
      const serial = gone.send({ ...manager, member: 'RegisterAgent', signature: 'o', body: ['/gone'] });
      expect(await gone.answerTo(serial)).toBe('');
      const agent = await Agent.register(connman.client);
      gone.vanish();
      await connman.client.call({ ...manager, member: 'GetProperties' });

      await network.plug();

      expect(await agent.next()).toMatchObject({ member: 'RequestBrowser' });
    }),
  );

  onlyOurs('that never answers is cancelled after its time, and keeps no one waiting', () =>
    inLab(ours, async (lab) => {
      const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      await network.answerWith('portal');
      const connman = await lab.startDaemon({ mainConf });
      const agent = await Agent.register(await BusClient.connect(lab.machine));
      await network.plug();
      await agent.next();
      const asked = performance.now();

      await network.answerWith('online');
      await connman.untilOnline('eth0');
      for (const { waitedMs } of await answerCosts(lab, 3)) expect(waitedMs).toBeLessThan(900);

      expect(await agent.next()).toMatchObject({ member: 'Cancel' });
      expect(performance.now() - asked).toBeGreaterThan(900);
    }),
  );
});
