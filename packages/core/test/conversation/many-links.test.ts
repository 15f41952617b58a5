/** News of many links at once: taken in by and by, so that clients are served in between. */
import { linksPerSlice } from '../../src/shell/slices';
import { Bench } from '../simulation/bench';

/** A hundred links whose MTU has changed, of which the kernel tells at once. */
function flooded() {
  const bench = new Bench();
  const links = Array.from({ length: 100 }, (_, i) => bench.addLink(`eth${i}`));
  bench.start();
  bench.advance(1000);
  const { world } = bench.daemon.engine;
  const facts = links.flatMap((ifindex) => {
    const link = world.observed.links.get(ifindex);
    return link ? [{ kind: 'link', link: { ...link, mtu: 1400 } } as const] : [];
  });
  bench.trace.length = 0;
  bench.daemon.dispatch({ kind: 'kernel', facts });
  const known = () => [...world.observed.links.values()].filter(({ mtu }) => mtu === 1400).length;
  return { bench, facts, known };
}

test('one turn takes in a slice of them, the others follow one by one, in order', () => {
  const { bench, facts, known } = flooded();
  expect(known()).toBe(linksPerSlice);
  bench.advance(0);
  const told = bench.trace.flatMap((event) => (event.kind === 'kernel' ? [event.facts] : []));
  expect(told.flat()).toEqual(facts);
  expect(told.map(({ length }) => length)).toEqual([...Array(6).fill(linksPerSlice), 4]);
});

test('what a client asks for meanwhile is done before the rest of them', () => {
  const { bench, known } = flooded();
  expect(bench.ask({ kind: 'set-offline-mode', offline: true })).toEqual({ ok: true });
  expect(known()).toBe(linksPerSlice);
});

test('of links that come and go at once clients hear a few lists of services, and know them all', () => {
  const bench = new Bench();
  bench.start();
  bench.advance(0);
  const { client, engine } = bench.daemon;
  let lists = 0;
  let order = engine.world.order;
  bench.onTurn = () => {
    if (engine.world.order !== order) lists += 1;
    order = engine.world.order;
  };
  const links: number[] = [];
  bench.kernel.together(() => {
    for (let i = 0; i < 200; i++) links.push(bench.addLink(`eth${i}`));
  });
  bench.advance(1000);
  expect(engine.world.order).toHaveLength(200);
  expect(client.errors(engine.world)).toEqual([]);
  expect(lists).toBeLessThan(12);
  expect(bench.dhcp.running.size).toBe(200);
  bench.kernel.together(() => {
    for (const ifindex of links) bench.kernel.plug(ifindex, false);
  });
  bench.advance(1000);
  expect(engine.world.order).toEqual([]);
  expect(client.errors(engine.world)).toEqual([]);
  expect(lists).toBeLessThan(24);
  expect(bench.dhcp.running.size).toBe(0);
});
