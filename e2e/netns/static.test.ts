// A user's own addresses, nameservers and domains for a service.
import { Variant } from 'dbus-next';
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { subjectUnderTest } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const text = (value: string) => new Variant('s', value);
const manual = new Variant('a{sv}', {
  Method: text('manual'),
  Address: text('10.77.1.42'),
  Netmask: text('255.255.255.0'),
  Gateway: text('10.77.1.1'),
});

test('a static address replaces the lease, survives a restart, and gives way to DHCP again', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    const hasStatic = async () => (await lab.machine.addresses('eth0')).join() === '10.77.1.42/24';

    await connman.configure('eth0', 'IPv4.Configuration', manual);
    await connman.configure('eth0', 'Nameservers.Configuration', new Variant('as', ['10.77.1.1']));
    await lab.machine.until('the static address alone', hasStatic);
    await connman.until(
      'the IPv4 property',
      () => dictionary(connman.service('eth0')?.properties.IPv4).Address === '10.77.1.42',
    );
    await connman.untilOnline('eth0');
    expect(dictionary(connman.service('eth0')?.properties['IPv4.Configuration'])).toMatchObject({ Method: 'manual' });
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.1.1' }]);

    await lab.stopDaemon();
    const requests = network.dhcp.output.items.length;
    await lab.startDaemon();
    await connman.untilOnline('eth0');
    expect(await hasStatic()).toBe(true);
    expect(network.dhcp.output.items.slice(requests).filter((line) => /DHCP(DISCOVER|REQUEST)/.test(line))).toEqual([]);

    await connman.configure('eth0', 'IPv4.Configuration', new Variant('a{sv}', { Method: text('dhcp') }));
    await lab.machine.until('a leased address alone', async () =>
      /^10\.77\.1\.1\d\d\/24$/.test((await lab.machine.addresses('eth0')).join()),
    );
    await connman.untilOnline('eth0');
  }));

test('configured nameservers and domains replace the leased ones', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', dnsmasq: ['--dhcp-option=6,203.0.113.53'] });
    await network.plug();
    const connman = await lab.startDaemon();
    await connman.untilReady('eth0');
    expect(connman.service('eth0')?.properties.Nameservers).toEqual(['203.0.113.53']);

    await connman.configure('eth0', 'Nameservers.Configuration', new Variant('as', ['10.77.1.1']));
    await connman.configure('eth0', 'Domains.Configuration', new Variant('as', ['own.test']));

    await connman.untilOnline('eth0', 20_000);
    const { Domains, Nameservers } = connman.service('eth0')?.properties ?? {};
    expect({ Domains, Nameservers }).toEqual({ Domains: ['own.test'], Nameservers: ['10.77.1.1'] });
    expect(await lab.resolve('gateway.example')).toBe('10.77.1.1');
  }));

test('an address that is none is refused, and the lease stays in force', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman } = await lab.online();
    const before = await lab.machine.addresses('eth0');
    const senseless = new Variant('a{sv}', { Method: text('manual'), Address: text('10.77.1.420') });

    await expect(connman.configure('eth0', 'IPv4.Configuration', senseless)).rejects.toMatchObject({
      errorName: 'net.connman.Error.InvalidArguments',
    });

    expect(await lab.machine.addresses('eth0')).toEqual(before);
    expect(connman.serviceState('eth0')).toBe('online');
  }));

onlyOurs('a static IPv6 address and its gateway are set beside the lease, and go with the method', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman } = await lab.online();
    const addresses = () => lab.machine.run('ip -6 address show dev eth0 scope global');
    const manual6 = {
      Method: text('manual'),
      Address: text('2001:db8:77::42'),
      PrefixLength: new Variant('y', 64),
      Gateway: text('2001:db8:77::1'),
    };

    await connman.configure('eth0', 'IPv6.Configuration', new Variant('a{sv}', manual6));
    await lab.machine.until('the address', async () => (await addresses()).includes('2001:db8:77::42/64'));
    await lab.machine.until('the route', async () =>
      (await lab.machine.run('ip -6 route show default')).includes('via 2001:db8:77::1'),
    );
    await connman.until('the IPv6 property', (view) => {
      const { Address, Method } = dictionary(view.service('eth0')?.properties.IPv6);
      return Method === 'manual' && Address === '2001:db8:77::42';
    });

    await connman.configure('eth0', 'IPv6.Configuration', new Variant('a{sv}', { Method: text('off') }));
    await lab.machine.until('no address', async () => !(await addresses()).includes('2001:db8'));
  }),
);

onlyOurs('a second service with a static IPv6 address and gateway is ready over IPv6', () =>
  inLab(subjectUnderTest, async (lab) => {
    const second = await lab.network({ link: 'eth1', subnet: '10.77.2' });
    const { connman } = await lab.online();
    const address = (service: number, host: string) => `2001:db8:77:${service}::${host}`;
    const manual6 = (service: number) =>
      new Variant('a{sv}', {
        Method: text('manual'),
        Address: text(address(service, '42')),
        PrefixLength: new Variant('y', 64),
        Gateway: text(address(service, '1')),
      });
    await second.plug();
    await connman.untilReady('eth1');
    await connman.configure('eth0', 'IPv6.Configuration', manual6(1));
    await connman.configure('eth1', 'IPv6.Configuration', manual6(2));
    await connman.configure('eth1', 'IPv4.Configuration', new Variant('a{sv}', { Method: text('off') }));

    await connman.until('IPv6 alone', () => {
      const { IPv4, IPv6, State } = connman.service('eth1')?.properties ?? {};
      const isReady = State === 'ready' || State === 'online';
      return isReady && dictionary(IPv4).Address === undefined && dictionary(IPv6).Address === address(2, '42');
    });
    expect(await lab.machine.run('ip -6 route show default dev eth1')).toMatch(/via 2001:db8:77:2::1 /);
  }),
);
