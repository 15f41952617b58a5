// What goes through a tunnel and what does not: routes and names of a full and of a split one, and what happens to them when
// the uplink changes or a daemon is killed.
import { makeCertificates, startTlsServer } from '../dns/tls-server';
import { inLab, type Lab } from '../netns/lab/lab';
import type { Network, NetworkWish } from '../netns/lab/network';
import { offerPrograms } from '../netns/lab/peers';
import { ours } from '../netns/lab/subject';
import { installClient, startOpenVpnServer } from './openvpn-server';
import { VpnSite } from './site';

jest.setTimeout(90_000);

const ident = '10_200_0_1_lab_example';
const service = `vpn_${ident}`;
const names = ['push "dhcp-option DNS 10.8.0.1"', 'push "dhcp-option DOMAIN corp.example"'];
const everything = ['push "redirect-gateway def1"', ...names];
const oneNetwork = ['push "route 10.99.0.0 255.255.0.0"', ...names];

interface Scene {
  readonly site: VpnSite;
  readonly lab: Lab;
  readonly network: Network;
}

interface Place {
  readonly prepare?: (lab: Lab) => Promise<unknown>;
  readonly network?: Partial<NetworkWish>;
  readonly mainConf?: string;
  /** Once the server is up, before the tunnel is. */
  readonly behind?: (lab: Lab, network: Network) => Promise<unknown>;
}

/**
 * The server is at 10.200.0.1, behind the router of each uplink: the machine needs a way to it. 10.99.0.1 is behind the tunnel.
 */
function withTunnel(
  pushes: readonly string[],
  scenario: (scene: Scene) => Promise<void>,
  { prepare, network: wish = {}, mainConf, behind }: Place = {},
): Promise<void> {
  return inLab(ours, async (lab) => {
    await offerPrograms(lab.machine, 'openvpn');
    await prepare?.(lab);
    const { network } = await lab.online(wish, mainConf === undefined ? undefined : { mainConf });
    for (const address of ['10.200.0.1', '10.99.0.1']) await network.far.run(`ip address add ${address}/32 dev lo`);
    const server = await startOpenVpnServer(network.far, ['multihome', ...pushes]);
    await behind?.(lab, network);
    const folder = installClient(lab.machine);
    lab.machine.write(
      '/var/lib/connman-vpn/office.config',
      [
        ...['[provider_office]', 'Type = OpenVPN', 'Name = Office', 'Host = 10.200.0.1', 'Domain = lab.example'],
        ...[`OpenVPN.CACert = ${folder}/ca.crt`, `OpenVPN.Cert = ${folder}/client.crt`],
        ...[`OpenVPN.Key = ${folder}/client.key`, ''],
      ].join('\n'),
    );
    const site = await VpnSite.open(lab);
    await site.during(
      async () => {
        await site.start();
        await site.untilService(service);
        expect(await lab.connmanctl('connect', service)).toMatch(`Connected ${service}`);
        await scenario({ site, lab, network });
      },
      () => ({ server }),
    );
  });
}

const way = async (lab: Lab, address: string) => {
  const line = await lab.machine.run(['ip', 'route', 'get', address]);
  return / dev (\S+)/.exec(line)?.[1];
};
const orderOf = ({ connman }: Lab) => connman.services.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));

test('a full tunnel takes all traffic but its own packets, and is the first service', () =>
  withTunnel(everything, async ({ lab, site }) => {
    expect(await way(lab, '198.51.100.1')).toBe('vpn0');
    expect(await way(lab, '10.200.0.1')).toBe('eth0');
    await site.pingThrough('10.99.0.1');
    expect(orderOf(lab)[0]).toBe(service);
    const [vpn] = lab.connman.services;
    expect(vpn?.properties.Provider).toMatchObject({
      Host: '10.200.0.1',
      Type: 'openvpn',
      SplitRouting: false,
    });
    expect(vpn?.properties.Immutable).toBe(true);
    await lab.connmanctl('disconnect', service);
    await site.until('it idle', () => site.signals.items.includes('State "idle"'));
    await lab.connman.until('the way back', () => orderOf(lab)[0] !== service);
    expect(await way(lab, '198.51.100.1')).toBe('eth0');
    expect(await lab.machine.run('ip route')).not.toMatch(/10\.200\.0\.1/);
  }));

test('a split tunnel takes its networks and no more', () =>
  withTunnel(oneNetwork, async ({ lab, site }) => {
    expect(await way(lab, '198.51.100.1')).toBe('eth0');
    expect(await way(lab, '10.99.0.1')).toBe('vpn0');
    expect(orderOf(lab)[1]).toBe(service);
    await site.pingThrough('10.99.0.1');
  }));

test("routes that the uplink's DHCP server names (option 121) draw nothing past a full tunnel (CVE-2024-3661)", () => {
  // Both halves of the internet, and the network behind the tunnel, by a neighbour that would pass them on.
  const halves = '0.0.0.0/1,10.77.1.7,128.0.0.0/1,10.77.1.7,10.99.0.0/16,10.77.1.7,0.0.0.0/0,10.77.1.1';
  return withTunnel(
    everything,
    async ({ lab, site }) => {
      for (const address of ['198.51.100.1', '8.8.8.8', '10.99.0.1']) expect(await way(lab, address)).toBe('vpn0');
      expect(await way(lab, '10.200.0.1')).toBe('eth0');
      await site.pingThrough('10.99.0.1');
      expect(await lab.machine.run('ip route')).not.toMatch(/10\.77\.1\.7/);
      await lab.connmanctl('disconnect', service);
      await lab.connman.until('the way back', () => orderOf(lab)[0] !== service);
      await lab.machine.until('its routes again', async () =>
        /128\.0\.0\.0\/1 via 10\.77\.1\.7/.test(await lab.machine.run('ip route')),
      );
    },
    {
      network: { dnsmasq: [`--dhcp-option-force=121,${halves}`] },
      async behind(lab, { far }) {
        await far.run('ip address add 10.77.1.7/24 dev port');
        expect(await lab.machine.run('ip route')).toMatch(/^0\.0\.0\.0\/1 via 10\.77\.1\.7/m);
      },
    },
  );
});

test("a VPN's own DNSOverTLS: its names are asked over TLS through the tunnel, those of the uplink in the clear", () =>
  withTunnel(
    oneNetwork,
    async ({ lab }) => {
      const dig = async (name: string) =>
        (await lab.machine.run(['dig', '+short', '+tries=1', '+time=5', '@127.0.0.1', name])).trim();
      expect(await dig('www.corp.example')).toBe('192.0.2.1');
      expect(await dig('www.site.example')).toBe('10.66.66.66');
      const servers = await lab.connmanctl('dns');
      expect(servers).toMatch(/\n {2}10\.8\.0\.1 port 853, TLS strict: /);
      expect(servers).toMatch(/\n {2}10\.77\.1\.1 port 53: /);
    },
    {
      network: { dnsmasq: ['--address=/site.example/10.66.66.66', '--address=/corp.example/10.66.66.66'] },
      mainConf: [
        ...['[General]', 'PreferredTechnologies=ethernet', 'DNSOverTLSCAFile=/run/ca.pem'],
        ...['DNSOverTLSServerNames=10.8.0.1#dns.corp.example', ''],
      ].join('\n'),
      prepare: async ({ machine }) =>
        machine.write(
          `/var/lib/connman/${service}/settings`,
          `[${service}]\nFavorite=true\nAutoConnect=false\nDNSOverTLS=strict\n`,
        ),
      async behind({ machine }, { far }) {
        machine.write('/run/ca.pem', await makeCertificates(far, 'DNS:dns.corp.example'));
        await startTlsServer(far, '10.8.0.1', { 'corp.example': '192.0.2.1' });
      },
    },
  ));

test('connmand restarted: not a packet through the tunnel is lost', () =>
  withTunnel(everything, async ({ lab }) => {
    const ping = lab.start(['ping', '-n', '-i', '0.05', '-c', '80', '10.99.0.1']);
    await ping.line(/icmp_seq=2 /);
    await lab.stopDaemon('SIGTERM');
    await lab.startDaemon();
    await lab.connman.until('the tunnel', () =>
      lab.connman.services.some(
        ({ path, properties }) => path.endsWith(service) && /ready|online/.test(String(properties.State)),
      ),
    );
    await ping.exited;
    expect(ping.output.tail()).toMatch(/ 0% packet loss/);
    expect(await way(lab, '198.51.100.1')).toBe('vpn0');
    expect(await way(lab, '10.200.0.1')).toBe('eth0');
  }));

test('both daemons killed: not a packet through the tunnel is lost, and none goes past it', () =>
  withTunnel(everything, async ({ lab, site }) => {
    const ping = lab.start(['ping', '-n', '-i', '0.05', '-c', '120', '10.99.0.1']);
    await ping.line(/icmp_seq=2 /);
    await site.kill();
    await lab.stopDaemon('SIGKILL');
    expect(await way(lab, '198.51.100.1')).toBe('vpn0');
    await lab.startDaemon();
    await site.start();
    await lab.connman.until('the tunnel', () => orderOf(lab)[0] === service);
    await ping.exited;
    expect(ping.output.tail()).toMatch(/ 0% packet loss/);
    await lab.connmanctl('disconnect', service);
    await site.until('it idle', () => site.signals.items.at(-1) === 'State "idle"');
    expect(await lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
  }));

test('over another uplink the tunnel is back within its handshake and five seconds', () => {
  let second: Network;
  const lay = async (lab: Lab) => {
    second = await lab.network({ link: 'eth1', subnet: '10.78.1' });
  };
  return withTunnel(
    everything,
    async ({ lab, network }) => {
      // The second network's router knows the way to the server behind the first.
      await second.far.connect({ link: 'inner', ifindex: 700 }, network.far, { link: 'outer', ifindex: 701 });
      for (const [host, link, address] of [
        [second.far, 'inner', '192.0.2.2/30'],
        [network.far, 'outer', '192.0.2.1/30'],
      ] as const) {
        await host.run(`ip address add ${address} dev ${link}`);
        await host.run(`ip link set ${link} up`);
      }
      await second.far.run('sysctl -w net.ipv4.ip_forward=1');
      await second.far.run('ip route add 10.200.0.1/32 via 192.0.2.1');
      await network.far.run('ip route add 10.78.1.0/24 via 192.0.2.2');
      await second.plug();
      await lab.connman.until('the second uplink', () => /ready|online/.test(String(lab.connman.serviceState('eth1'))));
      expect(await way(lab, '10.200.0.1')).toBe('eth0');
      await network.unplug();
      await lab.connman.until('the first uplink gone', () => lab.connman.service('eth0') === undefined);
      const begun = performance.now();
      // All traffic waits for the tunnel; none takes the bare uplink.
      expect(await way(lab, '198.51.100.1')).toBe('vpn0');
      expect(await way(lab, '10.200.0.1')).toBe('eth1');
      const ping = lab.start(['ping', '-n', '-i', '0.2', '10.99.0.1']);
      await ping.line(/bytes from/, 15_000);
      const took = performance.now() - begun;
      await ping.stop('SIGINT');
      expect(took).toBeLessThan(8_000);
    },
    { prepare: lay },
  );
});
