/** A router comes back with another prefix, and says nothing of the one before (RFC 8978). */
import type { IpAddress } from '@connman/inet';
import type { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

const before = '2001:db8:a::';
const fresh = '2001:db8:b::';
const router = 'fe80::1';
const hour = 3600;

const advertise = (bench: Bench, prefix: string, from = router) => {
  const { ifindex = 0 } = bench.kernel.dump().links.find(({ name }) => name === 'eth0') ?? {};
  bench.kernel.advertise(ifindex, from as IpAddress, { address: prefix as IpAddress, length: 64 }, hour);
};
const address = (bench: Bench, eth0: number) =>
  bench.kernel.addressesOf(eth0, 6).flatMap((own) => (own.flags & 0x20 ? [] : [own.address.split('::')[0]]));

/** Online by eth0, whose router has advertised the first prefix for a while and then the other one. */
function renumbered(answers: readonly string[], more: (bench: Bench) => void = () => {}) {
  const { bench, eth0 } = online();
  advertise(bench, before);
  bench.advance(60_000);
  more(bench);
  const answer = () => {
    for (const prefix of answers) advertise(bench, prefix);
  };
  bench.onSolicit = () => bench.clock.setTimer(400, answer);
  bench.done();
  advertise(bench, fresh);
  bench.advance(10_000);
  return { bench, eth0, done: bench.done('solicit-router', 'deprecate-address') };
}

test('the router is asked, and what it does not advertise any more is deprecated', () => {
  const { bench, eth0, done } = renumbered([fresh]);
  expect(done).toEqual(['solicit-router eth0', expect.stringMatching(/^deprecate-address eth0 2001:db8:a:/)]);
  expect(address(bench, eth0)).toEqual(['2001:db8:b']);
  bench.advance(600_000);
  expect(bench.done('solicit-router', 'deprecate-address')).toEqual([]);
});

test('an address that another one of its prefix takes the place of is deprecated (RFC 7217)', () => {
  const { bench, eth0 } = online();
  advertise(bench, before);
  bench.advance(60_000);
  const at = { ifindex: eth0, address: `${before}77` as IpAddress, prefixLength: 64 };
  // The kernel makes another one of what it hears, and renews it alone.
  const renew = () => bench.kernel.putAddress({ ...at, validSeconds: hour, protocol: 2 });
  bench.onSolicit = () => bench.clock.setTimer(400, renew);
  renew();
  bench.advance(10_000);
  expect(bench.done('deprecate-address', 'log').filter((text) => text.includes('deprecate'))).toEqual([
    expect.stringMatching(/2001:db8:a:\S*: another one of its prefix has taken its place; deprecated/),
    expect.stringMatching(/^deprecate-address eth0 2001:db8:a:.*ff:fe/),
  ]);
});

test('a router that has both after all keeps both', () => {
  const { bench, eth0, done } = renumbered([fresh, before]);
  expect(done).toEqual(['solicit-router eth0']);
  expect(address(bench, eth0)).toEqual(['2001:db8:a', '2001:db8:b']);
});

test('no answer deprecates nothing; the next advertisement is another reason to ask', () => {
  const { bench, done } = renumbered([]);
  expect(done).toEqual(['solicit-router eth0']);
  advertise(bench, fresh);
  bench.advance(10_000);
  expect(bench.done('solicit-router', 'deprecate-address')).toEqual(['solicit-router eth0']);
});

test('with two routers each may have a prefix of its own', () => {
  const { done } = renumbered([fresh], (bench) => advertise(bench, before, 'fe80::2'));
  expect(done).toEqual([]);
});

test('a default route of ours by the same router counts for no other, as with two uplinks', () => {
  const { done } = renumbered([fresh], (bench) => {
    const eth1 = bench.addLink('eth1');
    bench.advance(100);
    bench.kernel.advertise(eth1, 'fe80::9' as IpAddress, { address: '2001:db8:9::' as IpAddress, length: 64 });
    bench.advance(2000);
    const ours = bench.kernel.dump().routes.filter(({ family, metric }) => family === 6 && metric === 512);
    expect(ours.map(({ gateway }) => gateway)).toEqual([router]);
  });
  expect(done).toEqual(['solicit-router eth0', expect.stringMatching(/^deprecate-address eth0 2001:db8:a:/)]);
});

test('an address that a user has set, or DHCPv6, is none of a router', () => {
  const { bench, eth0 } = online();
  bench.kernel.putAddress({
    ifindex: eth0,
    address: '2001:db8:c::5' as IpAddress,
    prefixLength: 64,
    validSeconds: hour,
  });
  bench.advance(60_000);
  bench.onSolicit = () => advertise(bench, fresh);
  advertise(bench, fresh);
  bench.advance(10_000);
  expect(bench.done('deprecate-address')).toEqual([]);
});

test('after a replug an address of the network before, which the kernel keeps, is none of the next one, until a router renews it', () => {
  const { bench, eth0 } = online();
  advertise(bench, before);
  bench.advance(2000);
  const state = () => bench.service('eth0')?.families[6].state;
  expect(state()).toBe('online');
  bench.kernel.plug(eth0, false);
  bench.advance(20_000);
  bench.kernel.plug(eth0, true);
  bench.dhcp.bound(eth0, leaseOf('10.0.9.5'));
  bench.advance(10_000);
  expect([address(bench, eth0), bench.state('eth0'), state()]).toEqual([['2001:db8:a'], 'online', 'configuration']);
  expect(bench.checks.filter(({ family }) => family === 6)).toHaveLength(1);
  advertise(bench, before);
  bench.advance(2000);
  expect(state()).toBe('online');
});
