/** What connmanctl plan shows: nothing at rest, and what keeps a change from being made. */
import { planOf } from '../../src/shell/publish/plan';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

test('a machine at rest has nothing to change', () => {
  const { bench } = online();
  expect(planOf(bench.daemon.engine.world)).toEqual([]);
});

test('what was sent and is not shown yet is planned, and says so', () => {
  const { bench, eth0 } = online();
  const planned: ReturnType<typeof planOf>[] = [];
  // Just before the kernel carries it out.
  bench.onRequest = () => planned.push(planOf(bench.daemon.engine.world));
  bench.dhcp.bound(eth0, leaseOf('10.0.0.6'));
  expect(planned[0]).toContainEqual([
    'put-address',
    expect.stringMatching(/^eth0 10\.0\.0\.6\/24 for \d+ s$/),
    'sent; the kernel does not show it yet',
  ]);
  bench.advance(100);
  expect(planOf(bench.daemon.engine.world)).toEqual([]);
});

test('a change that the kernel refuses is planned with its next attempt', () => {
  const { bench, eth0 } = online();
  bench.kernel.fault = (request) => (request === 'put-address' ? 'ENOBUFS' : undefined);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.6'));
  bench.advance(100);
  expect(planOf(bench.daemon.engine.world).map(([kind, , status]) => [kind, status])).toContainEqual([
    'put-address',
    expect.stringMatching(/^refused or undone before; again in \d+ s$/),
  ]);
});
