/** DHCPv6: what routers say of it, and what its servers give. */
import type { Dhcp6Event } from '@connman/contracts';
import type { Duid, Ipv6Address } from '@connman/inet';
import type { RouterFlags } from '@connman/netlink';
import { dadFailed } from '../../src/model/observed/tables';
import type { ServiceSettings } from '../../src/model/service/settings';
import type { Bench } from '../simulation/bench';
import { lease6Of, leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

const managed = { managed: true, other: true };
const other = { managed: false, other: true };
const address = '2001:db8::1234' as Ipv6Address;

const routerSays = (bench: Bench, ifindex: number, flags?: RouterFlags) =>
  bench.daemon.dispatch({ kind: 'kernel', facts: [{ kind: 'router-flags', ifindex, ...(flags && { flags }) }] });
const bound = (ifindex: number, validSeconds?: number): Dhcp6Event => ({
  kind: 'bound',
  family: 6,
  ifindex,
  lease: lease6Of(address, validSeconds),
  ageSeconds: 0,
});
const own6 = (bench: Bench, ifindex: number) =>
  bench.kernel.addressesOf(ifindex, 6).map((own) => `${own.address}/${own.prefixLength}`);

function leased(validSeconds?: number) {
  const { bench, eth0 } = online();
  routerSays(bench, eth0, managed);
  bench.dhcp.say6(bound(eth0, validSeconds));
  return { bench, eth0 };
}

test('a router that manages addresses has a client started, and its lease makes the service ready over IPv6', () => {
  const { bench, eth0 } = online();
  routerSays(bench, eth0, managed);
  expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 IPv6 stateful']);
  expect(bench.dhcp.running6.get(eth0)).toMatchObject({ address: true, iaid: 0x00000001 });
  bench.dhcp.say6(bound(eth0));
  expect(bench.done('change', 'dns')).toEqual([
    `put-address eth0 ${address}/128 for 3600 s`,
    expect.stringContaining('2001:db8::53'),
  ]);
  bench.advance(2000);
  expect(bench.service('eth0')?.families[6].state).toBe('online');
});

test('a router that has other configuration alone gets names, and no address', () => {
  const { bench, eth0 } = online();
  routerSays(bench, eth0, other);
  expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 IPv6 stateless']);
  const { configuration } = lease6Of(address);
  bench.dhcp.say6({ kind: 'configured', family: 6, ifindex: eth0, configuration });
  expect(bench.done('dns').at(-1)).toContain('2001:db8::53');
  expect([own6(bench, eth0), bench.service('eth0')?.families[6].state]).toEqual([[], 'configuration']);
});

test('the API of a captive portal that the server names is part of the path of the check (RFC 8910 option 103)', () => {
  const { bench, eth0 } = online();
  routerSays(bench, eth0, managed);
  const { configuration, ...lease } = lease6Of(address);
  const captivePortalUrl = 'https://portal.test/api';
  bench.dhcp.say6({
    ...bound(eth0),
    lease: { ...lease, configuration: { ...configuration, captivePortalUrl } },
  } as Dhcp6Event);
  bench.advance(2000);
  expect(bench.checks.at(-1)).toMatchObject({ family: 6, portalApi: captivePortalUrl });
});

test('a router that changes its flags all the time has the client changed once', () => {
  const { bench, eth0 } = online();
  for (let i = 0; i < 50; i++) for (const flags of [other, managed, undefined]) routerSays(bench, eth0, flags);
  expect(bench.done('dhcp-start', 'dhcp-stop')).toEqual([
    'dhcp-start eth0 IPv6 stateless',
    'dhcp-start eth0 IPv6 stateful',
  ]);
});

test.each(['refused', 'expired', 'not-on-link', 'conflict'] as const)(
  'a lease that is lost (%s) takes its address along',
  (reason) => {
    const { bench, eth0 } = leased();
    expect(own6(bench, eth0)).toEqual([`${address}/128`]);
    bench.dhcp.say6({ kind: 'lost', family: 6, ifindex: eth0, reason });
    expect(own6(bench, eth0)).toEqual([]);
  },
);

test('what the kernel has taken away at its end is not put back', () => {
  const { bench } = leased(60);
  bench.done();
  bench.advance(120_000);
  expect(bench.done('change').filter((change) => change.startsWith('put-address'))).toEqual([]);
});

test('an address that another host has, as the kernel finds, is declined once', () => {
  const { bench } = leased();
  bench.done();
  const [own] = bench.kernel.dump().addresses.filter((one) => one.address === address);
  if (!own) throw new Error('no address');
  const fact = { kind: 'address', address: { ...own, flags: dadFailed } } as const;
  for (let i = 0; i < 3; i++) bench.daemon.dispatch({ kind: 'kernel', facts: [fact] });
  expect(bench.done('dhcp-decline')).toEqual([`dhcp-decline eth0 ${address}`]);
});

test('the client goes with the cable, with IPv6 set off, and with the user', () => {
  const { bench, eth0 } = leased();
  bench.done();
  bench.ask({
    kind: 'configure',
    service: bench.idOf('eth0'),
    setting: { name: 'IPv6.Configuration', value: { method: 'off', privacy: 'disabled' } },
  });
  expect(bench.done('dhcp-stop')).toEqual(['dhcp-stop eth0 IPv6 with release']);
  const other = leased();
  other.bench.done();
  other.bench.kernel.plug(other.eth0, false);
  expect(other.bench.done('dhcp-stop')).toContain('dhcp-stop eth0 IPv6');
  expect(own6(bench, eth0)).toEqual([]);
});

test('who we are is made once, kept, and the same at the next start', () => {
  const { bench, eth0 } = leased();
  const duid = bench.dhcp.running6.get(eth0)?.duid;
  expect(duid).toMatch(/^00010001[0-9a-f]{8}020000000001$/);
  bench.advance(1000);
  bench.restart();
  routerSays(bench, eth0, managed);
  expect(bench.dhcp.running6.get(eth0)?.duid).toBe(duid);
});

test('a DUID that ConnMan has stored for the service is taken over', () => {
  const { bench, eth0 } = online();
  bench.advance(1000);
  bench.kill();
  const [[id, settings] = []] = bench.disk.read().services;
  const duid = '00010001aabbccdd020000000099' as Duid;
  const known = {
    ...bench.daemon.engine.world.services.get(id ?? ''),
    settings: { ...(settings as ServiceSettings), duid },
  };
  bench.disk.writeService(known as never);
  bench.restart();
  routerSays(bench, eth0, managed);
  expect(bench.dhcp.running6.get(eth0)?.duid).toBe(duid);
});

test('a leased address stays over a restart until the server speaks', () => {
  const { bench, eth0 } = leased();
  bench.advance(2000);
  bench.done();
  bench.restart();
  expect([own6(bench, eth0), bench.done('change')]).toEqual([[`${address}/128`], []]);
  expect(bench.service('eth0')?.families[6].state).toBe('ready');
});

describe('a lease is kept', () => {
  test('over a crash with all that came with it, and is confirmed, not asked for from scratch', () => {
    const { bench, eth0 } = leased();
    bench.advance(1000);
    bench.kill();
    bench.dhcp.running6.clear();
    bench.daemon = bench.newDaemon();
    bench.start();
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    expect(own6(bench, eth0)).toEqual([`${address}/128`]);
    expect(bench.dnsPlan?.links[0]?.nameservers).toContain('2001:db8::53');
    routerSays(bench, eth0, managed);
    expect(bench.dhcp.running6.get(eth0)?.held).toEqual({ lease: lease6Of(address), ageSeconds: 1 });
  });

  test('over half a second without carrier, but not over a minute, in which the cable may have been put elsewhere', () => {
    for (const [awayMs, isHeld] of [
      [500, true],
      [60_000, false],
    ] as const) {
      const { bench, eth0 } = leased();
      bench.kernel.plug(eth0, false);
      bench.advance(awayMs);
      bench.kernel.plug(eth0, true);
      bench.advance(100);
      routerSays(bench, eth0, managed);
      expect([awayMs, bench.dhcp.running6.get(eth0)?.held !== undefined]).toEqual([awayMs, isHeld]);
    }
  });

  test('until it is lost or given back', () => {
    for (const end of [
      (bench: Bench, ifindex: number) => bench.dhcp.say6({ kind: 'lost', family: 6, ifindex, reason: 'refused' }),
      (bench: Bench) => bench.ask({ kind: 'disconnect', service: bench.idOf('eth0') }),
    ]) {
      const { bench, eth0 } = leased();
      expect([...bench.disk.read().leases6.keys()]).toEqual([bench.idOf('eth0')]);
      end(bench, eth0);
      expect(bench.disk.read().leases6.size).toBe(0);
    }
  });
});
