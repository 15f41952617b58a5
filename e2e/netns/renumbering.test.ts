// A router that is restarted with another prefix, as a home router is by its provider: it says nothing of the one before.
import { existsSync } from 'node:fs';
import { peersFolder } from './lab/host';
import { inLab } from './lab/lab';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const radvd = `${peersFolder}/usr/sbin/radvd`;

/** radvd with the prefix and a day of lifetime; the router has an address of it. */
async function advertise({ far }: Network, prefix: string) {
  if (!existsSync(radvd)) throw new Error('no radvd below tmp/peers; tools/setup test unpacks it');
  const lifetimes = 'AdvValidLifetime 86400; AdvPreferredLifetime 14400;';
  far.write(
    '/run/radvd.conf',
    `interface port { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; prefix ${prefix}/64 { ${lifetimes} }; };\n`,
  );
  const child = far.start([radvd, '-n', '-m', 'stderr', '-d', '1', '-C', '/run/radvd.conf', '-p', '/run/radvd.pid']);
  await child.line(/version .* started/);
  return child;
}

onlyOurs('after a restart of the router with another prefix the one before is used for nothing new (RFC 8978)', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const atOnce = ['router_solicitation_delay=0', 'router_solicitation_interval=1', 'accept_dad=0'];
    await lab.machine.run(['sysctl', '-qw', ...atOnce.map((one) => `net.ipv6.conf.eth0.${one}`)]);
    await network.far.run('sysctl -qw net.ipv6.conf.all.forwarding=1');
    await network.plug();
    const first = await advertise(network, '2001:db8:a::');
    const connman = await lab.startDaemon();
    const address = () => String(dictionary(connman.service('eth0')?.properties.IPv6).Address);
    await connman.until('an address of the first prefix', () => address().startsWith('2001:db8:a:'));

    await first.stop('SIGKILL');
    await advertise(network, '2001:db8:b::');

    await connman.until('an address of the second prefix', () => address().startsWith('2001:db8:b:'), 20_000);
    const kernel = () => lab.machine.run('ip -6 -o address show dev eth0 scope global deprecated');
    expect(await kernel()).toMatch(/2001:db8:a:\S+\/64 .*deprecated/);
    expect(await lab.machine.run('ip -6 route get 2001:db8:99::1')).toContain('src 2001:db8:b:');
  }),
);
