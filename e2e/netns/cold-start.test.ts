// A machine that starts with its cable in comes online by itself.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { subjectUnderTest } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

test.each(['dnsmasq', 'kea', 'isc'] as const)('a linked machine comes online with what %s gives it', (server) =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', server });
    await network.plug();
    const connman = await lab.startDaemon();

    const service = await connman.untilOnline('eth0');

    expect(service.properties).toMatchObject({ State: 'online', Type: 'ethernet', Name: 'Wired', Favorite: true });
    const ipv4 = dictionary(service.properties.IPv4);
    expect(ipv4).toMatchObject({ Method: 'dhcp', Netmask: '255.255.255.0', Gateway: '10.77.1.1' });
    expect(service.properties.Nameservers).toEqual(['10.77.1.1']);
    expect(service.properties.Domains).toEqual(['lab.example']);
    expect(await lab.machine.addresses('eth0')).toEqual([`${ipv4.Address}/24`]);
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.1.1' }]);
    expect(await lab.resolve('gateway.example')).toBe('10.77.1.1');
    await network.services.line(/^GET \/online\/status\.html HTTP\/1\.1 host=ipv4\.connman\.net /);
  }),
);

onlyOurs('without any configuration file the link still goes to online', () =>
  inLab(subjectUnderTest, async (lab) => {
    await lab.online({}, { mainConf: '' });
  }),
);

onlyOurs('addresses and routes of others on the link are left alone', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman } = await lab.online();
    await lab.machine.run('ip address add 192.0.2.5/32 dev eth0');
    await lab.machine.run('ip route add 198.51.100.0/24 via 10.77.1.77 dev eth0 proto static');
    await lab.stopDaemon('SIGKILL');
    await lab.startDaemon();
    await connman.untilOnline('eth0');

    expect(await lab.machine.addresses('eth0')).toContain('192.0.2.5/32');
    expect(await lab.machine.run('ip route show 198.51.100.0/24')).toMatch(/via 10\.77\.1\.77/);
  }),
);
