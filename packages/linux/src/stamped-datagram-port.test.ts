import { type IpAddress, parseIp } from '@connman/inet';
import { enterVethNamespace, type VethPair } from '../test/veth';
import { datagramPort } from './datagram-port';
import { stampedDatagramPort } from './stamped-datagram-port';
import { systemClock } from './system-clock';

const loopback = parseIp('127.0.0.1') as IpAddress;

let pair: VethPair;
beforeAll(() => {
  pair = enterVethNamespace();
});
afterAll(() => pair.namespace.leave());

/** Sends back what it hears, then keeps the program busy for so many milliseconds. */
function echoServer(busyMs: number) {
  const socket = datagramPort.open({
    family: 4,
    localAddress: loopback,
    onDatagram(bytes, address, port) {
      socket.send(bytes, address, port);
      const until = systemClock.read().raw + busyMs;
      while (systemClock.read().raw < until);
    },
    onError: (error) => {
      throw error;
    },
  });
  return socket;
}

test('an answer is stamped with its arrival, also when the program reads it 30 ms later', async () => {
  const server = echoServer(30);
  const { sent, received, read } = await new Promise<Record<'sent' | 'received' | 'read', number>>((resolve) => {
    let departure = 0;
    const socket = stampedDatagramPort.openStamped({
      family: 4,
      remote: { address: loopback, port: server.localPort },
      onDatagram(_, arrival) {
        socket.close();
        resolve({ sent: departure, received: arrival, read: systemClock.read().wall });
      },
      onError(error) {
        throw error;
      },
    });
    departure = socket.send(Buffer.from('what time is it?'));
  });
  server.close();
  expect(received).toBeGreaterThan(sent);
  expect(read - received).toBeGreaterThan(29);
});

test('a refusal of the peer comes as ECONNREFUSED, and what is no peer is not heard', async () => {
  const server = echoServer(0);
  const { localPort } = server;
  server.close();
  const code = await new Promise<string>((resolve) => {
    const socket = stampedDatagramPort.openStamped({
      family: 4,
      remote: { address: loopback, port: localPort },
      onDatagram: () => resolve('heard'),
      onError(error) {
        socket.close();
        resolve(error.code);
      },
    });
    socket.send(Buffer.from('?'));
  });
  expect(code).toBe('ECONNREFUSED');
});
