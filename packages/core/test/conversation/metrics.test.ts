/** What is counted of connections while they come and go. */
import { engineInCopyOf } from '../../src/shell/publish/copy-of-world';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const metricsOf = (bench: Bench) => bench.daemon.engine.world.metrics;
const timesOf = (bench: Bench) => metricsOf(bench).timeToOnline.get('ethernet');
const sum = (counts: readonly number[] = []) => counts.reduce((total, count) => total + count, 0);

test('a connection is counted as it becomes ready, with the time until it was online', () => {
  const { bench } = online();
  expect([metricsOf(bench).connects.get('ethernet'), metricsOf(bench).failures.size]).toEqual([1, 0]);
  expect(sum(timesOf(bench)?.counts)).toBe(1);
  expect(timesOf(bench)?.sumSeconds).toBeLessThan(1);
});

test('a service that was online, fell back to ready and is online again has come online once', () => {
  const { bench, eth0 } = online();
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  bench.kernel.plug(eth0, true);
  bench.advance(1000);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.state('eth0')).toBe('online');
  expect([metricsOf(bench).connects.get('ethernet'), sum(timesOf(bench)?.counts)]).toEqual([2, 2]);
});

test('the default route that moves to another link is counted, one that comes back to the same is not', () => {
  const { bench, eth0 } = twoUplinks();
  expect(metricsOf(bench).routeSwitches).toBe(0);
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  expect(metricsOf(bench).routeSwitches).toBe(1);
  const alone = online();
  alone.bench.kernel.plug(alone.eth0, false);
  alone.bench.advance(1000);
  alone.bench.kernel.plug(alone.eth0, true);
  alone.bench.advance(1000);
  alone.bench.dhcp.bound(alone.eth0, leaseOf('10.0.0.5'));
  alone.bench.advance(1000);
  expect([alone.bench.state('eth0'), metricsOf(alone.bench).routeSwitches]).toEqual(['online', 0]);
});

test('failures are counted by their error', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.failed(eth0, 'no packet socket');
  bench.advance(100);
  const counted = metricsOf(bench).failures.get('ethernet');
  expect([counted, metricsOf(bench).connects.size]).toEqual([new Map([['dhcp-failed', 1]]), 0]);
});

test('what is only asked for (connmanctl plan) is not counted', () => {
  const { bench } = online();
  const copy = engineInCopyOf(bench.daemon.engine.world);
  const at = bench.clock.now();
  copy.turn({ at, wall: 0, kind: 'kernel-dump', links: [], addresses: [], routes: [] });
  expect([metricsOf(bench).connects.get('ethernet'), copy.world.metrics === metricsOf(bench)]).toEqual([1, false]);
});
