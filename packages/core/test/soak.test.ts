/** An hour of virtual time in which a lot happens each minute: what the engine and its shell remember does not grow. */
import { agentErrors } from '@connman/contracts';
import { Bench } from './simulation/bench';
import { leaseOf } from './simulation/scripted-dhcp';

/** Values that can be reached from here, each object once. */
function sizeOf(root: unknown, seen = new Set<object>()): number {
  if (typeof root !== 'object' || root === null) return 1;
  if (seen.has(root)) return 0;
  seen.add(root);
  let size = 1;
  if (root instanceof Map) for (const [key, value] of root) size += sizeOf(key, seen) + sizeOf(value, seen);
  else if (root instanceof Set) for (const value of root) size += sizeOf(value, seen);
  for (const value of Object.values(root)) size += sizeOf(value, seen);
  return size;
}

test('an hour of cables, leases, portals, agents and calls leaves engine and shell no larger than their tenth minute did', () => {
  const bench = new Bench();
  const [eth0, eth1] = [bench.addLink('eth0'), bench.addLink('eth1')];
  bench.start();
  bench.registerAgent((ask, answer) =>
    answer(ask.member === 'ReportError' ? { kind: 'error', name: agentErrors.retry } : { kind: 'reply' }),
  );
  const lease = (link: number, address: string) => {
    if (bench.dhcp.running.has(link)) bench.dhcp.bound(link, leaseOf(address));
  };
  const client = (kind: 'register' | 'unregister' | 'client-gone', operation: number) =>
    bench.daemon.dispatch({ kind: 'agent', input: { kind, operation, sender: ':client', path: '/agent' } });
  const minute = (number: number) => {
    bench.internet = { kind: 'portal', url: `http://portal.test/?at=${number}` };
    lease(eth0, `10.0.0.${(number % 200) + 2}`);
    lease(eth1, `192.168.1.${(number % 200) + 2}`);
    bench.advance(5_000);
    bench.internet = { kind: 'online' };
    client('register', 1_000_000 + number);
    bench.advance(10_000);
    bench.ask({ kind: 'move', service: bench.idOf('eth1'), target: bench.idOf('eth0'), place: 'before' });
    bench.advance(5_000);
    bench.ask({ kind: 'disconnect', service: bench.idOf('eth1') });
    bench.dhcp.lost(eth0, 'expired');
    bench.advance(5_000);
    bench.ask({ kind: 'connect', service: bench.idOf('eth1') });
    lease(eth0, '10.0.0.250');
    client('client-gone', 0);
    bench.advance(5_000);
    bench.kernel.plug(eth0, false);
    bench.advance(10_000);
    bench.kernel.plug(eth0, true);
    lease(eth0, '10.0.0.251');
    lease(eth1, '192.168.1.251');
    bench.advance(20_000);
    bench.done();
    return { engine: sizeOf(bench.daemon.engine.world), shell: sizeOf(bench.daemon.shellMemory) };
  };
  const sizes = Array.from({ length: 60 }, (_, number) => minute(number));
  expect([bench.state('eth0'), bench.state('eth1')]).toContain('online');
  for (const part of ['engine', 'shell'] as const) {
    const steady = Math.max(...sizes.slice(0, 10).map((size) => size[part]));
    expect([part, Math.max(...sizes.slice(10).map((size) => size[part])) <= steady]).toEqual([part, true]);
    expect(steady).toBeGreaterThan(100);
  }
  // A single client that was forgotten would show.
  const clients = () => sizeOf(bench.daemon.engine.world.agents);
  const before = clients();
  client('register', 2_000_000);
  expect(clients()).toBeGreaterThan(before);
});
