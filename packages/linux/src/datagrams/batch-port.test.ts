import { execFileSync } from 'node:child_process';
import type { OsError } from '@connman/base';
import { parseIp } from '@connman/inet';
import { type BatchSocket, createDatagramBatch } from '@connman/ports';
import { enterNewNamespace, type Namespace } from '../processes/namespace';
import { batchPort } from './batch-port';
import { datagramPort } from './datagram-port';

const loopback = { 4: parseIp('127.0.0.1'), 6: parseIp('::1') };

let namespace: Namespace;
beforeAll(() => {
  namespace = enterNewNamespace();
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
});
afterAll(() => namespace.leave());

function fail(error: OsError): void {
  throw error;
}

/** A server that sends every datagram back where it came from, out of the buffer it came into. */
function echoServer(family: 4 | 6): BatchSocket {
  const batch = createDatagramBatch(512);
  const address = loopback[family];
  if (!address) throw new Error('no loopback address');
  const socket = batchPort.openBatch({
    family,
    localAddress: address,
    onReadable() {
      const count = socket.receive(batch);
      expect(socket.send(batch, 0, count)).toBe(count);
    },
    onWritable() {},
    onError: fail,
  });
  return socket;
}

for (const family of [4, 6] as const) {
  test(`a batch of IPv${family} datagrams is sent back to their senders, each with its own bytes`, async () => {
    const server = echoServer(family);
    const address = loopback[family];
    if (!address) throw new Error('no loopback address');
    const sent = 150;
    const answers = await new Promise<string[]>((resolve) => {
      const seen: string[] = [];
      const client = datagramPort.open({
        family,
        onDatagram(bytes, from, port) {
          expect(from).toBe(address);
          expect(port).toBe(server.localPort);
          seen.push(Buffer.from(bytes).toString());
          if (seen.length === sent) {
            client.close();
            resolve(seen);
          }
        },
        onError: fail,
      });
      for (let i = 0; i < sent; i++) client.send(Buffer.from(`question ${i}`), address, server.localPort);
    });
    expect(answers).toEqual(Array.from({ length: sent }, (_, i) => `question ${i}`));
    server.close();
  });
}

test('a datagram larger than its slot tells its real length and spills into no other slot', async () => {
  const batch = createDatagramBatch(16, 2);
  const address = loopback[4];
  if (!address) throw new Error('no loopback address');
  await new Promise<void>((resolve) => {
    const server = batchPort.openBatch({
      family: 4,
      localAddress: address,
      onReadable() {
        expect(server.receive(batch)).toBe(1);
        expect(batch.lengths[0]).toBe(40);
        expect(Buffer.from(batch.bytes.subarray(0, 16)).toString()).toBe('x'.repeat(16));
        expect([...batch.bytes.subarray(16)]).toEqual(new Array(16).fill(0));
        server.close();
        client.close();
        resolve();
      },
      onWritable() {},
      onError: fail,
    });
    const client = datagramPort.open({ family: 4, onDatagram() {}, onError: fail });
    client.send(Buffer.from('x'.repeat(40)), address, server.localPort);
  });
});

test('a datagram that cannot be sent is told with its errno and those behind it still go', async () => {
  const batch = createDatagramBatch(16, 3);
  const address = loopback[4];
  if (!address) throw new Error('no loopback address');
  const errors: string[] = [];
  const sender = batchPort.openBatch({
    family: 4,
    onReadable() {},
    onWritable() {},
    onError: (error) => errors.push(error.code),
  });
  const heard = new Promise<string>((resolve) => {
    const receiver = datagramPort.open({
      family: 4,
      localAddress: address,
      onDatagram(bytes) {
        receiver.close();
        resolve(Buffer.from(bytes).toString());
      },
      onError: fail,
    });
    // Entry 0 has port 0 as its destination, which the kernel refuses.
    const to = Uint8Array.from([2, 0, receiver.localPort >> 8, receiver.localPort & 255, 127, 0, 0, 1]);
    batch.addresses.set([2, 0, 0, 0, 127, 0, 0, 1], 0);
    batch.addresses.set(to, 28);
    batch.bytes.set(Buffer.from('one'), 0);
    batch.bytes.set(Buffer.from('two'), 16);
    batch.lengths.fill(3);
    expect(sender.send(batch, 0, 2)).toBe(2);
  });
  expect(await heard).toBe('two');
  expect(errors).toEqual(['EINVAL']);
  sender.close();
});

test('a port that is taken is refused with EADDRINUSE', () => {
  const server = echoServer(4);
  const address = loopback[4];
  if (!address) throw new Error('no loopback address');
  const taken = { family: 4, localAddress: address, localPort: server.localPort } as const;
  expect(() => batchPort.openBatch({ ...taken, onReadable() {}, onWritable() {}, onError: fail })).toThrow(
    'EADDRINUSE',
  );
  server.close();
});

test('what comes while the program is busy waits, as much of it as was asked for', async () => {
  const address = loopback[4];
  if (!address) throw new Error('no loopback address');
  const sent = 2000;
  const batch = createDatagramBatch(64);
  await new Promise<void>((resolve) => {
    let received = 0;
    const server = batchPort.openBatch({
      family: 4,
      localAddress: address,
      receiveBufferBytes: 2 << 20,
      onReadable() {
        received += server.receive(batch);
        if (received < sent) return;
        server.close();
        client.close();
        resolve();
      },
      onWritable() {},
      onError: fail,
    });
    const client = datagramPort.open({ family: 4, onDatagram() {}, onError: fail });
    // All in one turn: nothing is received before the last one is sent.
    for (let i = 0; i < sent; i++) client.send(Buffer.from(`question ${i}`), address, server.localPort);
  });
});
