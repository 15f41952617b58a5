import type { OsError } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import type { DatagramSocket } from '@connman/ports';
import { enterVethNamespace, ip, openDescriptors, type VethPair } from '../../test/veth';
import { procSysctl } from '../files/sysctl';
import { datagramPort } from './datagram-port';

function address(text: string): IpAddress {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
}

function fail(error: OsError): void {
  throw error;
}

let pair: VethPair;
beforeAll(() => {
  pair = enterVethNamespace();
});
afterAll(() => pair.namespace.leave());

/** The next datagram of a socket opened with `options`, its sender included. */
function next(open: (onDatagram: (bytes: Uint8Array, from: IpAddress, port: number) => void) => DatagramSocket) {
  let socket: DatagramSocket | undefined;
  const heard = new Promise<{ text: string; from: IpAddress; port: number }>((resolve) => {
    socket = open((bytes, from, port) => {
      socket?.close();
      resolve({ text: Buffer.from(bytes).toString(), from, port });
    });
  });
  if (!socket) throw new Error('not open');
  return { socket, heard };
}

test('a refusal of the peer is told as ECONNREFUSED each time, and the socket goes on', async () => {
  const errors: string[] = [];
  const loopback = address('127.0.0.1');
  const placeholder = datagramPort.open({ family: 4, localAddress: loopback, onDatagram() {}, onError: fail });
  const { localPort } = placeholder;
  placeholder.close();
  const answer = await new Promise<string>((resolve) => {
    const client = datagramPort.open({
      family: 4,
      remote: { address: loopback, port: localPort },
      onDatagram(bytes) {
        client.close();
        resolve(Buffer.from(bytes).toString());
      },
      onError(error) {
        errors.push(error.code);
        if (errors.length < 3) {
          client.send(Buffer.from('anybody?'));
          return;
        }
        const server = datagramPort.open({
          family: 4,
          localAddress: loopback,
          localPort,
          onDatagram(bytes, from, port) {
            server.send(bytes, from, port);
            server.close();
          },
          onError: fail,
        });
        client.send(Buffer.from('now there is'));
      },
    });
    client.send(Buffer.from('anybody?'));
  });
  expect(errors).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
  expect(answer).toBe('now there is');
});

test('a socket of one interface sends by it though no route says so, and hears nothing of others', async () => {
  const { socket, heard } = next((onDatagram) =>
    datagramPort.open({ family: 4, localPort: 0, interfaceName: 'peer0', onDatagram, onError: fail }),
  );
  ip('address add 192.0.2.1/32 dev eth0');
  // Both ends are in this namespace: a packet from our own address would be dropped as forged.
  for (const link of ['all', 'peer0']) procSysctl.write(`net/ipv4/conf/${link}/rp_filter`, '0');
  procSysctl.write('net/ipv4/conf/peer0/accept_local', '1');
  const local = datagramPort.open({ family: 4, onDatagram() {}, onError: fail });
  local.send(Buffer.from('by lo'), address('127.0.0.1'), socket.localPort);
  const sender = datagramPort.open({
    family: 4,
    interfaceName: 'eth0',
    broadcast: true,
    onDatagram() {},
    onError: fail,
  });
  sender.send(Buffer.from('by eth0'), address('255.255.255.255'), socket.localPort);
  expect(await heard).toEqual({ text: 'by eth0', from: '192.0.2.1', port: sender.localPort });
  sender.close();
  local.close();
});

test('sending to a broadcast address without leave is refused with EACCES', () => {
  const socket = datagramPort.open({ family: 4, interfaceName: 'eth0', onDatagram() {}, onError: fail });
  expect(() => socket.send(Buffer.from('x'), address('255.255.255.255'), 9)).toThrow(
    'udp 255.255.255.255:9: send failed: EACCES',
  );
  socket.close();
});

test('an address that is not there yet can be bound when asked, and is refused with EADDRNOTAVAIL when not', () => {
  for (const [family, text] of [
    [4, '203.0.113.9'],
    [6, '2001:db8::9'],
  ] as const) {
    const options = { family, localAddress: address(text), onDatagram() {}, onError: fail };
    expect(() => datagramPort.open(options)).toThrow('EADDRNOTAVAIL');
    const socket = datagramPort.open({ ...options, freebind: true });
    expect(socket.localPort).toBeGreaterThan(0);
    socket.close();
  }
});

test('a link-local IPv6 address takes its scope from the interface', async () => {
  ip('link set eth0 addrgenmode eui64');
  ip('address add fe80::1/64 dev eth0 nodad');
  ip('address add fe80::2/64 dev peer0 nodad');
  const { socket, heard } = next((onDatagram) =>
    datagramPort.open({
      family: 6,
      localAddress: address('fe80::2'),
      interfaceName: 'peer0',
      onDatagram,
      onError: fail,
    }),
  );
  const sender = datagramPort.open({
    family: 6,
    localAddress: address('fe80::1'),
    interfaceName: 'eth0',
    onDatagram() {},
    onError: fail,
  });
  sender.send(Buffer.from('six'), address('fe80::2'), socket.localPort);
  expect(await heard).toEqual({ text: 'six', from: 'fe80::1', port: sender.localPort });
  sender.close();
});

test('five thousand sockets opened and closed leave no descriptor behind, nor do those that fail to open', async () => {
  const before = openDescriptors();
  const taken = datagramPort.open({ family: 4, localAddress: address('127.0.0.1'), onDatagram() {}, onError: fail });
  const same = { family: 4, localAddress: address('127.0.0.1'), localPort: taken.localPort } as const;
  for (let i = 0; i < 5000; i++) {
    datagramPort.open({ family: 4, onDatagram() {}, onError: fail }).close();
    if (i % 10 === 0)
      expect(() => datagramPort.open({ ...same, onDatagram() {}, onError: fail })).toThrow('EADDRINUSE');
  }
  taken.close();
  taken.close();
  expect(openDescriptors()).toBe(before);
});
