import { buildMessage } from '../../test/build';
import { type Asked, ip, says, World } from '../../test/world';

const first = '192.0.2.53';
const second = '192.0.2.54';
/** Deadlines ring together, this much later at most. */
const graceMs = 10;

/** A world whose opportunistic server has answered over TLS, or not yet. */
async function overTls(hasAnswered: boolean, tls: 'opportunistic' | 'strict' = 'opportunistic'): Promise<World> {
  const world = new World();
  world.setLink({ servers: [{ address: ip(first), tlsName: 'dns.example' }], tls });
  world.network.onAsk = says('192.0.2.1');
  if (hasAnswered) await world.ask('warm.example');
  world.network.asked.length = 0;
  return world;
}

test('questions that wait for TLS together go in the clear together, and the server is not blamed', async () => {
  const world = await overTls(false);
  world.network.tlsSilent = true;
  await world.send(...[1, 2, 3].map((id) => buildMessage({ id, question: { name: `${id}.example` } })));
  const answers = await world.advance(1000);
  expect(answers.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
  expect(world.network.asked.map(({ transport }) => transport)).toEqual(['udp', 'udp', 'udp']);
  const [server] = world.proxy.statistics().servers;
  expect(server).toMatchObject({ restsMs: 0, failures: { timeout: 0, tls: 1 } });
});

test('a TLS connection that fails after its question went in the clear does not put it there again', async () => {
  const world = await overTls(false);
  const held: Asked[] = [];
  world.network.onAsk = (asked) => held.push(asked);
  await world.ask('www.example');
  await world.advance(810);
  expect(held.map(({ transport }) => transport)).toEqual(['tls', 'udp']);
  held[0]?.refuse(104);
  await world.answers();
  expect(held.map(({ transport }) => transport)).toEqual(['tls', 'udp']);
});

test('a server with a wrong certificate is tried once for a question, not in every round', async () => {
  const world = await overTls(false, 'strict');
  world.network.tlsFault = 'wrong certificate';
  expect(await world.ask('www.example')).toMatchObject({ rcode: 'SERVFAIL' });
  expect(world.network.asked).toEqual([]);
  expect(world.proxy.statistics().servers[0]).toMatchObject({ queries: 1, failures: { tls: 1 } });
});

test('a refusal in the clear is told at once, whatever may still come over TLS', async () => {
  const world = await overTls(false);
  world.network.tlsSilent = true;
  world.network.onAsk = (asked) => asked.answer({ flags: 0x8185 });
  await world.ask('www.example');
  expect((await world.advance(810)).map(({ rcode }) => rcode)).toEqual(['REFUSED']);
});

test('a late answer over TLS is learned from, though no one waits for it: the next question goes there', async () => {
  const world = await overTls(false);
  const held: Asked[] = [];
  world.network.onAsk = (asked) => (asked.transport === 'tls' ? held.push(asked) : says('192.0.2.1')(asked));
  await world.ask('www.example');
  expect((await world.advance(810)).length).toBe(1);
  says('192.0.2.1')(held[0] as Asked);
  expect(await world.answers()).toEqual([]);
  await world.ask('another.example');
  expect(world.network.asked.map(({ transport }) => transport)).toEqual(['tls', 'udp', 'tls']);
});

test.each(['opportunistic', 'strict'] as const)(
  'a connection that died in silence is made again while the question waits: %s',
  async (tls) => {
    const world = await overTls(true, tls);
    const [dead] = world.network.streams;
    const isDead = () => dead !== undefined && world.network.streams.has(dead);
    world.network.onAsk = (asked) => {
      if (!isDead()) says('192.0.2.2')(asked);
    };
    await world.ask('www.example');
    const answers = await world.advance(1000);
    expect(answers.map(({ rcode }) => rcode)).toEqual(['NOERROR']);
    expect(world.network.asked.every(({ transport }) => transport === 'tls')).toBe(true);
  },
);

test('an answer to something else over TLS is the last word of that server: no one waits for another', async () => {
  const world = await overTls(true, 'strict');
  world.network.onAsk = (asked) => asked.send(asked.bytes.slice(0, 12).fill(0x80, 2, 3));
  expect(await world.ask('www.example')).toMatchObject({ rcode: 'SERVFAIL' });
});

test('that this machine has no room for a connection is not a fault of TLS', async () => {
  const world = await overTls(true);
  world.network.onAsk = (question) => question.refuse(24);
  expect(await world.ask('www.example')).toMatchObject({ rcode: 'SERVFAIL' });
  world.network.onAsk = says('192.0.2.1');
  await world.advance(2000);
  await world.ask('again.example');
  expect(world.network.asked.every(({ transport }) => transport === 'tls')).toBe(true);
  expect(world.proxy.statistics().servers[0]).toMatchObject({ failures: { tls: 0, unreachable: 0 } });
});

test('search domains make no one wait longer than without them', async () => {
  const world = new World();
  const domains = ['a.example', 'b.example'].map((name) => ({ name, search: true }));
  world.setLink({ addresses: [first, second], domains });
  await world.ask('host');
  expect((await world.advance(5000 + graceMs)).map(({ rcode }) => rcode)).toEqual(['SERVFAIL']);
});

/** Numbers from a seed: the same each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What servers and networks do to a question, good and bad. */
const fates: readonly ((asked: Asked, below: (limit: number) => number) => void)[] = [
  says('192.0.2.1'),
  says('192.0.2.1', 1),
  () => {},
  (asked) => asked.answer({ flags: 0x8182 }),
  (asked) => asked.answer({ flags: 0x8185 }),
  (asked) => asked.answer({ flags: 0x8183 }),
  (asked) => (asked.packet.additionals.length > 0 ? asked.answer({ flags: 0x8181 }) : says('192.0.2.1')(asked)),
  (asked) => (asked.transport === 'udp' ? asked.answer({ flags: 0x8380 }) : says('192.0.2.1')(asked)),
  (asked) => asked.refuse([11, 24, 101, 104, 111][asked.bytes.length % 5] as number),
  (asked) => asked.send(asked.bytes.slice(0, 12).fill(0x81, 2, 3)),
  (asked) => asked.send(new Uint8Array(3000).fill(0x55).fill(asked.bytes[0] as number, 0, 1)),
  (asked) => asked.send(asked.bytes),
  (asked, below) => {
    const letters = asked.bytes.slice();
    letters[2] = 0x81;
    for (let i = 13; letters[i] !== 0; i++)
      if (below(2) === 0 && (letters[i] as number) > 0x40) letters[i] = (letters[i] as number) ^ 0x20;
    asked.send(letters);
  },
];

const modes = ['off', 'opportunistic', 'strict'] as const;

async function live(seed: number): Promise<readonly string[]> {
  const below = random(seed);
  const world = new World({ cacheBytes: 4096, tlsRetryMs: 2000, exploreOneIn: 4 });
  const { network, clock } = world;
  const wrong: string[] = [];
  const strict = new Set<string>();
  const plug = () => {
    const ifindex = 2 + below(2);
    const tls = modes[below(3)] as (typeof modes)[number];
    const addresses = Array.from({ length: 1 + below(3) }, (_, i) => `192.0.${ifindex}.${1 + i}`);
    const interfaceName = `eth${ifindex}`;
    if (tls === 'strict') strict.add(interfaceName);
    else strict.delete(interfaceName);
    world.setLink({
      ifindex,
      interfaceName,
      tls,
      servers: addresses.map((address) => ({ address: ip(address), tlsName: 'dns.example' })),
      domains: [{ name: `link${ifindex}.example`, search: below(2) === 0 }],
    });
    return interfaceName;
  };
  plug();
  // Which behaviour a server has changes now and then; most of the time it keeps to one.
  const habits = new Map<string, number>();
  network.onAsk = (asked) => {
    const isClear = asked.transport !== 'tls';
    if (isClear && strict.has(asked.interfaceName)) wrong.push(`${asked.name} went to ${asked.server} in the clear`);
    const key = `${asked.server} ${asked.transport}`;
    if (!habits.has(key) || below(8) === 0) habits.set(key, below(fates.length));
    const fate = fates[habits.get(key) as number] as (typeof fates)[number];
    const delay = [0, 0, 5, 150, 900, 4000][below(6)] as number;
    if (delay === 0) fate(asked, below);
    else clock.setTimer(delay, () => fate(asked, below));
  };
  const askedAt = new Map<number, number>();
  const hear = (answers: readonly { readonly id?: number }[]) => {
    for (const { id = 0 } of answers) if (!askedAt.delete(id)) wrong.push(`question ${id} is answered late, or twice`);
    for (const [id, at] of askedAt) {
      if (clock.now() <= at + 5000 + graceMs) continue;
      wrong.push(`question ${id} is not answered in time`);
      askedAt.delete(id);
    }
  };
  // Step by step, for what is sent arrives when the program has had its turn.
  const pass = async (milliseconds: number) => {
    for (const end = clock.now() + milliseconds; clock.now() < end; ) {
      hear(await world.advance(Math.min(end - clock.now(), clock.untilNext ?? end)));
    }
  };
  for (let id = 1; id <= 24; id++) {
    const name = ['www.example', 'host', 'a.link2.example', `${id}.example`][below(4)] as string;
    askedAt.set(id, clock.now());
    hear(await world.send(buildMessage({ id, question: { name } })));
    network.tlsSilent = below(6) === 0;
    network.tlsFault = below(6) === 0 ? 'handshake failure' : '';
    if (below(20) === 0) world.proxy.removeLink(2 + below(2));
    if (below(12) === 0) {
      // What is under way may go on as it began: other rules are for what is asked from now on.
      await pass(60_000);
      plug();
    }
    await pass([0, 1, 30, 300, 1500, 6000][below(6)] as number);
  }
  await pass(5000 + 2 * graceMs);
  // Connections are kept for a while, and losers listened to.
  await pass(60_000);
  if (askedAt.size > 0) wrong.push(`questions ${[...askedAt.keys()]} are never answered`);
  if (network.waiting > 0) wrong.push(`${network.waiting} sockets stay open`);
  if (network.streams.size > 0) wrong.push(`${network.streams.size} connections stay open`);
  const { queries } = world.proxy.statistics();
  if (queries !== 24) wrong.push(`${queries} queries were counted`);
  world.proxy.close();
  return wrong.map((what) => `seed ${seed}: ${what}`);
}

test('whatever servers do, each question is answered once and in time, and nothing stays open', async () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= 200; seed++) wrong.push(...(await live(seed)));
  expect(wrong).toEqual([]);
}, 60_000);
