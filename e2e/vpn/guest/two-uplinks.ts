// Two uplinks whose routers both know the way to a VPN server, which is behind the first one.
import type { Lab } from '../../netns/lab/lab';
import type { Network } from '../../netns/lab/network';

/** Both without carrier: eth0 leads to 10.77.1.0/24 and fd00:77::/64, eth1 to 10.78.1.0/24 and fd00:78::/64. */
export async function layUplinks(lab: Lab): Promise<readonly [Network, Network]> {
  const first = await lay(lab, 0);
  const second = await lay(lab, 1);
  await second.far.connect({ link: 'inner', ifindex: 700 }, first.far, { link: 'outer', ifindex: 701 });
  for (const [{ far }, link, end] of [
    [second, 'inner', 2],
    [first, 'outer', 1],
  ] as const) {
    await far.run(`ip address add 192.0.2.${end}/30 dev ${link}`);
    await far.run(`ip -6 address add fd00:0::${end}/64 dev ${link} nodad`);
    await far.run(`ip link set ${link} up`);
  }
  await second.far.run('ip route add 10.200.0.0/24 via 192.0.2.1');
  await second.far.run('ip -6 route add fd00:200::/64 via fd00:0::1');
  await first.far.run('ip route add 10.78.1.0/24 via 192.0.2.2');
  await first.far.run('ip -6 route add fd00:78::/64 via fd00:0::2');
  return [first, second];
}

async function lay(lab: Lab, number: number): Promise<Network> {
  const routers = ['--enable-ra', '--dhcp-range=::,constructor:port,ra-only'];
  const network = await lab.network({ link: `eth${number}`, subnet: `10.${77 + number}.1`, dnsmasq: routers });
  // A link that is down would lose its IPv6 addresses.
  await network.far.run('sysctl -w net.ipv6.conf.port.keep_addr_on_down=1');
  await network.far.run(`ip -6 address add fd00:${77 + number}::1/64 dev port nodad`);
  for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'])
    await network.far.run(`sysctl -w ${name}=1`);
  return network;
}
