import { soaData } from '../test/build';
import { type Asked, ip, says, World } from '../test/world';

const first = '192.0.2.53';
const second = '192.0.2.54';

function data(packet: { answers: readonly { data: unknown }[] } | undefined): unknown {
  return packet?.answers.map((record) => record.data);
}

test('the second client is answered from the cache, with the TTL counted down', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = says('192.0.2.1');
  expect(data(await world.ask('www.example'))).toEqual(['192.0.2.1']);
  world.clock.advance(100_000);
  const again = await world.ask('WWW.Example');
  expect(again?.answers).toEqual([expect.objectContaining({ ttl: 200, data: '192.0.2.1' })]);
  expect(world.network.asked.length).toBe(1);
  expect(world.proxy.statistics()).toMatchObject({ queries: 2, hits: 1, misses: 1, cacheEntries: 1 });
});

test('identical questions under way are asked once, and each client gets its own id and letters back', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  const held: Asked[] = [];
  world.network.onAsk = (asked) => held.push(asked);
  await world.ask('www.example', 'A', { id: 1 });
  await world.ask('WWW.example', 'A', { id: 2 });
  expect(held.length).toBe(1);
  says('192.0.2.1')(held[0] as Asked);
  const answers = await world.answers();
  expect(answers.map(({ id, questions }) => [id, questions[0]?.name])).toEqual([
    [1, 'www.example'],
    [2, 'WWW.example'],
  ]);
  expect(world.proxy.statistics().merged).toBe(1);
});

test('ids and letters of questions differ from one question to the next', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  for (let i = 0; i < 40; i++) await world.ask(`a-long-enough-name-${i}.example`);
  const { asked } = world.network;
  expect(new Set(asked.map(({ packet }) => packet.id)).size).toBeGreaterThan(35);
  expect(new Set(asked.map(({ name }) => name.replace(/\d/g, ''))).size).toBeGreaterThan(35);
});

/** The bytes an honest server sends for an A question. */
function answerTo(asked: Asked, address: string, flags = 0x8180): Uint8Array {
  const question = asked.bytes.slice(12, asked.bytes.indexOf(0, 12) + 5);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, ...address.split('.').map(Number)];
  const header = [asked.bytes[0] as number, asked.bytes[1] as number, flags >> 8, flags & 255, 0, 1, 0, 1, 0, 0, 0, 0];
  return Uint8Array.from([...header, ...question, ...record]);
}

test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
  ['another id', (bytes) => bytes.fill((bytes[1] as number) ^ 1, 1, 2)],
  ['another name', (bytes) => bytes.fill(0x78, 13, 14)],
  ['another type', (bytes) => bytes.fill(28, 26, 27)],
  ['no answer flag', (bytes) => bytes.fill((bytes[2] as number) & 0x7f, 2, 3)],
  ['a cut tail', (bytes) => bytes.slice(0, -3)],
  ['less than a header', (bytes) => bytes.slice(0, 11)],
])('a datagram with %s is thrown away, and the true answer still counts', async (_title, forge) => {
  const world = new World();
  world.setLink({ addresses: [first] });
  await world.ask('www.example');
  const [asked] = world.network.asked as [Asked];
  asked.send(forge(answerTo(asked, '203.0.113.66')));
  expect(await world.answers()).toEqual([]);
  asked.send(answerTo(asked, '192.0.2.1'));
  expect((await world.answers()).map(data)).toEqual([['192.0.2.1']]);
  expect(world.proxy.statistics().servers[0]?.failures.mismatch).toBe(1);
});

test('an answer with letters in another case is asked for again over TCP, where no one can forge', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = (asked) => {
    if (asked.transport === 'tcp') return asked.send(answerTo(asked, '192.0.2.1'));
    const forged = answerTo(asked, '203.0.113.66');
    forged[13] = (forged[13] as number) ^ 0x20;
    asked.send(forged);
  };
  expect(data(await world.ask('www.example'))).toEqual(['192.0.2.1']);
  expect(world.network.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
});

test('a server that changes letters over TCP too is believed from then on', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = (asked) => {
    const bytes = answerTo(asked, '192.0.2.1');
    for (let i = 12; bytes[i] !== 0; i++) if ((bytes[i] as number) > 0x40) bytes[i] = (bytes[i] as number) | 0x20;
    asked.send(bytes);
  };
  await world.ask('a-name-with-letters.example');
  await world.ask('another-with-letters.example');
  expect(world.network.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp', 'udp']);
});

test('a truncated answer is asked for again over TCP', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = (asked) => {
    if (asked.transport === 'udp') asked.send(answerTo(asked, '203.0.113.1', 0x8380));
    else asked.send(answerTo(asked, '192.0.2.1'));
  };
  expect(data(await world.ask('www.example'))).toEqual(['192.0.2.1']);
});

describe('with two servers', () => {
  async function settledWorld(): Promise<World> {
    const world = new World();
    world.setLink({ addresses: [first, second] });
    // Both become known, the first as the faster one.
    world.network.onAsk = (asked) => {
      if (asked.server === first) world.clock.advance(1);
      else world.clock.advance(9);
      says('192.0.2.1')(asked);
    };
    await world.ask('warm.example');
    await world.ask('warmer.example');
    world.network.asked.length = 0;
    return world;
  }

  test('the fastest is asked alone', async () => {
    const world = await settledWorld();
    for (let i = 0; i < 5; i++) await world.ask(`n${i}.example`);
    expect(world.network.asked.map(({ server }) => server)).toEqual(new Array(5).fill(first));
  });

  test('a silent one costs one short timeout, and the next questions nothing', async () => {
    const world = await settledWorld();
    world.network.onAsk = (asked) => {
      if (asked.server === second) says('192.0.2.2')(asked);
    };
    expect(await world.ask('a.example')).toBeUndefined();
    expect((await world.advance(150)).map(data)).toEqual([['192.0.2.2']]);
    for (let i = 0; i < 5; i++) expect(data(await world.ask(`n${i}.example`))).toEqual(['192.0.2.2']);
  });

  test('one whose machine refuses costs nothing at all', async () => {
    const world = await settledWorld();
    world.network.onAsk = (asked) => {
      if (asked.server === first) asked.refuse(111);
      else says('192.0.2.2')(asked);
    };
    expect(data(await world.ask('a.example'))).toEqual(['192.0.2.2']);
    expect(world.proxy.statistics().servers[0]).toMatchObject({ trouble: 'ECONNREFUSED' });
  });

  test('one that answers SERVFAIL or REFUSED is passed over, and its word given when the other has none', async () => {
    const world = await settledWorld();
    world.network.onAsk = (asked) => {
      if (asked.server === first) asked.answer({ flags: 0x8185 });
      else says('192.0.2.2')(asked);
    };
    expect(data(await world.ask('a.example'))).toEqual(['192.0.2.2']);
    world.network.onAsk = (asked) => asked.answer({ flags: 0x8185 });
    expect((await world.ask('b.example'))?.rcode).toBe('REFUSED');
  });

  test("one that was silent comes back into use after its rest, at no client's expense", async () => {
    const world = await settledWorld();
    world.network.onAsk = (asked) => {
      if (asked.server === second) says('192.0.2.2')(asked);
    };
    await world.ask('a.example');
    await world.advance(150);
    await world.advance(5000);
    world.network.asked.length = 0;
    expect(data(await world.ask('b.example'))).toEqual(['192.0.2.2']);
    expect(world.network.asked.map(({ server }) => server).sort()).toEqual([first, second]);
    world.network.onAsk = says('192.0.2.1');
    await world.advance(5000);
    await world.ask('c.example');
    world.network.asked.length = 0;
    await world.ask('d.example');
    expect(world.network.asked.map(({ server }) => server)).toEqual([first]);
  });

  test('when all are silent the client is told after five seconds, and every socket is closed', async () => {
    const world = await settledWorld();
    world.network.onAsk = () => {};
    await world.ask('a.example');
    expect(await world.advance(4000)).toEqual([]);
    const [answer] = await world.advance(1010);
    expect(answer?.rcode).toBe('SERVFAIL');
    await world.advance(3000);
    expect(world.network.waiting).toBe(0);
    // RFC 9520: the same question is not put again at once.
    const before = world.network.asked.length;
    await world.ask('c.example');
    await world.advance(6000);
    await world.ask('c.example');
    expect(world.network.asked.length).toBeGreaterThan(before);
  });
});

test('what expired serves while no server answers, with a short TTL (RFC 8767)', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = says('192.0.2.1', 60);
  await world.ask('www.example', 'A', { edns: {} });
  world.network.onAsk = () => {};
  await world.advance(100_000);
  expect(await world.ask('www.example', 'A', { edns: {} })).toBeUndefined();
  const [stale] = await world.advance(1900);
  expect(stale?.answers).toEqual([expect.objectContaining({ ttl: 30, data: '192.0.2.1' })]);
  await world.advance(6000);
  // Now the servers are known to be silent: no one waits any more, and they are left alone for a while.
  const asked = world.network.asked.length;
  expect(data(await world.ask('www.example'))).toEqual(['192.0.2.1']);
  expect(world.network.asked.length).toBe(asked);
  expect(world.proxy.statistics().stale).toBe(2);
  world.network.onAsk = says('192.0.2.2');
  await world.advance(30_000);
  expect(data(await world.ask('www.example'))).toEqual(['192.0.2.2']);
});

test('a popular name is renewed before it expires, and its clients never wait', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = says('192.0.2.1', 100);
  for (let i = 0; i < 6; i++) await world.ask('www.example');
  world.network.onAsk = says('192.0.2.2', 100);
  await world.advance(95_000);
  expect(data(await world.ask('www.example'))).toEqual(['192.0.2.1']);
  expect(data(await world.ask('www.example'))).toEqual(['192.0.2.2']);
  expect(world.proxy.statistics()).toMatchObject({ refreshed: 1, misses: 1 });
});

test('"no such name" is remembered as long as its SOA says', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  const soa = { section: 'authority' as const, name: 'example', type: 'SOA', ttl: 600, data: soaData(60) };
  world.network.onAsk = (asked) => asked.answer({ flags: 0x8183, records: [soa] });
  expect((await world.ask('no.example'))?.rcode).toBe('NXDOMAIN');
  await world.advance(50_000);
  expect((await world.ask('no.example'))?.rcode).toBe('NXDOMAIN');
  await world.advance(11_000);
  await world.ask('no.example');
  expect(world.network.asked.length).toBe(2);
});

test('records that were not asked for are neither told nor kept', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = (asked) =>
    asked.answer({
      records: [
        { name: asked.name, type: 'A', data: '192.0.2.1' },
        { name: 'bank.example', type: 'A', data: '203.0.113.66' },
        { section: 'authority', name: 'org', type: 'NS', data: 'ns.evil.example' },
        { section: 'additional', name: 'ns.evil.example', type: 'A', data: '203.0.113.67' },
      ],
    });
  const answer = await world.ask('www.example');
  expect([answer?.answers.length, answer?.authorities.length, answer?.additionals.length]).toEqual([1, 0, 0]);
});

test('changed servers of a link empty the cache of that link alone', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.setLink({
    ifindex: 3,
    interfaceName: 'eth1',
    addresses: [second],
    isDefault: false,
    domains: [{ name: 'b.example', search: false }],
  });
  world.network.onAsk = says('192.0.2.1');
  await world.ask('a.example');
  await world.ask('b.example');
  world.setLink({ addresses: ['192.0.2.99'] });
  await world.ask('b.example');
  await world.ask('a.example');
  expect(world.network.asked.map(({ server }) => server)).toEqual([first, second, '192.0.2.99']);
});

describe('questions under way when the servers change', () => {
  const asked = (world: World) =>
    world.network.asked.splice(0).map(({ server, transport }) => `${transport} ${server}`);

  test('are asked again at once on the new link, and its answer is kept', async () => {
    const world = new World();
    world.setLink({ addresses: [first] });
    expect(await world.ask('a.example')).toBeUndefined();
    expect(asked(world)).toEqual([`udp ${first}`]);
    world.network.onAsk = says('192.0.2.1');
    world.setLink({ addresses: [second] });
    expect((await world.answers()).map(data)).toEqual([['192.0.2.1']]);
    expect(data(await world.ask('a.example'))).toEqual(['192.0.2.1']);
    expect(asked(world)).toEqual([`udp ${second}`]);
    expect(world.network.waiting).toBe(0);
  });

  test('wait for the next link while there is none, and no longer than any question', async () => {
    const world = new World({ totalTimeoutMs: 5000 });
    world.setLink({ addresses: [first] });
    await world.ask('a.example');
    world.proxy.removeLink(2);
    expect(await world.advance(1000)).toEqual([]);
    world.network.onAsk = says('192.0.2.1');
    world.setLink({ addresses: [second] });
    expect((await world.answers()).map(data)).toEqual([['192.0.2.1']]);

    world.network.onAsk = () => {};
    await world.ask('b.example');
    world.proxy.removeLink(2);
    expect(await world.advance(4900)).toEqual([]);
    expect((await world.advance(150)).map(({ rcode }) => rcode)).toEqual(['SERVFAIL']);
    expect(world.network.waiting).toBe(0);
  });

  test('are not asked in the clear once TLS is strict', async () => {
    const world = new World();
    world.setLink({ addresses: [first] });
    await world.ask('a.example');
    expect(asked(world)).toEqual([`udp ${first}`]);
    world.setLink({ servers: [{ address: ip(first), tlsName: 'dns.example' }], tls: 'strict' });
    for (let i = 0; i < 10; i++) await world.advance(600);
    const since = asked(world);
    expect(since.length).toBeGreaterThan(0);
    expect(since.filter((line) => line !== `tls ${first}`)).toEqual([]);
  });
});

test('without any server the client is told at once; fallback servers are used only then', async () => {
  const world = new World();
  expect((await world.ask('a.example'))?.rcode).toBe('SERVFAIL');
  world.proxy.setFallbackServers([{ address: ip('9.9.9.9') }], 'off');
  world.network.onAsk = says('192.0.2.1');
  expect(data(await world.ask('a.example'))).toEqual(['192.0.2.1']);
  world.setLink({ addresses: [first] });
  await world.ask('b.example');
  expect(world.network.asked.map(({ server }) => server)).toEqual(['9.9.9.9', first]);
});

test('a server that is this machine itself is not asked, on a link or as fallback, and the log says so (rule 150)', async () => {
  const world = new World();
  world.setLink({ addresses: ['127.0.0.1', '::1', '127.0.0.53'] });
  world.proxy.setFallbackServers([{ address: ip('127.0.0.1') }], 'off');
  expect((await world.ask('a.example'))?.rcode).toBe('SERVFAIL');
  expect([world.network.asked, world.lines.filter((line) => line.includes('this machine itself')).length]).toEqual([
    [],
    4,
  ]);
  // Another resolver of this machine, on a port of its own.
  world.setLink({ servers: [{ address: ip('127.0.0.1'), port: 5353 }] });
  world.network.onAsk = says('192.0.2.1');
  expect(data(await world.ask('a.example'))).toEqual(['192.0.2.1']);
});

test('no more questions are under way than allowed; the others are told at once', async () => {
  const world = new World({ maxPending: 3 });
  world.setLink({ addresses: [first] });
  for (let i = 0; i < 3; i++) expect(await world.ask(`n${i}.example`)).toBeUndefined();
  expect((await world.ask('one-too-many.example'))?.rcode).toBe('SERVFAIL');
  says('192.0.2.1')(world.network.asked[0] as Asked);
  expect((await world.answers()).length).toBe(1);
  expect(await world.ask('again.example')).toBeUndefined();
});

describe('TLS', () => {
  const link = { servers: [{ address: ip(first), tlsName: 'dns.example' }] };

  test('strict: a certificate that does not hold means no answer, no word in the clear, and a reason', async () => {
    const world = new World();
    world.setLink({ ...link, tls: 'strict' });
    world.network.tlsFault = 'TLS: certificate has expired';
    const explained = world.proxy.query('a.example', 'A');
    await world.answers();
    for (let i = 0; i < 8; i++) await world.advance(1000);
    expect(await explained).toMatchObject({
      rcode: 'SERVFAIL',
      reason: expect.stringContaining('certificate has expired'),
    });
    expect(world.network.asked).toEqual([]);
  });

  test('opportunistic: a server without TLS is asked in the clear', async () => {
    const world = new World();
    world.setLink({ ...link, tls: 'opportunistic' });
    world.network.tlsFault = 'TLS: no';
    world.network.onAsk = says('192.0.2.1');
    expect(data(await world.ask('a.example'))).toEqual(['192.0.2.1']);
    expect(world.network.asked.map(({ transport }) => transport)).toEqual(['udp']);
  });

  test('opportunistic: a silent TLS port costs one short wait, and is tried again beside questions in the clear', async () => {
    const world = new World({ firstTimeoutMs: 400, tlsRetryMs: 300_000 });
    world.setLink({ ...link, tls: 'opportunistic' });
    world.network.tlsSilent = true;
    world.network.onAsk = says('192.0.2.1');
    const asked = () => world.network.asked.splice(0).map(({ transport }) => transport);

    const first = world.ask('a.example');
    await world.advance(900);
    expect(data(await first)).toEqual(['192.0.2.1']);
    expect(data(await world.ask('b.example'))).toEqual(['192.0.2.1']);
    expect(asked()).toEqual(['udp', 'udp']);
    expect(world.proxy.statistics().servers[0]).toMatchObject({
      port: 53,
      tls: 'opportunistic',
      trouble: 'in the clear: no answer on port 853',
    });

    world.network.tlsSilent = false;
    await world.advance(300_000);
    expect(data(await world.ask('c.example'))).toEqual(['192.0.2.1']);
    expect(asked().sort()).toEqual(['tls', 'udp']);
    expect(data(await world.ask('d.example'))).toEqual(['192.0.2.1']);
    expect(asked()).toEqual(['tls']);
    expect(world.proxy.statistics().servers[0]).toMatchObject({ port: 853, trouble: '' });
  });

  test('questions share one connection and are padded to one size', async () => {
    const world = new World();
    world.setLink({ ...link, tls: 'strict' });
    world.network.onAsk = says('192.0.2.1');
    await world.ask('a.example');
    await world.ask('a-much-longer-name.example');
    expect(world.network.asked.map(({ transport, bytes }) => `${transport} ${bytes.length}`)).toEqual([
      'tls 128',
      'tls 128',
    ]);
  });
});

test('an explanation names the server, the time and the rule', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = (asked) => {
    world.clock.advance(7);
    says('192.0.2.1')(asked);
  };
  expect(await world.proxy.query('www.example', 'A')).toEqual({
    rcode: 'NOERROR',
    records: ['www.example 300 A 192.0.2.1'],
    source: 'server',
    server: '192.0.2.53 (eth0)',
    durationMs: 7,
    reason: 'default: eth0',
  });
  expect(await world.proxy.query('www.example', 'A')).toMatchObject({ source: 'cache', server: '192.0.2.53 (eth0)' });
  expect(await world.proxy.query('localhost', 'A')).toMatchObject({ source: 'local' });
  expect((await world.proxy.query('a..b', 'A')).reason).toContain('empty label');
  expect(await world.proxy.resolve('www.example', 4)).toEqual(['192.0.2.1']);
});

test('of a thousand links that are set together each finds its servers, at the cost of one', async () => {
  const world = new World();
  let updates = 0;
  const { router } = (world.proxy as unknown as { resolver: { router: { update(...given: unknown[]): void } } })
    .resolver;
  const { update } = router;
  router.update = (...given) => {
    updates++;
    update.apply(router, given);
  };
  world.proxy.together(() => {
    for (let i = 0; i < 1000; i++) {
      const domains = [{ name: `lan${i}.example`, search: false }];
      world.setLink({ ifindex: 10 + i, addresses: [`10.0.${i >> 8}.${i & 255}`], domains, isDefault: false });
    }
    world.proxy.removeLink(10);
  });
  expect(updates).toBe(1);
  await world.ask('www.lan999.example');
  await world.ask('www.lan0.example');
  expect(world.network.asked.map(({ server }) => server)).toEqual(['10.0.3.231']);
});
