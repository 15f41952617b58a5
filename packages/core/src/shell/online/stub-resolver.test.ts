import { OsError } from '@connman/base';
import type { DnsTlsMode } from '@connman/contracts';
import { type IpAddress, parseIp } from '@connman/inet';
import type { SecureStreamOptions, StreamOptions } from '@connman/ports';
import { type FakeDatagramSocket, FakeDatagrams, FakeStream, ManualClock } from '@connman/testkit';
import { stubResolver } from './stub-resolver';

const ip = (text: string) => parseIp(text) as IpAddress;
const [one, two] = [ip('192.0.2.1'), ip('2001:db8::2')];

function rig(servers: IpAddress[] = [one, two], tls: DnsTlsMode = 'off') {
  const clock = new ManualClock();
  const datagrams = new FakeDatagrams();
  let draws = 0;
  const entropy = { bytes: (count: number) => new Uint8Array(count), uint32: () => 0xabcd0001 + draws++ };
  const streams: FakeStream[] = [];
  const secureStreams = {
    connectSecure: (options: SecureStreamOptions) => {
      const stream = new FakeStream(options as StreamOptions);
      streams.push(stream);
      return stream;
    },
  };
  const names = { names: new Map([[one, 'dns.example']]), caFile: '/ca.pem' };
  const resolve = stubResolver({ clock, datagrams, secureStreams, entropy }, names);
  const look = (host = 'check.example') => resolve(host, 4, servers, 'eth0', tls);
  const ask = (host = 'check.example') => look(host).result;
  const socketOf = (server: IpAddress) =>
    datagrams.sockets.find((socket) => socket.options.remote?.address === server) as FakeDatagramSocket;
  /** The server's answer to the last question that reached it. */
  const answer = (server: IpAddress, rcode = 0, addresses: number[][] = [], flags = 0x80) => {
    const socket = socketOf(server);
    const query = socket.sent.at(-1) as Uint8Array;
    const bytes = Uint8Array.from([
      ...query,
      ...addresses.flatMap((address) => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...address]),
    ]);
    bytes.set([flags | 1, 0x80 | rcode], 2);
    bytes[7] = addresses.length;
    socket.options.onDatagram(bytes, server, 53);
  };
  /** The server's answer over TLS to the question that reached it, in two pieces. */
  const answerSecurely = (stream: FakeStream, address: number[]) => {
    const query = Buffer.from(stream.written, 'latin1').subarray(2);
    const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...address];
    const bytes = Uint8Array.from([0, query.length + record.length, ...query, ...record]);
    bytes.set([0x81, 0x80], 4);
    bytes[9] = 1;
    stream.options.onData(bytes.subarray(0, 1));
    stream.options.onData(bytes.subarray(1));
  };
  const stream = (i = 0) => streams[i] as FakeStream;
  return { clock, datagrams, streams, stream, ask, look, answer, answerSecurely, socketOf };
}

test('the first server is asked at once, by the link, and its answer ends the lookup and all it had open', async () => {
  const { ask, answer, datagrams, clock } = rig();
  const lookup = ask();
  expect(
    datagrams.sockets.map(({ options, sent }) => [options.interfaceName, options.remote, options.family, sent.length]),
  ).toEqual([['eth0', { address: one, port: 53 }, 4, 1]]);
  answer(one, 0, [
    [198, 51, 100, 7],
    [198, 51, 100, 8],
  ]);
  expect(await lookup).toEqual({ ok: true, value: ['198.51.100.7', '198.51.100.8'] });
  expect(datagrams.sockets.every((socket) => socket.closed)).toBe(true);
  expect(clock.pending).toBe(0);
});

test('a lost datagram costs a quarter of a second, with one server and with two', async () => {
  const single = rig([one]);
  const first = single.ask();
  single.clock.advance(249);
  expect(single.socketOf(one).sent).toHaveLength(1);
  single.clock.advance(1);
  expect(single.socketOf(one).sent).toHaveLength(2);
  expect(single.socketOf(one).sent[0]).toEqual(single.socketOf(one).sent[1]);
  single.answer(one, 0, [[198, 51, 100, 7]]);
  expect((await first).ok).toBe(true);

  const pair = rig();
  const second = pair.ask();
  pair.clock.advance(250);
  expect(pair.socketOf(two).options.family).toBe(6);
  // The slow one may still be the first to answer.
  pair.answer(one, 0, [[198, 51, 100, 7]]);
  expect((await second).ok).toBe(true);
});

test('pauses double with each round and the lookup gives up after five seconds', async () => {
  const { ask, clock, socketOf } = rig([one]);
  const moments: number[] = [];
  const lookup = ask();
  socketOf(one).onSend = () => moments.push(clock.now());
  clock.advance(5000);
  expect(moments).toEqual([250, 750, 1750, 3750]);
  expect(await lookup).toEqual({
    ok: false,
    error: { reason: 'check.example: no answer from 192.0.2.1 within 5 s', transient: false },
  });
  expect(clock.pending).toBe(0);
});

test('a server that fails is not waited for', async () => {
  const { ask, answer, socketOf } = rig();
  const lookup = ask();
  answer(one, 2);
  expect(socketOf(two).sent).toHaveLength(1);
  answer(two, 5);
  expect(await lookup).toEqual({
    ok: false,
    error: { reason: 'check.example: 192.0.2.1 answered SERVFAIL; 2001:db8::2 answered REFUSED', transient: false },
  });
});

test.each([
  [3, 'check.example: no such name, says 192.0.2.1'],
  [0, 'check.example: no A record, says 192.0.2.1'],
])('an answer of code %i without addresses is final', async (rcode, reason) => {
  const { ask, answer, datagrams } = rig();
  const lookup = ask();
  answer(one, rcode);
  expect(await lookup).toEqual({ ok: false, error: { reason, transient: false, denied: true } });
  expect(datagrams.sockets).toHaveLength(1);
});

test('an answer that was cut to nothing sends us to the next server', async () => {
  const { ask, answer } = rig();
  const lookup = ask();
  answer(one, 0, [], 0x82);
  answer(two, 0, [[198, 51, 100, 7]]);
  expect((await lookup).ok).toBe(true);
});

test('a forged answer changes nothing; only if no true one comes is it mentioned', async () => {
  const { ask, socketOf, clock } = rig([one]);
  const lookup = ask();
  const forged = socketOf(one).sent[0]?.slice() as Uint8Array;
  forged.set([forged[0] as number, 0xff, 0x81, 0x83]);
  socketOf(one).options.onDatagram(forged, one, 53);
  clock.advance(5000);
  expect(await lookup).toMatchObject({
    error: { reason: expect.stringContaining('192.0.2.1 sent dns: another id'), transient: false },
  });
});

test('trouble of our own with every server is transient, with one of them it is not', async () => {
  const none = rig();
  none.datagrams.onOpen = () => {
    throw new OsError('connect', 101, 'eth0');
  };
  expect(await none.ask()).toMatchObject({
    error: { transient: true, reason: expect.stringContaining('ENETUNREACH') },
  });
  expect(none.clock.pending).toBe(0);

  const refused = rig();
  const lookup = refused.ask();
  refused.socketOf(one).options.onError(new OsError('recv', 111, '192.0.2.1:53'));
  refused.answer(two, 2);
  expect(await lookup).toMatchObject({ error: { transient: false } });
});

test('no nameservers, or no name, fails at once', async () => {
  expect(await rig([]).ask()).toMatchObject({ error: { reason: 'check.example: no nameservers' } });
  expect(await rig().ask('a..b')).toMatchObject({ error: { reason: 'a..b: not a name that can be asked for' } });
});

describe('over TLS', () => {
  const securely = (stream: FakeStream) => stream.options as unknown as SecureStreamOptions;

  test('strict: a server is asked at port 853 under its name, one without a name by its address, none in the clear', async () => {
    const { ask, streams, stream, answerSecurely, clock, datagrams } = rig([one, two], 'strict');
    const lookup = ask();
    clock.advance(250);
    expect(streams.map(({ options }) => [options.address, options.port, options.interfaceName])).toEqual([
      [one, 853, 'eth0'],
      [two, 853, 'eth0'],
    ]);
    expect(securely(stream()).tls).toEqual({ serverName: 'dns.example', verify: true, caFile: '/ca.pem' });
    expect(securely(stream(1)).tls).toEqual({ serverName: '', verify: true, caFile: '/ca.pem' });
    // The question is not said twice on a connection that loses nothing.
    clock.advance(500);
    const first = stream();
    expect(first.written).toHaveLength(2 + first.written.charCodeAt(1));
    answerSecurely(first, [198, 51, 100, 7]);
    expect(await lookup).toEqual({ ok: true, value: ['198.51.100.7'] });
    expect(datagrams.sockets).toEqual([]);
    expect(streams.every((stream) => stream.closed)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('strict: a certificate that does not hold is the reason given, and nothing is said in the clear', async () => {
    const { ask, stream, datagrams } = rig([one], 'strict');
    const lookup = ask();
    securely(stream()).onError(new Error('TLS: certificate has expired'));
    expect(await lookup).toEqual({
      ok: false,
      error: { reason: 'check.example: 192.0.2.1: TLS: certificate has expired', transient: false },
    });
    expect(datagrams.sockets).toEqual([]);
  });

  test('strict: a server that cannot be reached is trouble of this machine', async () => {
    const { ask, stream } = rig([one], 'strict');
    const lookup = ask();
    stream().fail('connect', 101);
    expect(await lookup).toMatchObject({ error: { transient: true, reason: expect.stringContaining('ENETUNREACH') } });
  });

  test.each([
    ['no TLS', (stream: FakeStream) => stream.fail('connect', 111)],
    ['a connection that ends at once', (stream: FakeStream) => stream.end()],
  ])('opportunistic: no certificate is looked at, and with %s the server is asked in the clear', async (_, refuse) => {
    const { ask, stream, answer, socketOf } = rig([one], 'opportunistic');
    const lookup = ask();
    expect(securely(stream()).tls).toMatchObject({ verify: false });
    refuse(stream());
    expect(socketOf(one).sent).toHaveLength(1);
    answer(one, 0, [[198, 51, 100, 7]]);
    expect(await lookup).toEqual({ ok: true, value: ['198.51.100.7'] });
  });
});

test('a lookup that is cancelled closes its sockets at once, and sets no timer', () => {
  const { clock, datagrams, look } = rig();
  const { cancel } = look();
  clock.advance(600);
  expect(datagrams.sockets.some((socket) => !socket.closed)).toBe(true);
  cancel();
  expect(datagrams.sockets.filter((socket) => !socket.closed)).toEqual([]);
  expect(clock.pending).toBe(0);
});
