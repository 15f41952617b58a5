import { buildMessage } from '../../test/build';
import { ip, says, World } from '../../test/world';

test('both loopback addresses are answered on, IPv6 first', () => {
  const world = new World();
  expect(world.proxy.listening).toEqual({ addresses: ['::1', '127.0.0.1'], refused: [] });
});

test('who has the port is told once, and another loopback address is taken', () => {
  const world = new World({}, ['127.0.0.1', '127.0.0.54']);
  expect(world.proxy.listening.addresses).toEqual(['::1', '127.0.0.55']);
  expect(world.lines).toContain(
    'warning: cannot answer on 127.0.0.1: udp port 53 is taken by dnsmasq (pid 4711); stop it or give it another port',
  );
  expect(world.lines.filter((line) => line.includes('cannot answer on 127.0.0.1:')).length).toBe(1);
});

test('with no address at all it says so, and looks again until there is one', () => {
  const all = ['::1', '127.0.0.1', '127.0.0.54', '127.0.0.55', '127.0.0.56', '127.0.0.57'];
  const world = new World({}, all);
  expect(world.proxy.listening.addresses).toEqual([]);
  const said = world.lines.length;
  world.clock.advance(31_000);
  expect(world.lines.slice(said).filter((line) => line.startsWith('warning'))).toEqual([]);
  world.taken.clear();
  const told: unknown[] = [];
  world.proxy.onEvent((event) => told.push(event));
  world.clock.advance(31_000);
  expect(world.proxy.listening).toEqual({ addresses: ['::1', '127.0.0.1'], refused: [] });
  expect(told).toEqual([{ kind: 'listening', listening: world.proxy.listening }]);
});

test('addresses of links come and go when asked, each heard on its link alone', () => {
  const world = new World();
  world.proxy.listenOn([{ address: ip('10.0.0.1'), interfaceName: 'tether' }]);
  expect(world.proxy.listening.addresses).toEqual(['::1', '127.0.0.1', '10.0.0.1']);
  expect(world.udp.at(-1)?.options).toMatchObject({ localAddress: '10.0.0.1', interfaceName: 'tether' });
  world.proxy.listenOn([]);
  expect([world.udp.length, world.tcp.length]).toEqual([2, 2]);
  world.proxy.close();
  expect([world.udp.length, world.tcp.length]).toEqual([0, 0]);
});

describe('a datagram is not answered', () => {
  test.each([
    ['when it is shorter than a header', new Uint8Array(11)],
    ['when it is itself an answer', buildMessage({ flags: 0x8180, question: { name: 'a.example' } })],
    ['when it is empty', new Uint8Array(0)],
  ])('%s', async (_title, bytes) => {
    const world = new World();
    expect(await world.send(bytes)).toEqual([]);
  });
});

describe('a question is turned down', () => {
  const question = { name: 'a.example' };
  test.each([
    ['with NOTIMP when it is an update', buildMessage({ flags: 0x2800, question }), 'NOTIMP'],
    [
      'with NOTIMP when it is a zone transfer',
      buildMessage({ question: { name: 'a.example', type: 'AXFR' } }),
      'NOTIMP',
    ],
    ['with FORMERR when there is none, TC or not', buildMessage({ flags: 0x0300 }), 'FORMERR'],
    ['with REFUSED when it is of class CHAOS', buildMessage({ question: { ...question, class: 3 } }), 'REFUSED'],
    ['with FORMERR when bytes follow it', Uint8Array.from([...buildMessage({ question }), 0]), 'FORMERR'],
    ['with FORMERR when its name is cut', buildMessage({ question }).slice(0, 18), 'FORMERR'],
    ['with BADVERS when its EDNS is newer than ours', buildMessage({ question, edns: { version: 1 } }), 'NOERROR'],
  ])('%s', async (_title, bytes, rcode) => {
    const world = new World();
    world.setLink({ addresses: ['192.0.2.53'] });
    const [answer] = await world.send(bytes);
    // dns-packet shows the low bits of the rcode alone; those of BADVERS are 0.
    expect(answer?.rcode).toBe(rcode);
    expect(answer?.answers).toEqual([]);
    expect(world.network.asked).toEqual([]);
  });
});

describe('over TCP', () => {
  function tcpWorld(settings = {}) {
    const world = new World(settings);
    world.setLink({ addresses: ['192.0.2.53'] });
    world.network.onAsk = says('192.0.2.1');
    return world;
  }

  test('questions in one segment, or octet by octet, are answered', async () => {
    const world = tcpWorld();
    const client = world.connect();
    const message = buildMessage({ id: 5, question: { name: 'a.example' } });
    for (const octet of [0, message.length, ...message]) client.send(octet);
    client.send(0, message.length, ...message, 0, message.length, ...message);
    await world.answers();
    expect(client.packets().map(({ id, answers }) => [id, answers[0]?.data])).toEqual(
      new Array(3).fill([5, '192.0.2.1']),
    );
  });

  test('a client that says nothing is closed after its time, one that asks now and then is not', async () => {
    const world = tcpWorld();
    const silent = world.connect();
    const busy = world.connect();
    for (let i = 0; i < 4; i++) {
      busy.ask(`n${i}.example`);
      await world.advance(1000);
    }
    expect([silent.closed, busy.closed]).toEqual([true, false]);
    await world.advance(5000);
    expect(busy.closed).toBe(true);
  });

  test('a client that sends an octet now and then gains no time by it', async () => {
    const world = tcpWorld();
    const client = world.connect();
    const message = buildMessage({ question: { name: 'slow.example' } });
    const octets = [0, message.length, ...message];
    for (let i = 0; i < 12 && !client.closed; i++) {
      client.send(octets[i] as number);
      await world.advance(900);
    }
    expect(client.closed).toBe(true);
  });

  test('a client that does not read is no longer read from, and closed after a while', async () => {
    const world = tcpWorld({ maxClientBacklogBytes: 4096 });
    const client = world.connect();
    client.blocked = true;
    for (let i = 0; i < 400; i++) client.ask('a.example');
    await world.answers();
    expect(client.reading).toBe(false);
    await world.advance(11_000);
    expect(client.closed).toBe(true);
  });

  test('no client has more questions under way than allowed; the rest waits its turn', async () => {
    const world = tcpWorld();
    world.network.onAsk = () => {};
    const client = world.connect();
    for (let i = 0; i < 300; i++) client.ask(`n${i}.example`, i);
    await world.answers();
    expect(world.network.asked.length).toBe(128);
    for (let i = 0; i < 300; i++) {
      const asked = world.network.asked[i];
      if (asked) says('192.0.2.1')(asked);
      await world.answers();
    }
    expect(client.packets().length).toBe(300);
  });

  test.each([
    ['a question longer than any', [0xff, 0xff]],
    ['less than a header', [0, 11, ...new Array<number>(11).fill(0)]],
    ['an answer', [0, 12, 0, 1, 0x80, ...new Array<number>(9).fill(0)]],
  ])('a client that sends %s is closed', (_title, octets) => {
    const client = tcpWorld().connect();
    client.send(...octets);
    expect(client.closed).toBe(true);
    expect(client.received).toEqual([]);
  });

  test('a client that has closed its half is still answered, then closed', async () => {
    const world = tcpWorld();
    const client = world.connect();
    client.ask('a.example');
    client.handlers?.onEnd();
    expect(client.closed).toBe(false);
    await world.answers();
    expect(client.packets().length).toBe(1);
    expect(client.closed).toBe(true);
  });

  describe('when a user of this machine holds every connection there is', () => {
    function heldWorld() {
      const world = tcpWorld({ maxConnections: 8 });
      world.network.onAsk = () => {};
      return { world, held: Array.from({ length: 8 }, () => world.connect('127.0.0.1', 1000)) };
    }

    test.each(['idle', 'with a question under way'])('%s, another user is served all the same', async (state) => {
      const { world, held } = heldWorld();
      if (state !== 'idle') for (const [i, client] of held.entries()) client.ask(`n${i}.example`);
      const other = world.connect('127.0.0.1', 0);
      world.network.onAsk = says('192.0.2.1');
      other.ask('other.example');
      await world.answers();
      expect(other.packets().map(({ rcode }) => rcode)).toEqual(['NOERROR']);
      expect(held.filter((client) => client.closed)).toEqual([held[0]]);
    });

    test('what the other user has is not taken by more connections of the first', async () => {
      const { world } = heldWorld();
      const others = [world.connect('127.0.0.1', 0), world.connect('127.0.0.1', 0)];
      for (let i = 0; i < 50; i++) world.connect('127.0.0.1', 1000);
      expect(others.map((client) => client.closed)).toEqual([false, false]);
    });

    test('its own next one takes the place of one without a question, or is refused', () => {
      const { world, held } = heldWorld();
      for (const client of held.slice(1)) client.ask('a.example');
      expect([world.connect('127.0.0.1', 1000), held[0]].map((client) => client?.closed)).toEqual([false, true]);
      for (const client of held) if (!client.closed) client.ask('b.example');
      const busy = tcpWorld({ maxConnections: 2 });
      busy.network.onAsk = () => {};
      for (const client of [busy.connect(), busy.connect()]) client.ask('a.example');
      expect(busy.connect().closed).toBe(true);
    });
  });

  test('connections are limited, in all and for each client elsewhere', () => {
    const world = tcpWorld({ maxConnections: 5, maxConnectionsPerClient: 2 });
    world.proxy.listenOn([{ address: ip('10.0.0.1'), interfaceName: 'tether' }]);
    const tether = world.tcp.at(-1);
    const open = (remote: string) => world.connectTo(tether, remote).closed === false;
    expect(['10.0.0.7', '10.0.0.7', '10.0.0.7', '10.0.0.8'].map(open)).toEqual([true, true, false, true]);
    world.network.onAsk = () => {};
    const here = [world.connect(), world.connect(), world.connect()];
    expect(here.map((client) => client.closed)).toEqual([false, false, false]);
    // One has made room for the sixth: with five at a time, none has more than a client of its own share.
    for (const client of here) client.ask('a.example');
    expect(open('10.0.0.9')).toBe(true);
  });
});
