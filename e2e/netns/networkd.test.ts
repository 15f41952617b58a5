// What routers do to a machine's IPv6, beside the reference: the same router in the same laboratory for connmand and systemd-networkd.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Child } from './lab/child';
import { advertise as flood } from './lab/floods';
import { peersFolder } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { peerEnvironment } from './lab/peers';
import { ours } from './lab/subject';

jest.setTimeout(120_000);

type Manager = 'connmand' | 'systemd-networkd';
/** The reference by hand: E2E_SUBJECT=networkd. */
const managers: readonly Manager[] = process.env.E2E_SUBJECT === 'networkd' ? ['systemd-networkd'] : ['connmand'];

const networkd = ['/lib', `${peersFolder}/lib`].map((folder) => `${folder}/systemd/systemd-networkd`).find(existsSync);
const networkFile = '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=yes\nLinkLocalAddressing=ipv6\n';

async function start(lab: Lab, manager: Manager): Promise<void> {
  if (manager === 'connmand') return void (await lab.startDaemon());
  if (networkd === undefined) throw new Error('no systemd-networkd; tools/setup test unpacks it');
  lab.machine.write('/etc/systemd/network/eth0.network', networkFile);
  lab.machine.write('/etc/machine-id', 'b08dfa6083e7567a1921a715000001fb\n');
  // To networkd a /sys that cannot be written means that no udev announces links.
  await lab.machine.run('mount -o remount,bind,ro /sys');
  lab.start([networkd], { env: peerEnvironment() });
}

/** A host behind the router. */
const beyond = '2001:db8:99::1';

interface Address {
  readonly local: string;
  readonly valid_life_time: number;
  readonly deprecated?: boolean;
}

async function globals(lab: Lab): Promise<Address[]> {
  const text = await lab.machine.run('ip -j -6 address show dev eth0 scope global');
  const [link] = JSON.parse(text || '[]') as { addr_info?: (Address & { tentative?: boolean })[] }[];
  return (link?.addr_info ?? []).filter(({ local, tentative }) => local && !tentative);
}

const of = (addresses: readonly Address[], prefix: string) => addresses.find(({ local }) => local.startsWith(prefix));

async function radvd({ far }: Network, prefix: string, lifetimes: string, routes = ''): Promise<Child> {
  far.write(
    '/run/radvd.conf',
    `interface port { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; prefix ${prefix}/64 { ${lifetimes} }; ${routes} };\n`,
  );
  const program = `${peersFolder}/usr/sbin/radvd`;
  const child = far.start([program, '-n', '-m', 'stderr', '-d', '1', '-C', '/run/radvd.conf', '-p', '/run/radvd.pid']);
  await child.line(/version .* started/);
  return child;
}

/** The manager, and a router whose first prefix gives an address. */
async function routed(manager: Manager, scenario: (lab: Lab, network: Network, router: Child) => Promise<void>) {
  await inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.far.run('sysctl -qw net.ipv6.conf.all.forwarding=1');
    await network.plug();
    const router = await radvd(network, '2001:db8:a::', 'AdvValidLifetime 86400; AdvPreferredLifetime 14400;');
    await start(lab, manager);
    await lab.machine.until('an address', async () => of(await globals(lab), '2001:db8:a:'), 20_000);
    await scenario(lab, network, router);
  });
}

/** What each of them does; the reference's of version 252, others are not tried. */
const expected: Record<Manager, { deprecates: boolean; leastLifetime: number; ofFragments: number; ofFlood: number }> =
  {
    // The kernel has 16 addresses of a link, the link-local one among them.
    connmand: { deprecates: true, leastLifetime: 7000, ofFragments: 0, ofFlood: 15 },
    'systemd-networkd': { deprecates: false, leastLifetime: 0, ofFragments: 20, ofFlood: 200 },
  };

const isKnown = (manager: Manager) =>
  manager === 'connmand' || spawnSync(networkd ?? '', ['--version'], { encoding: 'utf8' }).stdout?.includes('252');

for (const manager of managers.filter(isKnown)) {
  const { deprecates, leastLifetime, ofFragments, ofFlood } = expected[manager];

  onlyOurs(
    `${manager}: a router is restarted with another prefix and does not withdraw the one before (RFC 9096)`,
    () =>
      routed(manager, async (lab, network, router) => {
        await router.stop('SIGKILL');
        await radvd(network, '2001:db8:b::', 'AdvValidLifetime 86400; AdvPreferredLifetime 14400;');
        const address = async () => of(await globals(lab), '2001:db8:b:');
        await lab.machine.until('an address of the second prefix', address, 20_000);
        const isDeprecated = async () => of(await globals(lab), '2001:db8:a:')?.deprecated === true;
        if (deprecates) await lab.machine.until('the first one deprecated', isDeprecated, 20_000);
        else expect(await isDeprecated()).toBe(false);
      }),
  );

  onlyOurs(
    `${manager}: what one advertisement of 60 s leaves of a lifetime (RFC 4862 section 5.5.3 e: two hours)`,
    () =>
      routed(manager, async (lab, network, router) => {
        await router.stop('SIGKILL');
        await radvd(network, '2001:db8:a::', 'AdvValidLifetime 60; AdvPreferredLifetime 30;');
        const left = async () => of(await globals(lab), '2001:db8:a:')?.valid_life_time ?? 0;
        await lab.machine.until('the shorter lifetime', async () => (await left()) <= 7200, 20_000);
        expect(await left()).toBeGreaterThan(leastLifetime);
        if (leastLifetime === 0) expect(await left()).toBeLessThanOrEqual(60);
      }),
  );

  onlyOurs(
    `${manager}: addresses of advertisements with another hop limit than 255, and of fragmented ones (RFC 6980)`,
    () =>
      routed(manager, async (lab, network) => {
        await flood(network, 20, '2001:db9', '64');
        await flood(network, 20, '2001:dba', '255', '1800', '1');
        await flood(network, 1, '2001:dbb');
        const count = async (prefix: string) =>
          (await globals(lab)).filter(({ local }) => local.startsWith(prefix)).length;
        await lab.machine.until('the address of the proper one', async () => (await count('2001:dbb:')) === 1, 20_000);
        await lab.machine.until('those of fragments', async () => (await count('2001:dba:')) === ofFragments, 20_000);
        expect(await count('2001:db9:')).toBe(0);
      }),
  );

  onlyOurs(
    `${manager}: of two routers one that is dead is passed over; one that says goodbye takes its default route and its prefix along`,
    () =>
      routed(manager, async (lab, network, first) => {
        await first.stop('SIGKILL');
        const lasting = 'AdvValidLifetime 86400; AdvPreferredLifetime 14400; DeprecatePrefix on;';
        const router = await radvd(network, '2001:db8:a::', lasting);
        await network.far.run(`ip address add ${beyond}/128 dev lo`);
        await network.far.run('ip address add 2001:db8:a::1/64 dev port nodad');
        // It responds to no one: what it advertises is all there is of it.
        await flood(network, 1, '2001:db9');
        const ways = async () => (await lab.machine.run('ip -6 route show default')).match(/ fe80:\S+/g)?.sort() ?? [];
        await lab.machine.until('both routers', async () => (await ways()).length === 2, 20_000);
        const from = of(await globals(lab), '2001:db8:a:')?.local ?? '';
        await lab.machine.run(['ping', '-6', '-c', '1', '-i', '0.2', '-w', '15', '-I', from, beyond]);

        await router.stop('SIGTERM');
        const isDeprecated = async () => of(await globals(lab), '2001:db8:a:')?.deprecated === true;
        await lab.machine.until('its prefix deprecated', isDeprecated, 20_000);
        await lab.machine.until('the other router alone', async () => (await ways()).join() === ' fe80::ee', 20_000);
      }),
  );

  onlyOurs(`${manager}: addresses of a hostile router that advertises 10,000 prefixes`, () =>
    routed(manager, async (lab, network) => {
      await flood(network, 10_000);
      await lab.machine.until('all it takes', async () => (await globals(lab)).length >= ofFlood, 30_000);
      if (manager === 'connmand') expect(await globals(lab)).toHaveLength(ofFlood);
    }),
  );
}

onlyOurs('more specific routes of a router are taken, and one to half of the internet is not (RFC 4191)', () =>
  routed('connmand', async (lab, network, router) => {
    await router.stop('SIGKILL');
    const route = (prefix: string) => `route ${prefix} { AdvRouteLifetime 600; AdvRoutePreference high; };`;
    await radvd(
      network,
      '2001:db8:a::',
      'AdvValidLifetime 86400; AdvPreferredLifetime 14400;',
      `${route('fd77::/16')} ${route('2001:db8:77::/48')} ${route('2000::/3')}`,
    );
    const routes = () => lab.machine.run('ip -6 route show dev eth0 proto ra');
    const isThere = async (prefix: string) => (await routes()).includes(`${prefix} via fe80::`);
    for (const prefix of ['fd77::/16', '2001:db8:77::/48'])
      await lab.machine.until(`the route to ${prefix}`, () => isThere(prefix), 20_000);
    expect(await routes()).not.toContain('2000::/3');
  }),
);
