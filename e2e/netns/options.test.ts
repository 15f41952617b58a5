// What a lease can bring besides an address, and what a machine full of foreign routes does with it.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours, subjectUnderTest } from './lab/subject';

jest.setTimeout(60_000);

onlyOurs('classless routes (RFC 3442) are set, and the router option beside them is not', () =>
  inLab(ours, async (lab) => {
    const routes = '--dhcp-option-force=121,198.51.100.0/24,10.77.1.7,0.0.0.0/0,10.77.1.9';
    await lab.online({ dnsmasq: [routes] });

    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.1.9' }]);
    expect(await lab.machine.run('ip route show 198.51.100.0/24')).toMatch(
      /^198\.51\.100\.0\/24 via 10\.77\.1\.7 dev eth0/,
    );
  }),
);

test('MTU and time servers of the lease reach the link and the service', () =>
  inLab(subjectUnderTest, async (lab) => {
    const dnsmasq = ['--dhcp-option=26,1400', '--dhcp-option=42,10.77.1.1'];
    const { connman } = await lab.online({ dnsmasq });

    await lab.machine.until('the MTU', async () =>
      / mtu 1400 /.test(await lab.machine.run('ip -o link show dev eth0')),
    );
    await connman.until('the time server', (view) =>
      (view.service('eth0')?.properties.Timeservers as string[] | undefined)?.includes('10.77.1.1'),
    );
  }));

onlyOurs('a lease without a router makes the service ready, with no default route', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', dnsmasq: ['--dhcp-option=3'] });
    await network.plug();
    const connman = await lab.startDaemon();
    await connman.untilReady('eth0');
    expect(await lab.machine.run('ip route show default')).not.toMatch(/via/);
  }),
);

test('ten thousand routes of others are no hindrance, and all are there afterwards', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const routes = Array.from(
      { length: 10_000 },
      (_, n) => `route add 172.${16 + (n >> 12)}.${(n >> 4) & 255}.${(n & 15) << 4}/28 dev lo`,
    );
    lab.machine.write('/run/routes', `${routes.join('\n')}\n`);
    await lab.machine.run('ip -batch /run/routes');
    await network.plug();
    const connman = await lab.startDaemon();
    await connman.untilOnline('eth0');
    await network.unplug();
    await connman.until('no service', (view) => view.services.length === 0);
    await network.plug();
    await connman.untilOnline('eth0');

    const left = (await lab.machine.run('ip route show dev lo')).split('\n').filter((line) => line.startsWith('172.'));
    expect(left).toHaveLength(routes.length);
  }));
