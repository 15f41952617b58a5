// DHCP clients on one link, each a hardware address of its own: how long from DHCPDISCOVER to DHCPACK.
//
//   clients FIRST COUNT AT_A_TIME -> JSON { latenciesMs, elapsedMs }
import { createSocket } from 'node:dgram';

const [first = 0, count = 1, atATime = 1] = process.argv.slice(2).map(Number);
/** As most clients wait before they ask again (RFC 2131 section 4.1). */
const retransmitMs = 4000;
const giveUpMs = 60_000;
const cookie = [99, 130, 83, 99];
const types = { discover: 1, offer: 2, request: 3, ack: 5, nak: 6 };
const optionsAt = 240;

interface Client {
  readonly number: number;
  readonly since: number;
  message: Uint8Array;
  again: NodeJS.Timeout;
}

const waiting = new Map<number, Client>();
const latenciesMs: number[] = [];
const beginning = performance.now();
let next = 0;

const socket = createSocket('udp4');
socket.on('message', receive);
socket.bind(68, () => {
  socket.setBroadcast(true);
  for (let i = 0; i < atATime; i++) begin();
});
setTimeout(
  () => fail(`${waiting.size} of ${count} clients have no lease after ${giveUpMs / 1000} s`),
  giveUpMs,
).unref();

function begin(): void {
  if (next >= count) return;
  const number = first + next++;
  const client = {
    number,
    since: performance.now(),
    message: messageOf(number, types.discover),
    again: setInterval(() => send(client), retransmitMs),
  };
  waiting.set(number, client);
  send(client);
}

function send({ message }: Client): void {
  socket.send(message, 67, '255.255.255.255');
}

function receive(bytes: Buffer): void {
  const client = waiting.get(bytes.readUInt32BE(4));
  if (!client || bytes[0] !== 2) return;
  const options = optionsOf(bytes);
  const type = options.get(53)?.[0];
  if (type === types.offer && client.message[optionsAt + 2] === types.discover) {
    const server = options.get(54) ?? new Uint8Array(4);
    client.message = messageOf(client.number, types.request, [50, 4, ...bytes.subarray(16, 20), 54, 4, ...server]);
    send(client);
  } else if (type === types.nak) {
    client.message = messageOf(client.number, types.discover);
    send(client);
  } else if (type === types.ack) {
    clearInterval(client.again);
    waiting.delete(client.number);
    latenciesMs.push(performance.now() - client.since);
    begin();
    if (latenciesMs.length === count) finish();
  }
}

function finish(): void {
  console.log(JSON.stringify({ latenciesMs, elapsedMs: performance.now() - beginning }));
  process.exit(0);
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}

/** RFC 2131 figure 1: the client's number is its xid and the end of its hardware address; answers are to be broadcast. */
function messageOf(number: number, type: number, more: readonly number[] = []): Uint8Array {
  const message = Buffer.alloc(optionsAt);
  message.set([1, 1, 6]);
  message.writeUInt32BE(number, 4);
  message.writeUInt16BE(0x8000, 10);
  message.set([2, 0], 28);
  message.writeUInt32BE(number, 30);
  message.set(cookie, 236);
  return Buffer.concat([message, Buffer.from([53, 1, type, ...more, 255]), Buffer.alloc(60)]);
}

function optionsOf(bytes: Buffer): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  for (let at = optionsAt; at + 1 < bytes.length && bytes[at] !== 255; ) {
    const code = bytes[at] ?? 0;
    const length = bytes[at + 1] ?? 0;
    if (code === 0) at++;
    else {
      options.set(code, bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return options;
}
