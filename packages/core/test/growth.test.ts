/**
 * Lists and tables that clients, files and the network fill cost no more than n log n of their entries, and so do links that come or
 * change together (ADR 18). turn-cost.test.ts says what a single turn costs among many.
 */
import { instant } from '@connman/base';
import type { MacAddress } from '@connman/inet';
import { ManualClock } from '@connman/testkit';
import { growthOf } from '@connman/testkit/steps';
import { AgentTable, stepAgents } from '../src/model/agent/agent-registry';
import type { Provision } from '../src/model/service/provision';
import { LateSubscribers } from '../src/shell/publish/late-subscribers';
import { Bench } from './simulation/bench';
import { leaseOf } from './simulation/scripted-dhcp';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const byte = (value: number) => (value & 255).toString(16).padStart(2, '0');
const macOf = (i: number) => `02:00:00:00:${byte(i >> 8)}:${byte(i)}` as MacAddress;

function links(count: number): Bench {
  const bench = new Bench();
  for (const i of numbers(count)) bench.addLink(`eth${i}`, { mac: macOf(i) });
  return bench;
}

/** Each connected by a lease. */
function connected(count: number): Bench {
  const bench = links(count);
  bench.start();
  bench.advance(0);
  for (const { ifindex } of bench.kernel.dump().links)
    if (bench.dhcp.running.has(ifindex)) bench.dhcp.bound(ifindex, leaseOf(`10.${ifindex >> 8}.${ifindex & 255}.5`));
  bench.advance(60_000);
  return bench;
}

test.each<[string, (count: number) => () => void]>([
  [
    'are there at the start',
    (count) => {
      const bench = links(count);
      return () => {
        bench.start();
        bench.advance(0);
      };
    },
  ],
  [
    'lose their carrier together, and have it again',
    (count) => {
      const bench = connected(count);
      const all = bench.kernel.dump().links.filter(({ name }) => name.startsWith('eth'));
      return () => {
        for (const carrier of [false, true]) {
          bench.kernel.together(() => {
            for (const { ifindex } of all) bench.kernel.plug(ifindex, carrier);
          });
          bench.advance(1);
        }
      };
    },
  ],
])('links that %s', (_name, act) => {
  expect(growthOf(40, act)).toBeLessThan(5);
});

test('agents that come, are asked and go', () => {
  const at = instant(0);
  const growth = growthOf(50, (count) => () => {
    const agents = new AgentTable();
    for (const i of numbers(count)) {
      const sender = `:1.${i}`;
      const ask = { member: 'ReportError', service: `s${i}`, error: 'x' } as const;
      stepAgents(agents, { kind: 'register', operation: i, sender, path: '/', at });
      stepAgents(agents, { kind: 'request', request: { requestId: i, sender, ask, timeoutMs: 1000 + i }, at });
    }
    for (const i of numbers(count)) stepAgents(agents, { kind: 'timer', at: instant(1000 + i) });
    for (const i of numbers(count)) stepAgents(agents, { kind: 'client-gone', sender: `:1.${i}`, at });
  });
  expect(growth).toBeLessThan(5);
});

test('changes of services that clients may have missed', () => {
  const growth = growthOf(50, (count) => () => {
    const clock = new ManualClock(0);
    const late = new LateSubscribers(clock, () => {});
    late.handedOut();
    for (const i of numbers(count))
      late.follow({
        kind: 'property-changed',
        object: 'service',
        path: `/s${i}`,
        name: 'State',
        value: undefined,
      } as never);
    for (const i of numbers(count)) late.follow({ kind: 'service-removed', path: `/s${i}` });
    clock.advance(1000);
  });
  expect(growth).toBeLessThan(5);
});

test('sections of *.config files, and services they are for', () => {
  const provision = (i: number): Provision => ({
    ...{ file: 'a', ident: `s${i}`, type: 'ethernet', mac: macOf(i) },
    settings: {
      ...{ ipv4: { method: 'dhcp' }, ipv6: { method: 'auto', privacy: 'disabled' } },
      nameservers: [],
      timeservers: [],
      domains: [],
      mdns: false,
    },
  });
  const growth = growthOf(10, (count) => {
    const bench = connected(count);
    const provisions = numbers(count).map(provision);
    return () => {
      bench.daemon.dispatch({ kind: 'provisions', provisions });
      bench.daemon.dispatch({ kind: 'provisions', provisions: [] });
    };
  });
  expect(growth).toBeLessThan(5);
});

test('services that a user moves one by one', () => {
  const growth = growthOf(10, (count) => {
    const bench = connected(count);
    const ids = [...bench.daemon.engine.world.order];
    return () => void bench.ask({ kind: 'move', service: ids.at(-1) ?? '', target: ids[0] ?? '', place: 'before' });
  });
  expect(growth).toBeLessThan(5);
});
