// Addresses and names of DHCPv6, where a router says that there are some (its M and O flags).
import { Variant } from 'dbus-next';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const prefix = '2001:db8:77:1';
const names = [`--dhcp-option=option6:dns-server,[${prefix}::1]`, '--dhcp-option=option6:domain-search,six.example'];

/** A network whose router advertises `range`; the kernel does not wait before it asks. */
async function routed(lab: Lab, range: string) {
  const dnsmasq = ['--enable-ra', '--ra-param=port,10', `--dhcp-range=${range}`, ...names];
  const network = await lab.network({ link: 'eth0', subnet: '10.77.1', dnsmasq });
  const atOnce = ['router_solicitation_delay=0', 'router_solicitation_interval=1', 'accept_dad=0'];
  await lab.machine.run(['sysctl', '-qw', ...atOnce.map((one) => `net.ipv6.conf.eth0.${one}`)]);
  await network.plug();
  await network.far.run(`ip address add ${prefix}::1/64 dev port nodad`);
  return network;
}

const managed = '::100,::1ff,constructor:port,64,1h';
const shown = (lab: Lab) => dictionary(lab.connman.service('eth0')?.properties.IPv6);
const isLeased = (lab: Lab) => new RegExp(`^${prefix}::1[0-9a-f]{2}$`).test(String(shown(lab).Address));

onlyOurs('stateful: address and names are leased, kept over a crash and confirmed, and given back at the end', () =>
  inLab(ours, async (lab) => {
    const network = await routed(lab, managed);
    const connman = await lab.startDaemon();
    await connman.until('the leased address', () => isLeased(lab));
    const { Address: address, PrefixLength } = shown(lab);
    expect(PrefixLength).toBe(128);
    const { Nameservers, Domains } = connman.service('eth0')?.properties ?? {};
    expect([Nameservers, Domains]).toEqual([
      expect.arrayContaining([`${prefix}::1`]),
      expect.arrayContaining(['six.example']),
    ]);
    const addresses = () => lab.machine.run('ip -6 -o address show dev eth0 scope global');
    expect(await addresses()).toContain(` ${address}/128 `);

    const firstEvent = lab.machine.kernel.items.length;
    await lab.stopDaemon('SIGKILL');
    await lab.startDaemon();
    await connman.until('the same address', () => shown(lab).Address === address);
    await network.dhcp.line(/DHCPCONFIRM\(port\)/);
    expect(lab.machine.kernel.items.slice(firstEvent).filter((line) => /^Deleted .*inet6 2001/.test(line))).toEqual([]);

    await connman.configure('eth0', 'IPv6.Configuration', new Variant('a{sv}', { Method: new Variant('s', 'off') }));
    await network.dhcp.line(/DHCPRELEASE\(port\)/);
    expect(await addresses()).not.toContain('2001:db8');
  }),
);

onlyOurs('stateless: names come from the server, the address from the prefix', () =>
  inLab(ours, async (lab) => {
    await routed(lab, '::,constructor:port,ra-stateless,64,1h');
    const connman = await lab.startDaemon();
    await connman.until('address and names', () => {
      const { Nameservers, Domains } = connman.service('eth0')?.properties ?? {};
      const hasNames = String(Nameservers).includes(`${prefix}::1`) && String(Domains).includes('six.example');
      return hasNames && String(shown(lab).Address).startsWith(`${prefix}:`) && shown(lab).PrefixLength === 64;
    });
  }),
);

onlyOurs('the DUID that ConnMan has stored for a service is taken over', () =>
  inLab(ours, async (lab) => {
    const network = await routed(lab, managed);
    const mac = /ether (\S+)/.exec(await lab.machine.run('ip link show eth0'))?.[1]?.replaceAll(':', '');
    const service = `ethernet_${mac}_cable`;
    const settings = [
      'IPv4.method=dhcp',
      'IPv6.method=auto',
      'IPv6.privacy=disabled',
      'IPv6.DHCP.DUID=00010001aabbccdd020000000099',
    ];
    lab.machine.write(
      `/var/lib/connman/${service}/settings`,
      [`[${service}]`, 'Name=Wired', ...settings, ''].join('\n'),
    );

    const connman = await lab.startDaemon();

    await connman.until('the leased address', () => isLeased(lab));
    await network.dhcp.line(/00:01:00:01:aa:bb:cc:dd:02:00:00:00:00:99/);
  }),
);
