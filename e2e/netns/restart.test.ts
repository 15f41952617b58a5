// The daemon may come and go: the network does not notice.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { subjectUnderTest } from './lab/subject';
import { Traffic } from './lab/traffic';

jest.setTimeout(60_000);

describe('under a running ping and an open TCP connection nothing is lost', () => {
  for (const [how, signal] of [
    ['a restart', 'SIGTERM'],
    ['a crash and a new start', 'SIGKILL'],
  ] as const) {
    onlyOurs(`across ${how}`, () =>
      inLab(subjectUnderTest, async (lab) => {
        const { network, connman } = await lab.online();
        const before = await lab.machine.addresses('eth0');
        const traffic = await Traffic.start(lab, network.gateway);
        const firstEvent = lab.machine.kernel.items.length;

        await lab.stopDaemon(signal);
        await traffic.flow();
        await lab.startDaemon();
        await connman.untilOnline('eth0');
        await traffic.flow();

        const { lostPings, connection } = await traffic.stop();
        expect(lostPings).toEqual([]);
        expect(connection).toMatchObject({ fault: '' });
        expect(await lab.machine.addresses('eth0')).toEqual(before);
        const removed = lab.machine.kernel.items
          .slice(firstEvent)
          .filter((line) => /^Deleted .*(inet |default)/.test(line));
        expect(removed).toEqual([]);
      }),
    );
  }
});

onlyOurs('a daemon that starts while its cable was moved elsewhere drops the old address', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    await lab.stopDaemon('SIGKILL');
    await network.become({ subnet: '10.77.9' });

    await lab.startDaemon();

    await lab.machine.until('an address of 10.77.9 alone', async () =>
      /^10\.77\.9\.\d+\/24$/.test((await lab.machine.addresses('eth0')).join()),
    );
    await connman.untilOnline('eth0');
  }),
);

onlyOurs('the old address goes also where another program had put it on the link (RFC 2131 section 3.2 item 4)', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    const [old = ''] = await lab.machine.addresses('eth0');
    await lab.stopDaemon();
    await lab.machine.run(`ip address del ${old} dev eth0`);
    await lab.machine.run(`ip address add ${old} brd + dev eth0`);
    await network.become({ subnet: '10.77.9' });

    await lab.startDaemon();

    await lab.machine.until('an address of 10.77.9 alone', async () =>
      /^10\.77\.9\.\d+\/24$/.test((await lab.machine.addresses('eth0')).join()),
    );
    await connman.untilOnline('eth0');
  }),
);

onlyOurs(
  'a daemon that starts while the DHCP server is away has the whole lease: names, routes, time servers, MTU',
  () =>
    inLab(subjectUnderTest, async (lab) => {
      const dnsmasq = [
        '--dhcp-option=26,1400',
        '--dhcp-option=42,10.77.1.7',
        '--dhcp-option=119,a.example,b.example',
        '--dhcp-option-force=121,198.51.100.0/24,10.77.1.8,0.0.0.0/0,10.77.1.1',
      ];
      const { network, connman } = await lab.online({ dnsmasq });
      const shown = () => {
        const { IPv4, Nameservers, Domains, Timeservers } = connman.service('eth0')?.properties ?? {};
        return { IPv4, Nameservers, Domains, Timeservers };
      };
      const before = shown();
      expect(before).toMatchObject({ Timeservers: ['10.77.1.7'], Domains: ['lab.example', 'a.example', 'b.example'] });
      const routes = await lab.machine.run('ip -4 route show dev eth0');
      await network.stopDhcp();
      await lab.stopDaemon('SIGKILL');

      await lab.startDaemon();
      // The server is asked for some ten seconds before it counts as away.
      await connman.untilReady('eth0', 20_000);

      expect(shown()).toEqual(before);
      expect(await lab.machine.run('ip -4 route show dev eth0')).toBe(routes);
      expect(await lab.machine.run('ip -o link show dev eth0')).toMatch(/ mtu 1400 /);
    }),
);

onlyOurs('what a killed daemon has borrowed is given back by the next one: MTU, host name, source checks', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { machine } = lab;
    const state = async () => {
      const mtu = / mtu (\d+) /.exec(await machine.run('ip -o link show dev eth0'))?.[1];
      const [hostname, checks] = [
        await machine.run('hostname'),
        await machine.run('cat /proc/sys/net/ipv4/conf/all/rp_filter'),
      ];
      return { mtu, hostname, checks };
    };
    await machine.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter']);
    const second = await lab.network({ link: 'eth1', subnet: '10.77.2' });
    const network = await lab.network({
      link: 'eth0',
      subnet: '10.77.1',
      dnsmasq: ['--dhcp-option=26,1400', '--dhcp-option-force=12,leased'],
    });
    const before = await state();
    const connman = await lab.startDaemon();
    await network.plug();
    await connman.untilOnline('eth0');
    await second.plug();
    await connman.untilReady('eth1');
    await machine.until(
      'all three',
      async () => JSON.stringify(await state()) === JSON.stringify({ mtu: '1400', hostname: 'leased', checks: '2' }),
    );

    await lab.stopDaemon('SIGKILL');
    await network.unplug();
    await second.unplug();
    await lab.startDaemon();

    await machine.until('all as it was before', async () => JSON.stringify(await state()) === JSON.stringify(before));
  }),
);
