import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { netlinkPort } from '@connman/linux';
import { decodeTcpSocket, TcpDiagnosis } from './tcp-diagnosis';

/** A connection to ourselves, while `look` runs. */
async function connected<R>(host: string, look: (port: number) => R | Promise<R>): Promise<R> {
  const server = createServer((peer) => peer.pipe(peer));
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const client = connect(port, host);
  await once(client, 'connect');
  try {
    client.write('hello');
    await once(client, 'data');
    return await look(port);
  } finally {
    const closed = [once(client, 'close'), once(server, 'close')];
    client.destroy();
    server.close();
    await Promise.all(closed);
  }
}

test.each([
  [4, '127.0.0.1'],
  [6, '::1'],
] as const)('the kernel shows an open connection of IPv%i, and how far it has come', (family, host) =>
  connected(host, () => {
    const diagnosis = new TcpDiagnosis(netlinkPort);
    const sockets = diagnosis.sockets(family);
    diagnosis.close();
    if (!sockets.ok) throw sockets.error;
    const own = sockets.value.filter(({ local, progress }) => local === host && progress > 0);
    // Both ends; five bytes there and back.
    expect(own.length).toBeGreaterThanOrEqual(2);
    expect(own[0]).toMatchObject({ isConnecting: false, retransmits: 0 });
    expect(new Set(own.map(({ cookie }) => cookie)).size).toBe(own.length);
  }),
);

/** struct inet_diag_msg of a socket of IPv6 that carries IPv4 and retransmits for the third time. */
function message(): Uint8Array {
  const bytes = new Uint8Array(72 + 4 + 136);
  bytes.set([10, 2, 1, 3]);
  bytes.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 5], 8);
  const view = new DataView(bytes.buffer);
  const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  view.setUint32(44, 7, little);
  view.setUint16(72, 4 + 136, little);
  view.setUint16(74, 2, little);
  view.setUint32(60, 1448, little);
  view.setUint32(76 + 16, 1448, little);
  view.setBigUint64(76 + 120, 2n ** 33n, little);
  view.setBigUint64(76 + 128, 5n, little);
  return bytes;
}

test('an IPv4 address in a socket of IPv6, a connection attempt, 64-bit counters', () => {
  const bytes = message();
  expect(decodeTcpSocket({ bytes, start: 0, end: bytes.length })).toEqual({
    ...{ cookie: '7 0', local: '10.0.0.5', isConnecting: true, retransmits: 3, hasFullSegment: true },
    progress: 2 ** 33 + 5,
  });
});

test('no truncation and no flipped byte throws, and a header cut short is no socket', () => {
  const whole = message();
  for (let end = 0; end <= whole.length; end++) {
    const socket = decodeTcpSocket({ bytes: whole.subarray(0, end), start: 0, end });
    expect(socket === undefined).toBe(end < 72);
  }
  for (let at = 0; at < whole.length; at++) {
    const bytes = Uint8Array.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    expect(() => decodeTcpSocket({ bytes, start: 0, end: bytes.length })).not.toThrow();
  }
});
