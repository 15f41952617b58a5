/** main.conf read again while links are up: what takes effect, and that nothing is dropped for it. */
import type { EngineConfig } from '../../src/model/config';
import { Bench } from '../simulation/bench';
import { defaultConfig } from '../simulation/daemon';
import { hearNetworks, joinHome } from '../simulation/networks';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const configure = (bench: Bench, config: Partial<EngineConfig>) => {
  bench.daemon.dispatch({ kind: 'configured', config: { ...defaultConfig, ...config } });
  bench.advance(100);
};

test('the same configuration again changes nothing', () => {
  const { bench } = online();
  configure(bench, {});
  expect(bench.done()).toEqual([]);
});

test('what DHCP requests carry counts for the next client, and the lease stays', () => {
  const { bench } = online();
  configure(bench, { vendorClassId: 'other', addressConflictDetection: true });
  expect(bench.done()).toEqual([]);
  expect(bench.state('eth0')).toBe('online');
});

test('a technology that is preferred from now on has the default route at once', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const radio = bench.addRadio('wlan0');
  hearNetworks(radio, 1);
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('192.168.1.5'));
  joinHome(bench, radio);
  bench.advance(1000);
  expect(bench.order()).toEqual(['eth0', 'wlan0']);
  configure(bench, { preferredTechnologies: ['wifi', 'ethernet'] });
  expect(bench.order()).toEqual(['wlan0', 'eth0']);
  expect(bench.routes()[0]).toMatch(/^default via \S+ wlan0$/);
});

test('the online check begins again with another URL, and the service stays online meanwhile', () => {
  const { bench } = online();
  const before = bench.checks.length;
  bench.internet = undefined;
  configure(bench, { online: { ...defaultConfig.online, ipv4Url: 'http://other.test/' } });
  expect(bench.checks.slice(before).map(({ url }) => url)).toEqual(['http://other.test/']);
  expect(bench.state('eth0')).toBe('online');
});

test('in continuous mode from now on a network that loses the internet is demoted', () => {
  const { bench } = online();
  bench.internet = { kind: 'failure', reason: 'no answer', transient: false };
  configure(bench, {
    online: {
      ...defaultConfig.online,
      mode: 'continuous',
      intervals: { initial: 1, max: 1, style: 'geometric' },
      failuresThreshold: 2,
    },
  });
  bench.advance(10_000);
  expect(bench.state('eth0')).toBe('ready');
});

test('with mode none from now on nothing is checked any more', () => {
  const { bench } = online();
  configure(bench, { online: { ...defaultConfig.online, mode: 'none' } });
  expect(bench.daemon.engine.world.online.checks.size).toBe(0);
  expect(bench.state('eth0')).toBe('online');
});

test('fallback name servers are in use at once', () => {
  const { bench } = online();
  configure(bench, { fallbackNameservers: ['192.0.2.53'] as never });
  expect(bench.dnsPlan?.fallbackNameservers).toEqual(['192.0.2.53']);
});

test('one connection at a time from now on ends none that is there before another one is ready', () => {
  const { bench } = twoUplinks();
  configure(bench, { singleConnectedTechnology: true });
  expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['online', 'ready']);
});
