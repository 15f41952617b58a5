// A client of the bus without manners: it sends what it likes, as fast as it can, and reads only when it likes.
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { marshal, objectPath, str, typesOf, unmarshal, type Variant, variant } from '@connman/dbus';
import { BUS_SOCKET, type Call } from './bus';
import type { Host } from './host';

const NO_REPLY_EXPECTED = 1;
const METHOD_CALL = 1;
const fieldNumbers = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
  signature: 8,
} as const;

export type RawCall = Call & { readonly noReply?: boolean };

export class RawClient {
  readonly #socket: Socket;
  /** What came and is not yet read as a message. */
  #received = Buffer.alloc(0);
  /** The error names of the answers that came, by serial; '' for none. */
  readonly #answers = new Map<number, string>();
  /** The texts of those errors. */
  readonly #texts = new Map<number, string>();
  #serial = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // it is thrown out when it goes too far
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
  }

  static async connect(host: Host): Promise<RawClient> {
    const socket = createConnection(host.path(BUS_SOCKET));
    const client = new RawClient(socket);
    // EXTERNAL as uid 0, "0" in hexadecimal.
    socket.write('\0AUTH EXTERNAL 30\r\n');
    await client.#until(() => client.#received.includes('\r\n'));
    client.#received = Buffer.alloc(0);
    socket.write('BEGIN\r\n');
    const bus = 'org.freedesktop.DBus';
    const hello = { destination: bus, path: '/org/freedesktop/DBus', interface: bus, member: 'Hello' };
    await client.answerTo(client.send(hello));
    return client;
  }

  /** @returns the serial of the call. */
  send(call: RawCall): number {
    this.#socket.write(encode(call, ++this.#serial));
    return this.#serial;
  }

  /** The same call so many times, with one serial: for calls that want no reply. */
  sendMany(call: RawCall, count: number): void {
    const one = encode({ ...call, noReply: true }, ++this.#serial);
    this.#socket.write(Buffer.alloc(one.length * count, one));
  }

  /** The name of the error a call of ours was answered with; '' for none. */
  async answerTo(serial: number): Promise<string> {
    await this.#until(() => {
      this.#readMessages();
      return this.#answers.has(serial);
    });
    return this.#answers.get(serial) ?? '';
  }

  get lastSerial(): number {
    return this.#serial;
  }

  /** What the error that a call was answered with says; '' for nothing. */
  textOf(serial: number): string {
    return this.#texts.get(serial) ?? '';
  }

  stopReading(): void {
    this.#socket.pause();
  }

  /** Waits until the bus has taken everything sent. */
  async sent(): Promise<void> {
    await new Promise((resolve) => this.#socket.write('', resolve));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#socket, 'data', { signal: AbortSignal.timeout(10_000) });
  }

  #readMessages(): void {
    for (;;) {
      const bytes = this.#received;
      const headLength = bytes.length < 16 ? 16 : (16 + bytes.readUInt32LE(12) + 7) & ~7;
      const length = bytes.length < 16 ? 16 : headLength + bytes.readUInt32LE(4);
      if (bytes.length < length) return;
      const head = unmarshal(typesOf('yyyyuua(yv)'), bytes.subarray(0, 16 + bytes.readUInt32LE(12)), {
        littleEndian: bytes[0] === 0x6c,
        maxValues: 100,
      });
      if (!head.ok) throw new Error(`no message: ${bytes.subarray(0, length).toString('latin1')}`);
      const fields = new Map(head.value[6] as [number, Variant][]);
      const [serial, error] = [fields.get(fieldNumbers.replySerial), fields.get(fieldNumbers.errorName)];
      if (serial) this.#answers.set(Number(serial.value), String(error?.value ?? ''));
      if (serial && error) this.#texts.set(Number(serial.value), bytes.toString('utf8', headLength + 4, length - 1));
      this.#received = bytes.subarray(length);
    }
  }

  /** Gone, without a word. */
  vanish(): void {
    this.#socket.destroy();
  }
}

function encode(call: RawCall, serial: number): Buffer {
  const { destination = 'net.connman', path, signature = '', body = [], noReply } = call;
  const fields: [number, Variant][] = [
    [fieldNumbers.path, objectPath(path)],
    [fieldNumbers.interface, str(call.interface)],
    [fieldNumbers.member, str(call.member)],
    [fieldNumbers.destination, str(destination)],
  ];
  if (signature !== '') fields.push([fieldNumbers.signature, variant('g', signature)]);
  const content = marshal(typesOf(signature), body).bytes;
  const flags = noReply ? NO_REPLY_EXPECTED : 0;
  const head = marshal(typesOf('yyyyuua(yv)'), [0x6c, METHOD_CALL, flags, 1, content.length, serial, fields]).bytes;
  const padding = new Uint8Array((8 - (head.length % 8)) % 8);
  return Buffer.concat([head, padding, content]);
}
