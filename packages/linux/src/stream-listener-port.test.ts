import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { type IpAddress, parseIp } from '@connman/inet';
import type { AcceptedStream } from '@connman/ports';
import { bootClock } from './clock';
import { enterNewNamespace, type Namespace } from './namespace';
import { portHolderPort } from './port-holder';
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

test('who listens at a port is found by its address or by the wildcard, and nobody else is', async () => {
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
