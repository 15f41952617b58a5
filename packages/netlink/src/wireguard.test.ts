import { Secret } from '@connman/base';
import { type Prefix, parsePrefix } from '@connman/inet';
import type { NetlinkPort } from '@connman/ports';
import { GenericSocket } from './generic';
import { AttributeReader, MessageReader, MessageWriter, NLMSG_DONE, NLMSG_ERROR, putMessage } from './wire';
import { decodeWireguardPeers, setWireguardDevice, setWireguardEndpoint, wireguardPeers } from './wireguard';

const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const prefix = (text: string) => parsePrefix(text) as Prefix;
const device = {
  privateKey: new Secret(key(1)),
  listenPort: 51820,
  peers: [
    {
      publicKey: key(2),
      presharedKey: new Secret(key(3)),
      endpoint: { address: '192.0.2.1', port: 51820 } as never,
      keepaliveSeconds: 25,
      allowedIps: [prefix('0.0.0.0/0'), prefix('fd00::/8')],
    },
  ],
};

/** Types and lengths, nested ones in brackets. */
function shape(bytes: Uint8Array, start: number, depths: readonly number[] = [8]): string {
  const reader = new AttributeReader(bytes, start, bytes.length);
  const parts: string[] = [];
  while (reader.next())
    parts.push(
      depths[0] === reader.type
        ? `${reader.type}[${shape(bytes.subarray(0, reader.end), reader.start, depths.slice(1))}]`
        : `${reader.type}:${reader.length}`,
    );
  return parts.join(' ');
}

test('a device with its peers is one message as the kernel reads it', () => {
  const { body } = setWireguardDevice(7, device);
  expect([...body.subarray(0, 4)]).toEqual([1, 1, 0, 0]);
  expect(shape(body, 4, [8, 0, 9, 0])).toBe(
    '1:4 5:4 3:32 6:2 8[0[1:32 3:4 2:32 4:16 5:2 9[0[1:2 2:4 3:1] 0[1:2 2:16 3:1]]]]',
  );
  // NLA_F_NESTED, without which the kernel refuses it.
  const peers = body.findIndex((_, at) => at % 4 === 0 && body[at + 2] === 8 && body[at + 3] === 0x80);
  expect(peers).toBeGreaterThan(0);
});

test('moving an endpoint changes this peer and leaves its addresses alone', () => {
  const { body } = setWireguardEndpoint(7, key(2), { address: '2001:db8::1' as never, port: 1 });
  expect(shape(body, 4, [8, 0])).toBe('1:4 8[0[1:32 3:4 4:28]]');
});

test('what the kernel tells of a peer is read, and no truncation or change of a byte does harm', () => {
  const body = new MessageWriter()
    .uint8s(0, 1, 0, 0)
    .attributeNested(8, (peers) =>
      peers.attributeNested(0, (peer) =>
        peer
          .attribute(1, Buffer.alloc(32, 2))
          .attribute(4, Uint8Array.from([2, 0, 0xca, 0x6c, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]))
          .attribute(6, Uint8Array.from([1, 2, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]))
          .attribute(7, Uint8Array.from([5, 0, 0, 0, 1, 0, 0, 0]))
          .attribute(8, Uint8Array.from([6, 0, 0, 0, 0, 0, 0, 0])),
      ),
    )
    .finish();
  expect(decodeWireguardPeers(body, 0, body.length)).toEqual([
    {
      publicKey: key(2),
      endpoint: { address: '192.0.2.1', port: 51820 },
      lastHandshake: 0x201,
      receivedBytes: 0x1_0000_0005n,
      sentBytes: 6n,
    },
  ]);
  for (let end = 0; end < body.length; end++) decodeWireguardPeers(body, 0, end);
  for (let at = 0; at < body.length; at++)
    for (let bit = 0; bit < 8; bit++)
      decodeWireguardPeers(
        body.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)),
        0,
        body.length,
      );
});

test('a family is looked up once; a kernel without it is an ENOENT', () => {
  const requests: number[] = [];
  const port = (known: boolean): NetlinkPort => ({
    open(options) {
      const queue: Uint8Array[] = [];
      const put = (type: number, sequence: number, body: Uint8Array) => {
        const datagram = new Uint8Array(16 + body.length);
        putMessage(datagram, 0, { type, flags: 0, sequence }, body);
        queue.push(datagram);
      };
      return {
        send(datagram) {
          const message = new MessageReader(datagram);
          while (message.next()) {
            requests.push(message.type);
            const { sequence } = message;
            const error = new Uint8Array(20);
            if (!known) error.set(Uint8Array.of(0xfe, 0xff, 0xff, 0xff));
            if (message.type !== 16) put(NLMSG_DONE, sequence, new Uint8Array(4));
            else if (known) put(16, sequence, new MessageWriter().uint8s(1, 1, 0, 0).attribute16(1, 33).finish());
            if (message.type === 16) put(NLMSG_ERROR, sequence, error);
          }
        },
        drain() {
          for (let next = queue.shift(); next; next = queue.shift()) options.onDatagram(next);
        },
        close() {},
      };
    },
  });
  const socket = new GenericSocket(port(true), 'wireguard');
  expect(wireguardPeers(socket, 3)).toEqual({ ok: true, value: [] });
  expect(wireguardPeers(socket, 3)).toEqual({ ok: true, value: [] });
  expect(requests).toEqual([16, 33, 33]);
  const none = new GenericSocket(port(false), 'wireguard').probe();
  expect(none).toMatchObject({ ok: false, error: { code: 'ENOENT', object: 'generic netlink family wireguard' } });
});
