import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type IpAddress, parseIp } from '@connman/inet';
import type { Exchange, ExchangePeer, ExchangeRoute, ExchangeSockets } from '@connman/ports';
import { enterNewNamespace, type Namespace } from '../processes/namespace';
import { datagramPort } from './datagram-port';
import { exchangePort } from './exchange-port';

const ECONNREFUSED = 111;
const ENODEV = 19;
const loopback = parseIp('127.0.0.1') as IpAddress;
const other = parseIp('127.0.0.2') as IpAddress;

let namespace: Namespace;
beforeAll(() => {
  namespace = enterNewNamespace();
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
});
afterAll(() => namespace.leave());

interface Heard {
  readonly question: string;
  readonly text: string;
  readonly length: number;
  readonly errno: number;
}

class Asking implements Exchange {
  readonly question: Uint8Array;
  private readonly onHeard: (heard: Heard) => void;

  constructor(question: string, onHeard: (heard: Heard) => void) {
    this.question = Buffer.from(question);
    this.onHeard = onHeard;
  }

  onAnswer(bytes: Uint8Array, offset: number, length: number, errno: number): void {
    const text = Buffer.from(bytes.subarray(offset, offset + Math.min(length, 32))).toString();
    this.onHeard({ question: Buffer.from(this.question).toString(), text, length, errno });
  }
}

/** Exchanges, a way to make one, and a promise of what the first `count` callbacks told. */
function listen(count: number) {
  const seen: Heard[] = [];
  let done: (heard: readonly Heard[]) => void;
  const heard = new Promise<readonly Heard[]>((resolve) => {
    done = resolve;
  });
  const exchanges = exchangePort.openExchanges({ slotBytes: 32, onIdle() {} });
  const asking = (question: string) =>
    new Asking(question, (what) => {
      if (seen.push(what) === count) done(seen);
    });
  return { exchanges, heard, asking };
}

type Answer = (question: string, reply: (text: string) => void, port: number) => void;

/** A server on loopback. */
function serve(answer: Answer) {
  const server = datagramPort.open({
    family: 4,
    localAddress: loopback,
    onDatagram(bytes, from, port) {
      answer(Buffer.from(bytes).toString(), (text) => server.send(Buffer.from(text), from, port), port);
    },
    onError(error) {
      throw error;
    },
  });
  return server;
}

const numbered = (i: number) => String(i).padStart(2, '0');

test('a question that leaves alone has a port of its own, also when its socket has been used before', async () => {
  const ports = new Set<number>();
  const server = serve((question, reply, port) => {
    ports.add(port);
    reply(`${question}!`);
  });
  const exchanges = exchangePort.openExchanges({ slotBytes: 32, onIdle() {} });
  const route = exchanges.route({ address: loopback, port: server.localPort, interfaceName: 'lo' });
  for (let i = 0; i < 50; i++) {
    const text = await new Promise((resolve) => {
      const exchange = new Asking(numbered(i), (heard) => {
        exchanges.close(exchange);
        resolve(heard.text);
      });
      exchanges.send(route, exchange);
    });
    expect(text).toBe(`${numbered(i)}!`);
  }
  // Drawn at random: that some come twice must stay rare.
  expect(ports.size).toBeGreaterThan(45);
  exchanges.closeAll();
  server.close();
});

test('eight questions of one turn have a port each', async () => {
  const ports = new Set<number>();
  const server = serve((question, reply, port) => {
    ports.add(port);
    reply(`${question}!`);
  });
  const { exchanges, heard, asking } = listen(8);
  const route = exchanges.route({ address: loopback, port: server.localPort });
  for (let i = 0; i < 8; i++) exchanges.send(route, asking(numbered(i)));
  for (const { question, text } of await heard) expect(text).toBe(`${question}!`);
  expect(ports.size).toBe(8);
  exchanges.closeAll();
  server.close();
});

test('a crowd of one turn shares ports, sixteen to one, and each hears its own answer', async () => {
  const perPort = new Map<number, number>();
  const late: (() => void)[] = [];
  const server = serve((question, reply, port) => {
    perPort.set(port, (perPort.get(port) ?? 0) + 1);
    late.push(() => reply(`${question} answered`));
    // The last question is answered first.
    if (late.length === 40) for (const send of late.reverse()) send();
  });
  const { exchanges, heard, asking } = listen(40);
  const route = exchanges.route({ address: loopback, port: server.localPort });
  for (let i = 0; i < 40; i++) exchanges.send(route, asking(numbered(i)));
  for (const { question, text } of await heard) expect(text).toBe(`${question} answered`);
  expect([...perPort.values()].sort()).toEqual([16, 16, 8]);
  exchanges.closeAll();
  server.close();
});

test('two questions with the same id are both told what comes, for either may be meant', async () => {
  const server = serve((question, reply) => {
    if (question === '00b') reply('00 for b');
  });
  const { exchanges, heard, asking } = listen(2);
  const route = exchanges.route({ address: loopback, port: server.localPort });
  for (const question of [...Array.from({ length: 14 }, (_, i) => `${i + 10}`), '00a', '00b', '99']) {
    exchanges.send(route, asking(question));
  }
  const told = (await heard).map(({ question, text }) => `${question}: ${text}`);
  expect(told.sort()).toEqual(['00a: 00 for b', '00b: 00 for b']);
  exchanges.closeAll();
  server.close();
});

test('a datagram with an id that no one has is told to one question, which can count it', async () => {
  const server = serve((_question, reply) => reply('99 a guess'));
  const { exchanges, heard, asking } = listen(1);
  exchanges.send(exchanges.route({ address: loopback, port: server.localPort }), asking('00'));
  expect(await heard).toEqual([{ question: '00', text: '99 a guess', length: 10, errno: 0 }]);
  exchanges.closeAll();
  server.close();
});

test('an answer from another address is never heard, and a longer one tells its length', async () => {
  const stranger = datagramPort.open({ family: 4, localAddress: other, onDatagram() {}, onError() {} });
  const server = datagramPort.open({
    family: 4,
    localAddress: loopback,
    onDatagram(_bytes, from, port) {
      stranger.send(Buffer.from('00 a lie'), from, port);
      server.send(Buffer.alloc(100, '0'), from, port);
    },
    onError() {},
  });
  const { exchanges, heard, asking } = listen(1);
  exchanges.send(exchanges.route({ address: loopback, port: server.localPort }), asking('00'));
  expect(await heard).toEqual([{ question: '00', text: '0'.repeat(32), length: 100, errno: 0 }]);
  exchanges.closeAll();
  server.close();
  stranger.close();
});

test('a port no one listens on is told as ECONNREFUSED, a device that is not there as ENODEV', async () => {
  const { exchanges, heard, asking } = listen(3);
  const closed = { address: loopback, port: 9 };
  exchanges.send(exchanges.route({ ...closed, interfaceName: 'none0' }), asking('00'));
  const route = exchanges.route(closed);
  for (const question of ['01', '02']) exchanges.send(route, asking(question));
  const told = [...(await heard)].sort((a, b) => a.question.localeCompare(b.question));
  expect(told.map(({ question, errno }) => [question, errno])).toEqual([
    ['00', ENODEV],
    ['01', ECONNREFUSED],
    ['02', ECONNREFUSED],
  ]);
  exchanges.closeAll();
});

test('a closed exchange hears nothing more, and one closed before it was sent is not sent', async () => {
  const asked: string[] = [];
  const server = serve((question, reply) => {
    asked.push(question);
    reply(`${question} late`);
  });
  const { exchanges, heard, asking } = listen(1);
  const route = exchanges.route({ address: loopback, port: server.localPort, localAddress: loopback });
  const [withdrawn, deaf, listening] = ['00', '01', '02'].map(asking) as [Asking, Asking, Asking];
  exchanges.send(route, withdrawn);
  exchanges.close(withdrawn);
  exchanges.send(route, deaf);
  exchanges.flush();
  exchanges.close(deaf);
  exchanges.send(route, listening);
  expect((await heard)[0]?.question).toBe('02');
  expect(asked).toEqual(['01', '02']);
  exchanges.closeAll();
  server.close();
});

test('what a server said too late is not heard by the next question, whose socket is another', async () => {
  let first = '';
  const ports: number[] = [];
  const server = serve((question, reply, port) => {
    ports.push(port);
    if (first === '') first = question;
    else reply(`${question} in time`);
  });
  const { exchanges, heard, asking } = listen(1);
  const route = exchanges.route({ address: loopback, port: server.localPort });
  const silent = asking('00');
  exchanges.send(route, silent);
  exchanges.flush();
  exchanges.close(silent);
  exchanges.send(route, asking('01'));
  expect(await heard).toEqual([{ question: '01', text: '01 in time', length: 10, errno: 0 }]);
  expect(ports[1]).not.toBe(ports[0]);
  exchanges.closeAll();
  server.close();
});

test('what came with the answer that ended a question is not heard by the next one, sent at once', async () => {
  const server = serve((question, reply) => {
    reply(`${question} first`);
    if (question === '00') reply('01 forged in advance');
  });
  const { exchanges, heard, asking } = listen(1);
  const route = exchanges.route({ address: loopback, port: server.localPort });
  const next = asking('01');
  const exchange = new Asking('00', () => {
    exchanges.close(exchange);
    exchanges.send(route, next);
    exchanges.flush();
  });
  exchanges.send(route, exchange);
  expect(await heard).toEqual([{ question: '01', text: '01 first', length: 8, errno: 0 }]);
  exchanges.closeAll();
  server.close();
});

test.each<[string, (sockets: ExchangeSockets, all: readonly Exchange[]) => void]>([
  ['its exchange', (sockets, all) => all.forEach(sockets.close, sockets)],
  ['everything', (sockets) => sockets.closeAll()],
])('a callback told that a crowd cannot be sent may close %s: no other one of it is called', (_title, close) => {
  const { exchanges } = listen(1);
  const route = exchanges.route({ address: loopback, port: 9, interfaceName: 'none0' });
  const told: Heard[] = [];
  const all = Array.from({ length: 40 }, (_, i) => {
    return new Asking(numbered(i), (heard) => {
      told.push(heard);
      close(exchanges, all);
    });
  });
  for (const exchange of all) exchanges.send(route, exchange);
  exchanges.flush();
  exchanges.flush();
  expect(told.map(({ question, errno }) => [question, errno])).toEqual([['00', ENODEV]]);
  exchanges.closeAll();
});

test('what came to a port made ready before there was a question is not heard as its answer', async () => {
  const server = serve((question, reply) => {
    if (question === '01') reply('01 true');
  });
  const { exchanges, heard, asking } = listen(2);
  const route = exchanges.route({ address: loopback, port: server.localPort });
  exchanges.send(route, asking('00'));
  exchanges.poll(1);
  const peer = `0100007F:${server.localPort.toString(16).toUpperCase().padStart(4, '0')}`;
  const connected = readFileSync('/proc/self/net/udp', 'utf8').matchAll(new RegExp(`0100007F:(\\w+) ${peer}`, 'g'));
  const ports = [...connected].map(([, port = '']) => Number.parseInt(port, 16));
  expect(ports.length).toBe(2);
  for (const port of ports) server.send(Buffer.from('01 forged'), loopback, port);
  exchanges.send(route, asking('01'));
  // The port of the first question hears the guess, which is for its asker to refuse.
  const told = (await heard).map(({ question, text }) => `${question}: ${text}`);
  expect(told.sort()).toEqual(['00: 01 forged', '01: 01 true']);
  exchanges.closeAll();
  server.close();
});

test('a port made ready before the link got another address costs no question', () => {
  const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8' });
  // The fourth number of the second line that begins with Udp.
  const sent = () => Number(readFileSync('/proc/self/net/snmp', 'utf8').match(/^Udp: \d+ \d+ \d+ (\d+)/m)?.[1]);
  ip('link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'd1');
  for (const name of ['d0', 'd1']) ip('link', 'set', name, 'arp', 'off', 'up');
  ip('address', 'add', '198.51.100.1/32', 'dev', 'd0');
  ip('route', 'add', '198.51.100.53', 'dev', 'd0');
  const told: Heard[] = [];
  const { exchanges } = listen(1);
  const asking = (question: string) => new Asking(question, (heard) => told.push(heard));
  const route = exchanges.route({ address: parseIp('198.51.100.53') as IpAddress, port: 53 });
  exchanges.send(route, asking('00'));
  exchanges.poll(1);
  const before = sent();
  ip('address', 'add', '198.51.100.2/32', 'dev', 'd0');
  ip('address', 'del', '198.51.100.1/32', 'dev', 'd0');
  exchanges.send(route, asking('01'));
  exchanges.flush();
  expect(told).toEqual([]);
  expect(sent()).toBe(before + 1);
  exchanges.closeAll();
  ip('link', 'del', 'd0');
});

/** Numbers from a seed: the same each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Sockets and sets of them that are open. */
function descriptors(): number {
  let count = 0;
  for (const fd of readdirSync('/proc/self/fd')) {
    const link = `/proc/self/fd/${fd}`;
    // The descriptor of this very look is gone already.
    if (lstatSync(link, { throwIfNoEntry: false }) && /^socket:|eventpoll/.test(readlinkSync(link))) count++;
  }
  return count;
}

test('whatever is sent, closed and forgotten in whatever order, nothing is told that was closed, and no socket is left', async () => {
  const below = random(7);
  const servers = [
    serve((question, reply) => reply(question)),
    serve(() => {}),
    serve((question, reply) => [reply(question), reply('zz stray'), reply(question)]),
    serve((_question, reply) => [reply(''), reply('z'), reply('zz stray')]),
    serve((question, reply) => reply(question.padEnd(100))),
  ];
  const peers = [
    ...servers.map(({ localPort }) => ({ address: loopback, port: localPort })),
    { address: loopback, port: servers[0]?.localPort ?? 0, localAddress: other },
    { address: loopback, port: servers[2]?.localPort ?? 0, interfaceName: 'lo' },
    { address: loopback, port: 9 },
    { address: loopback, port: 9, interfaceName: 'none0' },
  ];
  const outside = descriptors();
  const exchanges = exchangePort.openExchanges({ slotBytes: 32, onIdle: () => below(4) === 0 && exchanges.flush() });
  const empty = descriptors();
  const routes = peers.map((peer) => exchanges.route(peer));
  const open = new Set<Exchange>();
  const wrong: string[] = [];
  let asked = 0;
  let told = 0;
  let time = 0;
  const some = () => [...open][below(open.size)];
  const close = (exchange: Exchange | undefined) => {
    if (!exchange) return;
    open.delete(exchange);
    exchanges.close(exchange);
  };
  const send = (which: number) => {
    const id = String.fromCharCode(97 + (asked % 25), 97 + (Math.floor(asked / 25) % 26));
    const crowd = `${time} ${which}`;
    const question = `${id} ${crowd} ${asked++}`;
    const exchange = new Asking(question, ({ text, length, errno }) => {
      told++;
      if (!open.has(exchange)) wrong.push(`${question} was closed and is told ${text}`);
      // A stray answer may be delivered to another question of the same burst, perhaps by the same port.
      const isFitting = errno !== 0 || length < 2 || text.startsWith('zz') || text.slice(3).startsWith(`${crowd} `);
      if (!isFitting) wrong.push(`${question} is told ${text}`);
      if (below(8) > 0) close(exchange);
      if (below(8) === 0) close(some());
      if (below(8) === 0) send(below(routes.length));
      if (below(8) === 0) exchanges.flush();
      if (below(64) === 0) exchanges.poll(5);
    });
    open.add(exchange);
    exchanges.send(routes[which] as ExchangeRoute, exchange);
  };
  for (let turn = 0; turn < 2000; turn++) {
    const which = below(routes.length);
    const what = below(8);
    if (what < 3) send(which);
    else if (what === 3) for (let i = below(40); i >= 0; i--) send(which);
    else if (what === 4) exchanges.flush();
    else if (what === 5) exchanges.poll(below(50));
    else if (what === 6) while (open.size > below(100)) close(some());
    else if (below(8) === 0) {
      exchanges.forget(routes[which] as ExchangeRoute);
      routes[which] = exchanges.route(peers[which] as ExchangePeer);
    }
    if (below(3) > 0) continue;
    time++;
    await new Promise(setImmediate);
    time++;
  }
  exchanges.flush();
  for (const exchange of open) close(exchange);
  for (const route of routes) exchanges.forget(route);
  const inside = descriptors() - empty;
  exchanges.closeAll();
  const left = descriptors() - outside;
  for (const server of servers) server.close();
  expect({ wrong, inside, left }).toEqual({ wrong: [], inside: 0, left: 0 });
  expect(told).toBeGreaterThan(1000);
});
