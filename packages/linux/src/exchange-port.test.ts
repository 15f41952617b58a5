import { execFileSync } from 'node:child_process';
import { type IpAddress, parseIp } from '@connman/inet';
import type { ExchangeSockets } from '@connman/ports';
import { datagramPort } from './datagram-port';
import { exchangePort } from './exchange-port';
import { enterNewNamespace, type Namespace } from './namespace';

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
  readonly token: number;
  readonly text: string;
  readonly length: number;
  readonly errno: number;
}

/** Exchanges, and a promise of what the first `count` of their callbacks told. */
function listen(count: number): { readonly exchanges: ExchangeSockets; readonly heard: Promise<readonly Heard[]> } {
  const seen: Heard[] = [];
  let done: (heard: readonly Heard[]) => void;
  const heard = new Promise<readonly Heard[]>((resolve) => {
    done = resolve;
  });
  const exchanges = exchangePort.openExchanges({
    slotBytes: 32,
    onAnswer(token, bytes, offset, length, errno) {
      const text = Buffer.from(bytes.subarray(offset, offset + Math.min(length, 32))).toString();
      seen.push({ token, text, length, errno });
      if (seen.length === count) done(seen);
    },
    onIdle() {},
  });
  return { exchanges, heard };
}

test('each question leaves from a port of its own, and its answer comes back under its token', async () => {
  const ports = new Set<number>();
  const server = datagramPort.open({
    family: 4,
    localAddress: loopback,
    onDatagram(bytes, from, port) {
      ports.add(port);
      server.send(Buffer.from(`re ${Buffer.from(bytes).toString()}`), from, port);
    },
    onError(error) {
      throw error;
    },
  });
  const { exchanges, heard } = listen(200);
  const route = exchanges.route({ address: loopback, port: server.localPort, interfaceName: 'lo' });
  const question = Buffer.from('q.........');
  for (let token = 1; token <= 200; token++) {
    question.write(String(token), 1);
    expect(exchanges.send(token, route, question, 1 + String(token).length)).toBe(0);
  }
  for (const { token, text } of await heard) expect(text).toBe(`re q${token}`);
  expect(ports.size).toBe(200);
  exchanges.closeAll();
  server.close();
});

test('an answer from another address is never heard, and a longer one tells its length', async () => {
  const stranger = datagramPort.open({ family: 4, localAddress: other, onDatagram() {}, onError() {} });
  const server = datagramPort.open({
    family: 4,
    localAddress: loopback,
    onDatagram(_bytes, from, port) {
      stranger.send(Buffer.from('a lie'), from, port);
      server.send(Buffer.alloc(100, 'x'), from, port);
    },
    onError() {},
  });
  const { exchanges, heard } = listen(1);
  exchanges.send(5, exchanges.route({ address: loopback, port: server.localPort }), Buffer.from('?'), 1);
  expect(await heard).toEqual([{ token: 5, text: 'x'.repeat(32), length: 100, errno: 0 }]);
  exchanges.closeAll();
  server.close();
  stranger.close();
});

test('a port nobody listens on is told as ECONNREFUSED, a device that is not there at once', async () => {
  const { exchanges, heard } = listen(1);
  expect(
    exchanges.send(1, exchanges.route({ address: loopback, port: 9, interfaceName: 'none0' }), Buffer.from('?'), 1),
  ).toBe(ENODEV);
  expect(exchanges.send(2, exchanges.route({ address: loopback, port: 9 }), Buffer.from('?'), 1)).toBe(0);
  expect(await heard).toEqual([{ token: 2, text: '', length: 0, errno: ECONNREFUSED }]);
  exchanges.closeAll();
});

test('a closed exchange hears nothing more', async () => {
  const server = datagramPort.open({
    family: 4,
    localAddress: loopback,
    onDatagram: (_bytes, from, port) => server.send(Buffer.from('late'), from, port),
    onError() {},
  });
  const { exchanges, heard } = listen(1);
  const route = exchanges.route({ address: loopback, port: server.localPort, localAddress: loopback });
  exchanges.send(1, route, Buffer.from('?'), 1);
  exchanges.close(1);
  exchanges.send(2, route, Buffer.from('?'), 1);
  expect((await heard)[0]?.token).toBe(2);
  exchanges.closeAll();
  server.close();
});
