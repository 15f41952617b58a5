import { type IpAddress, parseIp } from '@connman/inet';
import { enterVethNamespace, type VethPair } from '../../test/veth';
import { systemClock } from '../clock/system-clock';
import { datagramPort } from './datagram-port';
import { stampedDatagramPort } from './stamped-datagram-port';

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

/** One question to a server, and when its answer was sent for, arrived and was read. */
function exchange(port: number): Promise<Record<'sent' | 'received' | 'read', number>> {
  return new Promise((resolve, reject) => {
    let departure = 0;
    const socket = stampedDatagramPort.openStamped({
      family: 4,
      remote: { address: loopback, port },
      onDatagram(_, arrival) {
        socket.close();
        resolve({ sent: departure, received: arrival, read: systemClock.read().wall });
      },
      onError: reject,
    });
    departure = socket.send(Buffer.from('what time is it?'));
  });
}

test('an answer is stamped with its arrival, also when the program reads it 30 ms later', async () => {
  const server = echoServer(30);
  let times = await exchange(server.localPort);
  // A worker of the kernel's begins to stamp a moment after the first socket has asked: until then it is the time of reading.
  for (let left = 20; left > 0 && times.read - times.received <= 29; left -= 1)
    times = await exchange(server.localPort);
  server.close();
  expect(times.received).toBeGreaterThan(times.sent);
  expect(times.read - times.received).toBeGreaterThan(29);
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
