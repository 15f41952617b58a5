// What a network or a user asks of a link besides an IPv4 address, and that all of it is given back.
import { Variant } from 'dbus-next';
import type { Host } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import type { NetworkWish } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours, subjectUnderTest } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const conf = (...lines: string[]) => ['[General]', 'PreferredTechnologies=ethernet', ...lines, ''].join('\n');
const text = (value: string) => new Variant('s', value);
const dict = (entries: Record<string, Variant>) => new Variant('a{sv}', entries);

const sysctl = async (host: Host, key: string) => host.run(['cat', `/proc/sys/net/${key}`]);
const mtu = async (lab: Lab) => Number(/ mtu (\d+) /.exec(await lab.machine.run('ip -o link show dev eth0'))?.[1]);

async function onlineMachine(lab: Lab, wish: Partial<NetworkWish> = {}, mainConf = conf()) {
  const { network, connman, path } = await lab.online(wish, { mainConf });
  const disconnect = async () => {
    await connman.call(path, 'Disconnect');
    await connman.until('idle', () => connman.serviceState('eth0') === 'idle');
  };
  return { network, connman, path, disconnect };
}

test('the MTU of the lease is given back with the lease', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman, path, disconnect } = await onlineMachine(lab, { dnsmasq: ['--dhcp-option=26,1400'] });
    await lab.machine.until('the MTU 1400', async () => (await mtu(lab)) === 1400);
    await connman.until(
      'it in the property',
      () => dictionary(connman.service('eth0')?.properties.Ethernet).MTU === 1400,
    );
    await disconnect();
    if (lab.subject === ours) await lab.machine.until('the MTU 1500', async () => (await mtu(lab)) === 1500);
    await connman.call(path, 'Connect');
    await lab.machine.until('the MTU 1400', async () => (await mtu(lab)) === 1400);
  }));

onlyOurs('classless routes go with the lease', () =>
  inLab(ours, async (lab) => {
    const routes = '--dhcp-option-force=121,198.51.100.0/24,10.77.1.7,203.0.113.0/24,0.0.0.0,0.0.0.0/0,10.77.1.1';
    const { connman, path, disconnect } = await onlineMachine(lab, { dnsmasq: [routes] });
    const installed = async () =>
      (await lab.machine.run('ip route show proto 109'))
        .split('\n')
        .map((line) => line.trim())
        .sort();
    const wanted = [
      '198.51.100.0/24 via 10.77.1.7 dev eth0',
      '203.0.113.0/24 dev eth0 scope link',
      'default via 10.77.1.1 dev eth0',
    ];
    expect(await installed()).toEqual(wanted);
    await disconnect();
    expect(await installed()).toEqual(['']);
    await connman.call(path, 'Connect');
    await connman.untilOnline('eth0');
    expect(await installed()).toEqual(wanted);
  }),
);

onlyOurs('with a lease of one address alone the gateway is reached on the link itself', () =>
  inLab(ours, async (lab) => {
    await onlineMachine(lab, { dnsmasq: ['--dhcp-option-force=1,255.255.255.255'] });
    expect((await lab.machine.addresses('eth0')).join()).toMatch(/^10\.77\.1\.1\d\d\/32$/);
    expect(await lab.machine.run('ip route show 10.77.1.1')).toMatch(/^10\.77\.1\.1 dev eth0 proto 109 scope link/);
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.1.1' }]);
    expect(await lab.resolve('gateway.example')).toBe('10.77.1.1');
  }),
);

test('strict source checks are loosened while there are two uplinks, and come back', () =>
  inLab(subjectUnderTest, async (lab) => {
    const rpFilter = () => sysctl(lab.machine, 'ipv4/conf/all/rp_filter');
    await lab.machine.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter']);
    const second = await lab.network({ link: 'eth1', subnet: '10.77.2' });
    const { connman } = await onlineMachine(lab);
    expect(await rpFilter()).toBe('1');
    await second.plug();
    await connman.untilReady('eth1');
    expect(await rpFilter()).toBe('2');
    await second.unplug();
    await connman.until('one service', () => connman.services.length === 1);
    expect(await rpFilter()).toBe('1');
  }));

onlyOurs('an address that another host has is declined and reported, and another one is used', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const mac = /ether (\S+)/.exec(await lab.machine.run('ip link show eth0'))?.[1];
    await network.become({ dnsmasq: ['--dhcp-broadcast', `--dhcp-host=${mac},10.77.1.60`] });
    await network.plug();
    await network.far.run('ip address add 10.77.1.60/32 dev port');

    const connman = await lab.startDaemon({ mainConf: conf('AddressConflictDetection=true') });

    await network.dhcp.line(/DHCPDECLINE\(port\) 10\.77\.1\.60 /);
    await connman.until('the conflict told', () => {
      const conflict = dictionary(connman.service('eth0')?.properties.LastAddressConflict);
      return dictionary(conflict.IPv4).Address === '10.77.1.60' && conflict.Resolved === false;
    });
    await lab.daemon.line(/uses 10\.77\.1\.60 as well/);
    // RFC 2131 section 3.1 asks for ten seconds before the next attempt.
    await connman.untilOnline('eth0', 25_000);
    expect((await lab.machine.addresses('eth0')).join()).toMatch(/^10\.77\.1\.1\d\d\/24$/);
    expect(dictionary(connman.service('eth0')?.properties.LastAddressConflict).Resolved).toBe(true);
  }),
);

test('the server hears the vendor class of main.conf and the name of this host', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network } = await onlineMachine(lab, {}, conf('VendorClassID=lab-device'));
    await network.dhcp.line(/vendor class: lab-device$/);
    await network.dhcp.line(new RegExp(`client provides name: ${lab.machine.name}$`));
  }));

test("a user's Disconnect gives the lease back, and AutoConnect off is respected over a restart", () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman, disconnect } = await onlineMachine(lab);
    const released = /DHCPRELEASE\(port\) 10\.77\.1\.\d+ /;
    await connman.configure('eth0', 'AutoConnect', new Variant('b', false));
    await disconnect();
    await network.dhcp.line(released);
    await lab.stopDaemon();
    const heard = network.dhcp.output.items.length;

    await lab.startDaemon();
    await connman.until('the service', () => connman.service('eth0'));
    await network.unplug();
    await connman.until('no service', () => connman.services.length === 0);
    await network.plug();
    await connman.until('the service again', () => connman.service('eth0'));

    expect(connman.service('eth0')?.properties).toMatchObject({ State: 'idle', AutoConnect: false });
    expect(await lab.machine.addresses('eth0')).toEqual([]);
    expect(network.dhcp.output.items.slice(heard).filter((line) => /DHCP(DISCOVER|REQUEST)/.test(line))).toEqual([]);
  }));

test('with SingleConnectedTechnology a cable that is put in takes the place of the other, until it is pulled', () =>
  inLab(subjectUnderTest, async (lab) => {
    const second = await lab.network({ link: 'eth1', subnet: '10.77.2' });
    const { connman } = await onlineMachine(lab, {}, conf('SingleConnectedTechnology=true'));
    await second.plug();
    await connman.untilOnline('eth1');
    await connman.until('eth0 idle', () => connman.serviceState('eth0') === 'idle');
    await lab.machine.until('no address', async () => (await lab.machine.addresses('eth0')).length === 0);
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth1', gateway: '10.77.2.1' }]);

    await second.unplug();
    await connman.untilOnline('eth0');
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.1.1' }]);
  }));

onlyOurs('a bad line of main.conf is named, and the rest counts', () =>
  inLab(ours, async (lab) => {
    const mainConf = conf(
      'OnlineCheckInitialInterval=soon',
      'no equals sign',
      'NoSuchKey=1',
      'VendorClassID=lab-device',
    );
    const { network } = await onlineMachine(lab, {}, mainConf);
    await lab.daemon.line(/main\.conf:3.*OnlineCheckInitialInterval.*soon/);
    await lab.daemon.line(/main\.conf:4.*no equals sign/);
    await lab.daemon.line(/main\.conf:5.*NoSuchKey/);
    await network.dhcp.line(/vendor class: lab-device$/);
  }),
);

describe('IPv6', () => {
  const prefix = '2001:db8:77:1';
  const advertise = { dnsmasq: ['--enable-ra', '--ra-param=port,10', '--dhcp-range=::,constructor:port,ra-only'] };

  /** A machine whose network advertises a prefix; the kernel does not wait before it asks. */
  async function advertised(lab: Lab, mainConf?: string) {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', ...advertise });
    const atOnce = ['router_solicitation_delay', 'router_solicitation_interval', 'accept_dad'];
    const write = atOnce.map((key) => `echo ${key.endsWith('interval') ? 1 : 0} >/proc/sys/net/ipv6/conf/eth0/${key}`);
    await lab.machine.run(['sh', '-c', write.join('; ')]);
    await network.plug();
    await network.far.run(`ip address add ${prefix}::1/64 dev port nodad`);
    const connman = await lab.startDaemon({ ...(mainConf && { mainConf }) });
    await connman.untilOnline('eth0');
    return { network, connman };
  }
  const addresses = async (lab: Lab) =>
    (await lab.machine.run('ip -o -6 address show dev eth0 scope global')).split('\n').filter((line) => line !== '');
  const shown = (lab: Lab) => dictionary(lab.connman.service('eth0')?.properties.IPv6);
  const configure = (lab: Lab, method: string, more: Record<string, Variant> = {}) =>
    lab.connman.configure('eth0', 'IPv6.Configuration', dict({ Method: text(method), ...more }));

  test('auto: the address made of the advertised prefix is shown', () =>
    inLab(subjectUnderTest, async (lab) => {
      const { connman } = await advertised(lab);
      await connman.until('the address', () => String(shown(lab).Address).startsWith(`${prefix}:`));
      expect(shown(lab)).toMatchObject({ Method: 'auto', PrefixLength: 64, Privacy: 'disabled' });
      expect((await addresses(lab)).join()).toContain(` ${shown(lab).Address}/64 `);
    }));

  onlyOurs(
    'after a renumbering the new address is shown, while the old one is deprecated (RFC 4862 section 5.5.4)',
    () =>
      inLab(ours, async (lab) => {
        const { network, connman } = await advertised(lab);
        await connman.until('the address', () => String(shown(lab).Address).startsWith(`${prefix}:`));

        await network.far.run('ip address add 2001:db8:77:2::1/64 dev port nodad');
        await network.far.run(`ip address del ${prefix}::1/64 dev port`);

        await connman.until('the new address', () => String(shown(lab).Address).startsWith('2001:db8:77:2:'), 30_000);
        expect((await addresses(lab)).join()).toMatch(new RegExp(` ${prefix}:\\S+ .*deprecated`));
      }),
  );

  test('off takes it away, and auto brings it back', () =>
    inLab(subjectUnderTest, async (lab) => {
      const { connman } = await advertised(lab);
      await connman.until('the address', () => shown(lab).Address !== undefined);
      await configure(lab, 'off');
      await connman.until('it gone', () => Object.keys(shown(lab)).length === 0);
      expect(await sysctl(lab.machine, 'ipv6/conf/eth0/disable_ipv6')).toBe('1');
      expect(await addresses(lab)).toEqual([]);
      expect(connman.state).toBe('online');
      await configure(lab, 'auto');
      await connman.until('the address', () => String(shown(lab).Address).startsWith(`${prefix}:`));
    }));

  onlyOurs('privacy: temporary addresses are made, and preferred if the user says so', () =>
    inLab(ours, async (lab) => {
      const { connman } = await advertised(lab);
      await connman.until('the address', () => shown(lab).Address !== undefined);
      const useTempAddr = () => sysctl(lab.machine, 'ipv6/conf/eth0/use_tempaddr');
      expect(await useTempAddr()).toBe('0');
      const isTemporary = async () => / temporary /.test((await addresses(lab)).join());
      const stable = String(shown(lab).Address);

      // The router speaks by itself every ten seconds at the most often; the wait is shorter.
      await configure(lab, 'auto', { Privacy: text('enabled') });
      await lab.machine.until('a temporary address', isTemporary, 4000);
      expect(await useTempAddr()).toBe('1');
      await configure(lab, 'auto', { Privacy: text('prefered') });
      expect(await useTempAddr()).toBe('2');
      await connman.until('the property', () => shown(lab).Privacy === 'prefered');

      await configure(lab, 'auto');
      await lab.machine.until('no temporary address', async () => !(await isTemporary()));
      expect(await useTempAddr()).toBe('0');
      expect((await addresses(lab)).join()).toContain(` ${stable}/64 `);
      expect(connman.state).toBe('online');
    }),
  );

  onlyOurs('IPv6StableAddresses: another address takes the place of the hardware’s, and is given back (RFC 7217)', () =>
    inLab(ours, async (lab) => {
      const { connman } = await advertised(lab, conf());
      await connman.until('the address', () => shown(lab).Address !== undefined);
      const ofHardware = String(shown(lab).Address);
      expect(ofHardware).toMatch(/ff:fe/);
      const mode = () => sysctl(lab.machine, 'ipv6/conf/eth0/addr_gen_mode');

      lab.machine.write('/etc/connman/main.conf', conf('IPv6StableAddresses=true'));
      await lab.connmanctl('reload');
      const made = () => lab.machine.run('ip -o -6 address show dev eth0 scope global');
      await lab.machine.until('another one', async () => (await made()).includes('stable-privacy'));
      const stable = / (\S+)\/64 .*stable-privacy/.exec(await made())?.[1];
      expect(stable).toMatch(new RegExp(`^${prefix}:(?!.*ff:fe)`));

      await lab.stopDaemon('SIGKILL');
      await lab.startDaemon({ mainConf: conf('IPv6StableAddresses=true') });
      await connman.untilOnline('eth0');
      expect((await made()).match(/ \S+\/64 .*stable-privacy/g)).toEqual([expect.stringContaining(` ${stable}/64 `)]);
      expect(await mode()).toBe('2');
      await connman.call(String(connman.service('eth0')?.path), 'Disconnect');
      await lab.machine.until('it given back', async () => (await mode()) === '0');
    }),
  );

  test('manual: address and default route are there, and go with the method', () =>
    inLab(subjectUnderTest, async (lab) => {
      const { connman, network } = await onlineMachine(lab);
      await network.far.run(`ip address add ${prefix}::1/64 dev port nodad`);
      const defaultRoute = () => lab.machine.run('ip -6 route show default');
      await configure(lab, 'manual', {
        Address: text(`${prefix}::42`),
        PrefixLength: new Variant('y', 64),
        Gateway: text(`${prefix}::1`),
      });
      await connman.until('the address', () => shown(lab).Address === `${prefix}::42`);
      expect(shown(lab)).toMatchObject({ Method: 'manual', PrefixLength: 64, Gateway: `${prefix}::1` });
      await lab.machine.until('the default route', async () =>
        (await defaultRoute()).startsWith(`default via ${prefix}::1 dev eth0`),
      );
      await lab.machine.run(`ping -c 1 -W 5 ${prefix}::1`);
      await configure(lab, 'auto');
      await lab.machine.until(
        'neither',
        async () => (await addresses(lab)).length === 0 && (await defaultRoute()) === '',
      );
      expect(connman.state).toBe('online');
    }));
});
