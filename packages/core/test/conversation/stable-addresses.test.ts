/** IPv6StableAddresses: whose secret a link's addresses are made of, and when the kernel goes by what it went by before (ADR 33). */

import { Bench } from '../simulation/bench';
import { defaultConfig } from '../simulation/daemon';
import { leaseOf } from '../simulation/scripted-dhcp';

const mode = 'net/ipv6/conf/eth0/addr_gen_mode';
const secret = 'net/ipv6/conf/eth0/stable_secret';
const kinds = ['stable-addresses', 'sysctl-restore', 'sysctl'] as const;

function connected(stableAddresses = true) {
  const bench = new Bench({ stableAddresses });
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  return { bench, eth0 };
}

const switches = (bench: Bench) => bench.done(...kinds).filter((text) => /stable|addr_gen|disable_ipv6/.test(text));

test('addresses are made of the hardware address as ever where it is not asked for', () => {
  const { bench } = connected(false);
  expect(switches(bench).join()).not.toMatch(/stable|addr_gen/);
  expect(bench.sysctls.read(mode)).toBe('0');
});

test('the kernel has the service’s secret before IPv6 is switched on', () => {
  const { bench } = connected();
  expect(switches(bench)).toEqual([
    `stable-addresses eth0 of ${bench.idOf('eth0')}`,
    'sysctl net/ipv6/conf/eth0/disable_ipv6 0',
  ]);
  expect(bench.sysctls.read(mode)).toBe('2');
});

test('while IPv6 is up its routers are asked, for the kernel asks them once and makes addresses when one speaks', () => {
  const { bench, eth0 } = connected(false);
  bench.advertise('eth0', '2001:db8:1::');
  bench.advance(2000);
  bench.kernel.passOn(eth0, [{ kind: 'search-domains', domains: ['a.test'], lifetimeSeconds: 0xffffffff }]);
  bench.advance(60_000);
  const asked = (stableAddresses: boolean) => {
    bench.done();
    bench.daemon.dispatch({ kind: 'configured', config: { ...defaultConfig, stableAddresses } });
    bench.advance(1000);
    return bench.done('solicit-router');
  };
  expect([asked(false), asked(true), asked(true), asked(false)]).toEqual([
    [],
    ['solicit-router eth0'],
    [],
    ['solicit-router eth0'],
  ]);
});

test('a restart and a cable that was out change nothing', () => {
  const { bench, eth0 } = connected();
  const before = bench.sysctls.read(secret);
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  bench.kernel.plug(eth0, true);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  bench.restart();
  bench.advance(1000);
  expect([bench.sysctls.read(mode), bench.sysctls.read(secret)]).toEqual(['2', before]);
  expect(switches(bench).join()).not.toContain('sysctl-restore');
});

test('a service that is disconnected gives back what the kernel went by, once IPv6 is off', () => {
  const { bench } = connected();
  switches(bench);
  bench.ask({ kind: 'disconnect', service: bench.idOf('eth0') });
  bench.advance(1000);
  expect(switches(bench)).toEqual(['sysctl net/ipv6/conf/eth0/disable_ipv6 1', `sysctl-restore ${mode}`]);
  expect(bench.sysctls.read(mode)).toBe('0');
});

test.each([
  ['off', { method: 'off', privacy: 'disabled' }],
  ['manual', { method: 'manual', privacy: 'disabled', address: '2001:db8:2::5', prefixLength: 64 }],
] as const)('IPv6 %s: it is given back', (_, value) => {
  const { bench } = connected();
  bench.ask({
    kind: 'configure',
    service: bench.idOf('eth0'),
    setting: { name: 'IPv6.Configuration', value: value as never },
  });
  bench.advance(1000);
  expect(bench.sysctls.read(mode)).toBe('0');
});

test('main.conf without the key gives it back: at a reload, and by the next run after a crash', () => {
  const { bench } = connected();
  bench.daemon.dispatch({ kind: 'configured', config: { ...defaultConfig, stableAddresses: false } });
  expect(bench.sysctls.read(mode)).toBe('0');
  bench.daemon.dispatch({ kind: 'configured', config: { ...defaultConfig, stableAddresses: true } });
  expect(bench.sysctls.read(mode)).toBe('2');
  bench.kill();
  const next = new Bench({ stableAddresses: false });
  Object.assign(next, { clock: bench.clock, kernel: bench.kernel, sysctls: bench.sysctls, disk: bench.disk });
  next.daemon = next.newDaemon();
  next.start();
  next.advance(1000);
  expect(next.sysctls.read(mode)).toBe('0');
});
