// A network whose router advertises IPv6 beside DHCP.
import type { Lab } from './lab';
import type { Network } from './network';

/** 10.77.NUMBER.0/24 and 2001:db8:NUMBER::/64, still unplugged; `beyond` are hosts behind its router. */
export async function advertisedNetwork(
  lab: Lab,
  link: string,
  number: number,
  beyond: readonly string[],
): Promise<Network> {
  const network = await lab.network({
    link,
    subnet: `10.77.${number}`,
    dnsmasq: ['--enable-ra', '--ra-param=port,10', '--dhcp-range=::,constructor:port,ra-only', '--port=0'],
  });
  const atOnce = { router_solicitation_delay: 0, router_solicitation_interval: 1, accept_dad: 0 };
  const write = Object.entries(atOnce).map(([key, value]) => `echo ${value} >/proc/sys/net/ipv6/conf/${link}/${key}`);
  await lab.machine.run(['sh', '-c', write.join('; ')]);
  await network.far.run(`ip address add 2001:db8:${number}::1/64 dev port nodad`);
  for (const host of beyond) await network.far.run(`ip address add ${host} dev lo`);
  return network;
}
