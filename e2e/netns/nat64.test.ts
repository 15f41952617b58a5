// A network without IPv4 that leads to IPv4 hosts by NAT64 (tayga) and DNS64 (unbound): its prefix is known and shown, and names work.
import type { Host } from './lab/host';
import { peersFolder } from './lab/host';
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { peerEnvironment } from './lab/peers';
import { ours } from './lab/subject';

jest.setTimeout(90_000);

const prefix = '2001:db8:77:1';
const translated = '2001:db8:64::';
/** It has an IPv4 address alone. */
const ipv4Host = '198.51.100.80';
const url = 'http://v4.example/online/status.html';

/** tayga in the far host: packets to the prefix come out as IPv4 ones from its pool. */
async function startTranslator(far: Host): Promise<void> {
  const conf = [
    ...['tun-device nat64', 'ipv4-addr 192.168.255.1', 'ipv6-addr 2001:db8:77:2::1', `prefix ${translated}/96`],
    ...['dynamic-pool 192.168.255.0/24', 'data-dir /run'],
  ];
  far.write('/run/tayga.conf', `${conf.join('\n')}\n`);
  const tayga = [`${peersFolder}/usr/sbin/tayga`, '--config', '/run/tayga.conf'];
  const env = peerEnvironment();
  await far.run([...tayga, '--mktun'], { env });
  await far.run('ip link set nat64 up');
  await far.run('ip route add 192.168.255.0/24 dev nat64');
  await far.run(`ip -6 route add ${translated}/96 dev nat64`);
  await far.run(`ip address add ${ipv4Host}/32 dev lo`);
  await far.run([
    'sh',
    '-c',
    'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; ip link set lo up',
  ]);
  far.start([...tayga, '--nodetach'], { env });
}

/** unbound that makes IPv6 addresses of IPv4 ones; what is asked of it, it asks of dnsmasq beside it. */
async function startDns64(far: Host): Promise<void> {
  far.write(
    '/run/unbound.conf',
    `server:
 interface: ${prefix}::53
 access-control: ::/0 allow
 do-daemonize: no
 do-not-query-localhost: no
 username: ""
 chroot: ""
 directory: "/run"
 pidfile: ""
 use-syslog: no
 module-config: "dns64 iterator"
 dns64-prefix: ${translated}/96
forward-zone:
 name: "."
 forward-addr: 127.0.0.1@5300
remote-control:
 control-enable: no
`,
  );
  const unbound = far.start([`${peersFolder}/usr/sbin/unbound`, '-d', '-c', '/run/unbound.conf'], {
    env: peerEnvironment(),
  });
  await unbound.line(/start of service/);
}

onlyOurs(
  'the prefix of a NAT64 is shown, also where the DNS64 responds late, and hosts of IPv4 are reached by name',
  () =>
    inLab(ours, async (lab) => {
      const network = await lab.network({
        link: 'eth0',
        subnet: '10.77.1',
        dnsmasq: [
          ...['--port=5300', '--dhcp-ignore=tag:!known', '--enable-ra', '--ra-param=port,10'],
          ...['--dhcp-range=::,constructor:port,ra-only', `--dhcp-option=option6:dns-server,[${prefix}::53]`],
          ...[
            '--address=/ipv4only.arpa/192.0.0.170',
            '--address=/ipv4only.arpa/192.0.0.171',
            '--local=/ipv4only.arpa/',
          ],
          ...[`--address=/v4.example/${ipv4Host}`, '--local=/v4.example/'],
        ],
      });
      const { far } = network;
      await network.plug();
      await far.run(`ip address add ${prefix}::1/64 dev port nodad`);
      await far.run(`ip address add ${prefix}::53/64 dev port nodad`);
      await startTranslator(far);
      const mainConf = `[General]\nOnlineCheckIPv6URL=${url}\nOnlineCheckMode=continuous\n`;
      const connman = await lab.startDaemon({ mainConf });
      await connman.until(
        'the name servers',
        () => String(connman.service('eth0')?.properties.Nameservers) === `${prefix}::53`,
      );
      // The first search is over before anyone listens on port 53.
      await lab.machine.until('the first search', async () => /^[1-9]/.test(await refused(far)));
      expect(connman.service('eth0')?.properties.NAT64).toBeUndefined();

      await startDns64(far);

      const shown = () => String(connman.service('eth0')?.properties.NAT64) === `${translated}/96`;
      await connman.until('the prefix', shown, 20_000);
      // No server gave an IPv4 address; the link may have given itself one by then.
      const given = (await lab.machine.addresses('eth0')).filter((address) => !address.startsWith('169.254.'));
      expect(given).toEqual([]);
      expect(await lab.machine.run(['dig', '+short', 'v4.example', 'AAAA'])).toBe('2001:db8:64::c633:6450');
      await connman.untilOnline('eth0', 30_000);
      await network.services.line(/^GET \/online\/status\.html .*host=v4\.example .*from=(::ffff:)?192\.168\.255\./);
    }),
);

/** How many datagrams came to a port that no one listened on. */
async function refused(far: Host): Promise<string> {
  return far.run(['awk', '/^Udp6NoPorts/ { print $2 }', '/proc/net/snmp6']);
}
