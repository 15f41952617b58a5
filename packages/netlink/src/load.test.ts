import { spawn } from 'node:child_process';
import { ifindexOf, inNewNamespace, ip, ipBatch, listen, must } from '../test/kernel';

inNewNamespace();

/** Runs many commands of ip beside us, so that events come while we read. */
function ipBeside(commands: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ip ended with ${code}`))));
    child.stdin.end(commands.join('\n'));
  });
}

test('thousands of changes through a tiny buffer end, after overruns, in the right tables', async () => {
  ipBatch([
    ...Array.from({ length: 50 }, (_, i) => `link add v${i} type veth peer name w${i}`),
    'address add 192.0.2.1/24 dev v0',
    'link set v0 up',
  ]);
  const listener = listen({ eventBufferBytes: 4096 });
  const { socket, tables } = listener;
  const storm: string[] = [];
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 50; i++) storm.push(`link set v${i} mtu ${1300 + round}`);
    storm.push(`address add 10.0.${round}.1/24 dev v${round}`);
    storm.push(`route add 203.0.${round}.0/24 via 192.0.2.2 proto 109`);
    // Takes its address along, and comes back with another index.
    if (round % 2) storm.push(`link del v${round}`, `link add v${round} type veth peer name w${round}`);
  }
  // First while we do not look, then while we read.
  ipBatch(storm.slice(0, storm.length / 2));
  await ipBeside(storm.slice(storm.length / 2));
  ip('link set lo mtu 60000');
  await listener.until(() => tables.links.get(1)?.mtu === 60000);

  expect(listener.resyncs).toBeGreaterThan(0);
  const now = must(socket.snapshot());
  expect([...tables.links.values()].sort((a, b) => a.ifindex - b.ifindex)).toEqual(now.links);
  const text = (entries: Iterable<object>) => [...entries].map((entry) => JSON.stringify(entry)).sort();
  expect(text(tables.addresses.values())).toEqual(text(now.addresses));
  expect(text([...tables.routes.values()].filter(({ protocol }) => protocol === 109))).toEqual(
    text(now.routes.filter(({ protocol }) => protocol === 109)),
  );
  socket.close();
});

test('a thousand links and ten thousand routes are read and skipped (timings printed)', () => {
  ipBatch(Array.from({ length: 500 }, (_, i) => `link add a${i} type veth peer name b${i}`));
  ipBatch(Array.from({ length: 10_000 }, (_, i) => `route add 100.${i >> 8}.${i & 255}.0/24 dev lo`));
  const all = listen().socket;
  const none = listen({ interestedInRoute: (header) => header.protocol === 110 }).socket;
  const skimming = listen({ skimRoutesBut: 110 }).socket;
  const byLink = { table: 254, family: 4, ifindex: ifindexOf(all, 'a0') } as const;
  const median = (work: () => number): [count: number, milliseconds: string] => {
    let count = 0;
    const times = Array.from({ length: 9 }, () => {
      const start = process.hrtime.bigint();
      count = work();
      return Number(process.hrtime.bigint() - start) / 1e6;
    }).sort((a, b) => a - b);
    return [count, (times[4] as number).toFixed(1)];
  };
  const links = median(() => must(all.links()).length);
  const routes = median(() => must(all.routes({ table: 254, family: 4 })).length);
  const skipped = median(() => must(none.routes({ table: 254, family: 4 })).length);
  const skimmed = median(() => must(skimming.routes({ table: 254, family: 4 })).length);
  const filtered = median(() => must(none.routes(byLink)).length);
  all.close();
  none.close();
  skimming.close();
  console.log(
    `${links[0]} links read in ${links[1]} ms, ${routes[0]} routes read in ${routes[1]} ms, ` +
      `skipped by us in ${skipped[1]} ms, skimmed in ${skimmed[1]} ms, skipped by the kernel in ${filtered[1]} ms`,
  );
  expect(links[0]).toBeGreaterThan(1000);
  expect(routes[0]).toBeGreaterThanOrEqual(10_000);
  expect(skipped[0]).toBe(0);
  expect(skimmed[0]).toBe(0);
  expect(filtered[0]).toBe(0);
});
