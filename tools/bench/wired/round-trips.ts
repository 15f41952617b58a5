// The floor of a lease: DISCOVER to OFFER and REQUEST to ACK, by a client that only sends prepared bytes (RFC 2131).
//
//   node round-trips.js LINK     prints an array of milliseconds, both exchanges together, one number a try
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { monotonicMs } from './sighting';

const TRIES = 11;
const link = process.argv[2] ?? '';
const mac = readFileSync(`/sys/class/net/${link}/address`, 'latin1').trim().split(':');

function message(xid: number, options: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(300);
  bytes.set([1, 1, 6]);
  bytes.writeUInt32BE(xid, 4);
  bytes[10] = 0x80; // answer by broadcast
  bytes.set(
    mac.map((part) => Number.parseInt(part, 16)),
    28,
  );
  bytes.set([0x63, 0x82, 0x53, 0x63, ...options, 255], 236);
  return bytes;
}

async function main(): Promise<void> {
  execFileSync('ip', ['route', 'add', '255.255.255.255/32', 'dev', link]);
  const socket = createSocket('udp4');
  socket.bind(68);
  await once(socket, 'listening');
  socket.setBroadcast(true);
  const exchange = async (xid: number, options: readonly number[]) => {
    socket.send(message(xid, options), 67, '255.255.255.255');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return [...answer.subarray(16, 20)];
  };
  const took: number[] = [];
  for (let xid = 1; xid <= TRIES; xid++) {
    const from = monotonicMs();
    const address = await exchange(xid, [53, 1, 1]);
    await exchange(xid, [53, 1, 3, 50, 4, ...address]);
    took.push(monotonicMs() - from);
  }
  socket.close();
  execFileSync('ip', ['route', 'del', '255.255.255.255/32', 'dev', link]);
  console.log(JSON.stringify(took));
}

void main();
