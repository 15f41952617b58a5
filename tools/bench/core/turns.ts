/**
 * Machines of several sizes at rest, and what one more event costs each: the engine's turn, the snapshot and the difference
 * that clients are told. Everything outside the daemon is fake and takes part in none of the events.
 */
import type { NetworkFact } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { ScriptedRadio } from '@connman/testkit';
import { Bench } from '../../../packages/core/test/simulation/bench';
import { hearNetworks, joinHome } from '../../../packages/core/test/simulation/networks';
import { leaseOf } from '../../../packages/core/test/simulation/scripted-dhcp';

interface Event {
  readonly name: string;
  /** Of its items there are so many in the event: the cost is by item. */
  readonly items: number;
  happen(): void;
}

interface Machine {
  readonly size: number;
  readonly events: readonly Event[];
}

/** Online in one of so many networks. */
function amongNetworks(size: number): Machine {
  const bench = new Bench({ defaultFavoriteTechnologies: [] });
  const radio = bench.addRadio('wlan0');
  hearNetworks(radio, size);
  bench.start();
  joinHome(bench, radio);
  bench.advance(2000);
  if (bench.stateOfName('Home') !== 'online') throw new Error(`Home is ${bench.stateOfName('Home')}`);
  const facts = [...bench.daemon.engine.world.networks.values()].filter(({ link }) => link.kind === 'idle');
  let strength = 0;
  const scanResult = (networks: readonly NetworkFact[]) => {
    strength = (strength + 1) % 40;
    const changed = networks.map((network, i) => ({ ...network, strength: 50 + ((strength + i) % 40) }));
    report(bench, radio, changed);
  };
  // The strongest stays the strongest: the order is the same, and no client is told of it.
  const strongest = (network: NetworkFact | undefined) => {
    strength = 1 - (strength & 1);
    if (network) report(bench, radio, [{ ...network, strength: 98 + strength }]);
  };
  return {
    size,
    events: [
      { name: 'a tick', items: 1, happen: () => bench.daemon.dispatch({ kind: 'tick' }) },
      { name: 'a scan that heard one network change', items: 1, happen: () => strongest(facts[0]) },
      { name: 'a scan that heard all change, per network', items: size - 1, happen: () => scanResult(facts) },
      { name: 'a lease renewed', items: 1, happen: () => renew(bench, radio.ifindex) },
    ],
  };
}

function report(bench: Bench, radio: ScriptedRadio, changed: readonly NetworkFact[]): void {
  bench.daemon.dispatch({ kind: 'technology', driver: radio.name, event: { kind: 'networks', changed, gone: [] } });
}

function renew(bench: Bench, ifindex: number): void {
  bench.advance(1000);
  bench.dhcp.bound(ifindex, leaseOf('10.0.0.5'));
}

const macOf = (i: number) => `02:00:00:00:${hex(i >> 8)}:${hex(i & 255)}` as MacAddress;
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

/** Online by each of so many cables. */
function amongLinks(size: number): Machine {
  const bench = new Bench();
  const links = Array.from({ length: size }, (_, i) => bench.addLink(`eth${i}`, { mac: macOf(i) }));
  bench.start();
  bench.advance(500);
  links.forEach((ifindex, i) => {
    bench.dhcp.bound(ifindex, leaseOf(`10.${i >> 8}.${i & 255}.5`));
  });
  bench.advance(5000);
  const [first = 0] = links;
  const { order } = bench.daemon.engine.world;
  if (order.length !== size || bench.service('eth0')?.state !== 'online') throw new Error('not online');
  let mtu = 1400;
  return {
    size,
    events: [
      { name: 'a tick', items: 1, happen: () => bench.daemon.dispatch({ kind: 'tick' }) },
      {
        name: 'a link’s MTU changed',
        items: 1,
        happen: () => {
          const link = bench.daemon.engine.world.observed.links.get(first);
          if (!link) throw new Error('no link');
          mtu = mtu === 1400 ? 1401 : 1400;
          bench.daemon.dispatch({ kind: 'kernel', facts: [{ kind: 'link', link: { ...link, mtu } }] });
        },
      },
      { name: 'a lease renewed', items: 1, happen: () => renew(bench, first) },
    ],
  };
}

/** CPU time of one event, in microseconds: the least of ten parts, as others share the processor. */
function cost({ happen }: Event, turns: number): number {
  for (let i = 0; i < turns; i++) happen();
  const parts = Array.from({ length: 10 }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < turns / 10; i++) happen();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (turns / 10);
  });
  return Math.min(...parts);
}

export function run(turns: number): void {
  console.log(
    `CPU of one event in microseconds, Node ${process.version}; in brackets how many times that of the smallest`,
  );
  table(turns, 'networks', [2, 80, 200].map(amongNetworks));
  table(turns, 'links', [1, 100, 1000].map(amongLinks));
}

function table(turns: number, what: string, machines: readonly Machine[]): void {
  const [smallest] = machines;
  for (const [i, { name }] of (machines[0]?.events ?? []).entries()) {
    const costs = machines.map(({ events }) => cost(events[i] as Event, turns) / (events[i]?.items ?? 1));
    const cells = costs.map(
      (one, at) => `${machines[at]?.size} ${what}: ${one.toFixed(1)} (${(one / (costs[0] ?? 1)).toFixed(1)})`,
    );
    if (smallest) console.log(`${name.padEnd(44)} ${cells.map((cell) => cell.padEnd(28)).join(' ')}`);
  }
}
