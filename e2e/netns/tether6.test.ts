// IPv6 of a shared connection: a machine with two ports, a router that delegates prefixes at one, a client that is a kernel at the other.
import { DhcpClient } from './lab/dhcp-client';
import { startKea6 } from './lab/kea6';
import { inLab, type Lab } from './lab/lab';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(90_000);

const mainConf = '[General]\nPreferredTechnologies=ethernet\nTetheringTechnologies=ethernet\n';
/** The uplink's network, what its router delegates, and a server beyond it. */
const outer = '2001:db8:77:1';
const delegated = '2001:db8:40:';
const beyond = '2001:db8:99::1';

interface Site {
  readonly lab: Lab;
  readonly network: Network;
  readonly client: DhcpClient;
  /** Starts the server that delegates, and the routes of a router that does. */
  delegate(): ReturnType<typeof startKea6>;
}

/** Online by eth0, whose router advertises itself; nothing is shared yet. */
async function onSite(scenario: (site: Site) => Promise<void>): Promise<void> {
  await inLab(ours, async (lab) => {
    const names = ['--address=/server.example/10.77.1.1', `--address=/server.example/${beyond}`];
    const dnsmasq = ['--enable-ra', '--ra-param=port,10', '--dhcp-range=::,constructor:port,ra-only', ...names];
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', dnsmasq });
    await atOnce(lab.machine, 'eth0');
    await network.plug();
    await network.far.run(`ip address add ${outer}::1/64 dev port nodad`);
    // The server, and the name server that the delegating one names.
    for (const address of [beyond, `${outer}::53`]) await network.far.run(`ip address add ${address}/128 dev lo`);
    await network.far.run('sysctl -qw net.ipv6.conf.all.forwarding=1');
    const connman = await lab.startDaemon({ mainConf });
    await connman.untilOnline('eth0');
    await lab.machine.until('a way out', async () => (await lab.machine.run('ip -6 route show default')) !== '');
    const client = await DhcpClient.open(lab, 'eth1', 77);
    await atOnce(client.host, 'port');
    const delegate = async () => {
      const kea = await startKea6(network.far, {
        ...{ network: outer, valid: 3600, preferred: 1800, t1: 900, t2: 1440, rapidCommit: false },
        delegates: '2001:db8:40::',
      });
      const [, own] =
        / inet6 (fe80\S+)\/64/.exec(await lab.machine.run('ip -6 -o address show dev eth0 scope link')) ?? [];
      await network.far.run(`ip -6 route add ${delegated}:/48 via ${own} dev port`);
      return kea;
    };
    try {
      await scenario({ lab, network, client, delegate });
    } finally {
      await client.close();
    }
  });
}

/** Its kernel does not wait before it asks a router or uses an address. */
async function atOnce(host: { run(command: string): Promise<string> }, link: string): Promise<void> {
  const settings = ['router_solicitation_delay=0', 'router_solicitation_interval=1', 'accept_dad=0'];
  await host.run(`sysctl -qw ${settings.map((one) => `net.ipv6.conf.${link}.${one}`).join(' ')}`);
}

const share = async (lab: Lab) => {
  expect(await lab.connmanctl('tether', 'ethernet', 'on')).toMatch(/Enabled tethering for ethernet/);
};
/** Its addresses that are to be used for what is new, with that prefix. */
async function addressesOf({ host }: DhcpClient, prefix: string): Promise<string[]> {
  const lines = (await host.run('ip -6 -o address show dev port scope global -deprecated')).split('\n');
  return lines.flatMap((line) => / inet6 (\S+)\/64/.exec(line)?.[1] ?? []).filter((one) => one.startsWith(prefix));
}
const untilAddress = (client: DhcpClient, prefix: string) =>
  client.host.until(`an address of ${prefix}`, async () => (await addressesOf(client, prefix))[0]);
const resolve = (client: DhcpClient, server: string) =>
  client.host.run(`dig +short +tries=3 +time=5 @${server} server.example AAAA`);
/** The address of the machine at which clients resolve names over IPv6, once the proxy listens on it. */
async function nameserver({ machine, connman }: Lab): Promise<string> {
  const own = async () =>
    / inet6 ((?:2001|fd)\S+)\/64/.exec(await machine.run('ip -6 -o address show dev tether'))?.[1];
  const address = await machine.until('an address of the bridge', own);
  const said = (line: string) => line.includes('ListeningChanged') && line.includes(`"${address}"`);
  await connman.events.until(`the proxy at ${address}`, () => connman.events.items.some(said));
  return address;
}
/** Over TCP to the server beyond the router, which prints the address that it sees. */
const reach = ({ host }: DhcpClient) =>
  host.run([
    ...['timeout', '30', 'bash', '-c'],
    `exec 3<>/dev/tcp/${beyond}/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3`,
  ]);

onlyOurs(
  'without a delegation clients get out by translation; a prefix that is delegated later takes the place of it',
  () =>
    onSite(async ({ lab, network, client, delegate }) => {
      await share(lab);
      await untilAddress(client, 'fd');
      expect(await resolve(client, await nameserver(lab))).toBe(beyond);
      expect(await reach(client)).toContain('200 OK');
      await network.services.line(new RegExp(`from=${outer}:`));

      await delegate();

      const address = await untilAddress(client, delegated);
      // The other one is deprecated: nothing new begins with it.
      await client.host.until('the own prefix deprecated', async () => (await addressesOf(client, 'fd')).length === 0);
      expect(await reach(client)).toContain('200 OK');
      await network.services.line(new RegExp(`from=${address}$`));
    }),
);

onlyOurs(
  'a delegated prefix: names, also of clients, servers, counts, no loop; kept over a crash; given back at the end (RFC 7084, RFC 9096)',
  () =>
    onSite(async ({ lab, network, client, delegate }) => {
      const kea = await delegate();
      await share(lab);
      const address = await untilAddress(client, delegated);
      expect(await resolve(client, await nameserver(lab))).toBe(beyond);
      expect(await reach(client)).toContain('200 OK');
      await network.services.line(new RegExp(`from=${address}$`));
      await client.lease('-x', 'hostname:phone');
      const named = async () => (await client.host.run('dig +short +tries=2 +time=2 phone AAAA')) === address;
      await client.host.until('the name with its IPv6 address', named);
      expect(await client.host.run(`dig +short +tries=2 +time=2 -x ${address}`)).toBe('phone.');
      const [counted] = JSON.parse(await lab.connmanctl('tethering_clients', '--traffic', '--json'));
      expect(counted.properties).toMatchObject({ Name: 'phone', 'IPv4.Sent': 0 });
      expect(counted.properties.Addresses).toContain(address);
      expect(Math.min(counted.properties['IPv6.Sent'], counted.properties['IPv6.Received'])).toBeGreaterThan(300);
      expect(await lab.machine.run('ip -6 route show type unreachable')).toMatch(/unreachable 2001:db8:40:\S*\/56 /);

      const before = lab.machine.kernel.items.length;
      await lab.stopDaemon('SIGKILL');
      expect(await reach(client)).toContain('200 OK');
      await lab.startDaemon();
      await kea.line(/DHCP6_PD_LEASE_RENEW/);
      await lab.connman.until(
        'shared again',
        () => lab.connman.technologies.get('/net/connman/technology/ethernet')?.Tethering === true,
      );
      expect(await addressesOf(client, delegated)).toEqual([address]);
      expect(await reach(client)).toContain('200 OK');
      expect(
        lab.machine.kernel.items.slice(before).filter((line) => /^Deleted .*(tether|2001:db8:40)/.test(line)),
      ).toEqual([]);

      await lab.connmanctl('tether', 'ethernet', 'off');
      await kea.line(/DHCP6_RELEASE_PD /);
      await client.host.until('no way out', async () => (await client.host.run('ip -6 route show default')) === '');
      expect(await addressesOf(client, '')).toEqual([]);
      expect(
        await lab.machine.run('cat /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/ipv6/conf/eth0/accept_ra'),
      ).toBe('0\n1');
      expect(await lab.machine.run('ip -6 route show type unreachable')).toBe('');
    }),
);
