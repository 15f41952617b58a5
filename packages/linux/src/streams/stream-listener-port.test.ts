import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { type IpAddress, parseIp } from '@connman/inet';
import type { AcceptedStream } from '@connman/ports';
import { bootClock } from '../clock/clock';
import { enterNewNamespace, type Namespace } from '../processes/namespace';
import { portHolderPort } from '../processes/port-holder';
import { createStreamListenerPort } from './stream-listener-port';

const loopback = parseIp('127.0.0.1') as IpAddress;
const listeners = createStreamListenerPort(bootClock);

let namespace: Namespace;
beforeAll(() => {
  namespace = enterNewNamespace();
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
});
afterAll(() => namespace.leave());

const fail = (error: Error) => {
  throw error;
};

/** Listens, and gives each stream to `accept`. */
function listen(
  accept: (
    stream: AcceptedStream,
  ) => { onData?(bytes: Uint8Array): void; onEnd?(): void; onDrain?(): void } | undefined,
) {
  return listeners.listen({
    family: 4,
    localAddress: loopback,
    onStream(stream) {
      const handlers = accept(stream);
      return handlers && { onData() {}, onEnd() {}, onDrain() {}, onError() {}, ...handlers };
    },
    onError: fail,
  });
}

test('what a client sends comes in, what is written goes out, and its end is told', async () => {
  const listener = listen((stream) => ({
    onData: (bytes) => stream.write(Buffer.from(`re ${Buffer.from(bytes)}`)),
    onEnd: () => stream.end(),
  }));
  const client = net.connect({ port: listener.localPort, host: loopback, allowHalfOpen: true });
  client.end('hello');
  let text = '';
  for await (const chunk of client) text += chunk;
  expect(text).toBe('re hello');
  listener.close();
});

test('the user at the other end of a connection is known, while there is one', async () => {
  const streams: AcceptedStream[] = [];
  const listener = listen((stream) => {
    streams.push(stream);
    return {};
  });
  const client = net.connect({ port: listener.localPort, host: loopback });
  await once(client, 'connect');
  while (streams.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const here = { address: loopback, port: listener.localPort };
  const there = { address: loopback, port: client.localPort ?? 0 };
  expect(streams[0]?.remotePort).toBe(there.port);
  expect(portHolderPort.userOf(there, here)).toBe(process.getuid?.());
  expect(portHolderPort.userOf({ ...there, port: 1 }, here)).toBeUndefined();
  client.destroy();
  streams[0]?.close();
  listener.close();
});

test('a reader that stops holds the peer back, and what waits is sent before the end', async () => {
  const size = 8 << 20;
  let drained = 0;
  const listener = listen((stream) => ({
    onData() {
      stream.write(Buffer.alloc(size, 'x'));
      expect(stream.pendingBytes).toBeGreaterThan(0);
      stream.end();
    },
    onDrain: () => drained++,
  }));
  const client = net.connect(listener.localPort, loopback);
  client.write('now');
  let received = 0;
  for await (const chunk of client) received += (chunk as Buffer).length;
  expect([received, drained]).toEqual([size, 0]);
  listener.close();
});

test('a stream that is turned down is closed at once', async () => {
  const listener = listen(() => undefined);
  const client = net.connect(listener.localPort, loopback);
  await new Promise((resolve) =>
    client
      .once('close', resolve)
      .on('error', () => {})
      .resume(),
  );
  listener.close();
});

test('who listens at a port is found by its address or by the wildcard, and no one else is', async () => {
  const listener = listen(() => undefined);
  const own = { pid: process.pid, name: expect.any(String) };
  expect(portHolderPort.holderOf('tcp', loopback, listener.localPort)).toEqual(own);
  expect(portHolderPort.holderOf('tcp', parseIp('127.0.0.2') as IpAddress, listener.localPort)).toBeUndefined();
  expect(portHolderPort.holderOf('udp', loopback, listener.localPort)).toBeUndefined();
  const everywhere = net.createServer();
  const port = await new Promise<number>((resolve) =>
    everywhere.listen(0, () => resolve((everywhere.address() as net.AddressInfo).port)),
  );
  expect(portHolderPort.holderOf('tcp', parseIp('127.0.0.2') as IpAddress, port)).toEqual(own);
  everywhere.close();
  listener.close();
});
