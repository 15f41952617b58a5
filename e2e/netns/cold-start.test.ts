// A machine that starts with its cable in comes online by itself.
import { inLab } from './lab/lab';
import { subjectUnderTest } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

test('a linked machine comes online with an address, a default route and a nameserver from DHCP', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const connman = await lab.startDaemon();

    await connman.until('online', () => connman.state === 'online' && connman.serviceState('eth0') === 'online');

    const service = connman.service('eth0');
    expect(service?.properties).toMatchObject({ State: 'online', Type: 'ethernet', Name: 'Wired', Favorite: true });
    const ipv4 = dictionary(service?.properties.IPv4);
    expect(ipv4).toMatchObject({ Method: 'dhcp', Netmask: '255.255.255.0', Gateway: '10.77.1.1' });
    expect(service?.properties.Nameservers).toEqual(['10.77.1.1']);
    expect(await lab.machine.addresses('eth0')).toEqual([`${ipv4.Address}/24`]);
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.1.1' }]);
    await network.services.line(/^GET \/online\/status\.html HTTP\/1\.1 host=ipv4\.connman\.net /);
  }));
