import { once } from 'node:events';
import net from 'node:net';
import { Worker } from 'node:worker_threads';
import { type IpAddress, parseIp } from '@connman/inet';
import type { Stream, StreamOptions } from '@connman/ports';
import { enterVethNamespace, ip, openDescriptors, type VethPair } from '../../test/veth';
import { bootClock } from '../clock/clock';
import { createStreamPort } from './stream-port';

const streams = createStreamPort(bootClock);

function address(text: string): IpAddress {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
}
const loopback = address('127.0.0.1');

let pair: VethPair;
beforeAll(() => {
  pair = enterVethNamespace();
});
afterAll(() => pair.namespace.leave());

async function listen(onConnection: (socket: net.Socket) => void): Promise<{ port: number; close(): void }> {
  const server = net.createServer({ allowHalfOpen: true }, onConnection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return { port, close: () => server.close() };
}

/** What happens to a stream until its end or its fault. */
function history(options: Pick<StreamOptions, 'address' | 'port'> & Partial<StreamOptions>): Promise<string[]> {
  return new Promise((resolve) => {
    const events: string[] = [];
    const stream = streams.connect({
      onOpen: () => events.push('open'),
      onData: (bytes) => events.push(`data ${Buffer.from(bytes)}`),
      onEnd() {
        events.push('end');
        stream.close();
        resolve(events);
      },
      onError(error) {
        events.push(error.message);
        resolve(events);
      },
      ...options,
    });
  });
}

test('five megabytes go there and back in order, through a kernel that takes them in pieces', async () => {
  const server = await listen((socket) => socket.pipe(socket));
  const sent = Buffer.alloc(5_000_000);
  for (let i = 0; i < sent.length; i++) sent[i] = i * 7 + (i >> 8);
  const before = openDescriptors();
  let largest = 0;
  const received = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stream: Stream = streams.connect({
      address: loopback,
      port: server.port,
      onOpen: () => {
        largest = stream.pendingBytes;
      },
      onData(bytes) {
        chunks.push(Buffer.from(bytes));
        length += bytes.length;
        if (length < sent.length) return;
        expect(stream.pendingBytes).toBe(0);
        stream.close();
        resolve(Buffer.concat(chunks));
      },
      onEnd: () => reject(new Error('ended')),
      onError: reject,
    });
    const scratch = Buffer.from(sent.subarray(0, 1000));
    stream.write(scratch);
    scratch.fill(0);
    stream.write(sent.subarray(1000));
  });
  expect(received.equals(sent)).toBe(true);
  expect(largest).toBe(sent.length);
  server.close();
  expect(openDescriptors()).toBeLessThanOrEqual(before + 1);
});

test("the peer's end is told once, and what is written afterwards still arrives", async () => {
  const heard: string[] = [];
  let done: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    done = resolve;
  });
  const server = await listen((socket) => {
    socket.end('bye');
    socket.on('data', (chunk) => heard.push(chunk.toString()));
    socket.on('close', done);
  });
  const events: string[] = [];
  const stream = streams.connect({
    address: loopback,
    port: server.port,
    onOpen: () => events.push('open'),
    onData: (bytes) => events.push(`data ${Buffer.from(bytes)}`),
    onEnd() {
      events.push('end');
      stream.write(Buffer.from('after the end'));
      setImmediate(() => stream.close());
    },
    onError: (error) => events.push(error.message),
  });
  await arrived;
  expect(heard).toEqual(['after the end']);
  expect(events).toEqual(['open', 'data bye', 'end']);
  server.close();
});

/** In a thread of its own, so that it is done while our event loop stands still: answers once, and resets the connection. */
const resettingServer = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer((socket) => {
  socket.once('data', () => socket.write('answer', () => socket.resetAndDestroy()));
  socket.once('close', () => {
    Atomics.store(workerData, 0, 1);
    Atomics.notify(workerData, 0);
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('what a peer sent before it reset the connection comes before the fault of a write', async () => {
  const wasReset = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(resettingServer, { eval: true, workerData: wasReset });
  const [port] = await once(worker, 'message');
  const events = await new Promise<string[]>((resolve) => {
    const seen: string[] = [];
    const stream = streams.connect({
      address: loopback,
      port,
      onOpen() {
        stream.write(Buffer.from('question'));
        Atomics.wait(wasReset, 0, 0, 10_000);
        stream.write(Buffer.from('more'));
      },
      onData: (bytes) => seen.push(`data ${Buffer.from(bytes)}`),
      onEnd: () => resolve(seen),
      onError: (error) => resolve([...seen, error.call]),
    });
  });
  expect(events[0]).toBe('data answer');
  await worker.terminate();
});

test('a closed port is told as ECONNREFUSED', async () => {
  const { port, close } = await listen(() => {});
  close();
  expect(await history({ address: loopback, port })).toEqual([`tcp 127.0.0.1:${port}: connect failed: ECONNREFUSED`]);
});

test('a host that stays silent is told as ETIMEDOUT when the time is up', async () => {
  ip('address add 192.0.2.1/24 dev eth0');
  ip('neighbour add 192.0.2.2 dev eth0 lladdr 02:00:00:00:00:99 nud permanent');
  const start = bootClock.now();
  expect(await history({ address: address('192.0.2.2'), port: 80, timeoutMs: 30 })).toEqual([
    'tcp 192.0.2.2:80: connect failed: ETIMEDOUT (no answer in 30 ms)',
  ]);
  expect(bootClock.now() - start).toBeGreaterThanOrEqual(30);
});

test('an address without a route, and an interface that is not there, are refused at once', () => {
  const nothing = { port: 80, onOpen() {}, onData() {}, onEnd() {}, onError() {} };
  const before = openDescriptors();
  expect(() => streams.connect({ ...nothing, address: address('203.0.113.1') })).toThrow(
    'tcp 203.0.113.1:80: connect failed: ENETUNREACH',
  );
  expect(() => streams.connect({ ...nothing, address: loopback, interfaceName: 'eth9' })).toThrow(
    'tcp 0.0.0.0:0: binding to eth9 failed: ENODEV',
  );
  expect(openDescriptors()).toBe(before);
});

test('a stream of one interface leaves by it although the route goes elsewhere', async () => {
  const server = await listen((socket) => socket.end('lo'));
  // By eth0 no one answers for 127.0.0.1.
  const [only] = await history({ address: loopback, port: server.port, interfaceName: 'eth0', timeoutMs: 30 });
  expect(only).toMatch(/^tcp 127\.0\.0\.1:\d+: connect failed: /);
  const events = await history({ address: loopback, port: server.port, interfaceName: 'lo', localAddress: loopback });
  expect(events).toEqual(['open', 'data lo', 'end']);
  server.close();
});

test('a stream closed from within its own callbacks is called no more', async () => {
  const server = await listen((socket) => {
    socket.on('error', () => {});
    socket.write('one');
  });
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    const stream = streams.connect({
      address: loopback,
      port: server.port,
      timeoutMs: 1000,
      onOpen: () => events.push('open'),
      onData() {
        events.push('data');
        stream.write(Buffer.from('lost'));
        stream.close();
        stream.close();
        stream.write(Buffer.from('lost too'));
        expect(stream.pendingBytes).toBe(0);
        setImmediate(() => setImmediate(resolve));
      },
      onEnd: () => events.push('end'),
      onError: (error) => events.push(error.message),
    });
  });
  expect(events).toEqual(['open', 'data']);
  server.close();
});
