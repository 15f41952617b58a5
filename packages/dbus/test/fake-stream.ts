/** A stream to a bus that exists in the test only: what was written is kept, what comes in is said by the test. */
import type { OsError } from '@connman/base';
import type { BusStream, BusStreamEvents, BusStreamPort } from '@connman/ports';
import { Encoder } from '../src/encode';
import { Framer } from '../src/framer';
import { type Message, type OutgoingMessage, writeMessage } from '../src/message';

export class FakeStream implements BusStream, BusStreamPort {
  passesFds = true;
  queuedBytes = 0;
  readonly writes: { readonly bytes: Buffer; readonly fds: readonly number[] }[] = [];
  readonly closedFds: number[] = [];
  paused = false;
  closed = false;
  private events: BusStreamEvents | undefined;
  private serial = 1000;

  async open(_address: string, events: BusStreamEvents): Promise<BusStream> {
    this.events = events;
    return this;
  }

  write(bytes: Uint8Array, fds: readonly number[]): void {
    this.writes.push({ bytes: Buffer.from(bytes), fds });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  closeFd(fd: number): void {
    this.closedFds.push(fd);
  }

  close(): void {
    this.closed = true;
  }

  /** Bytes come in; their buffer is overwritten after the call. */
  say(bytes: Uint8Array, fds: readonly number[] = []): void {
    const copy = Buffer.from(bytes);
    this.events?.onData(copy, fds);
    copy.fill(0xee);
  }

  sayMessages(messages: readonly OutgoingMessage[], fds: readonly number[] = []): void {
    const encoder = new Encoder();
    for (const message of messages) writeMessage(encoder, this.serial++, message, 16);
    this.say(encoder.take(), fds);
  }

  drain(): void {
    this.queuedBytes = 0;
    this.events?.onDrain();
  }

  end(error?: OsError): void {
    this.events?.onClose(error);
  }

  /** What has been written since the last time, as messages; the handshake is left out. */
  sent(): Message[] {
    const bytes = Buffer.concat(this.writes.splice(0).map((one) => one.bytes));
    const start = bytes.indexOf('BEGIN\r\n');
    const framer = new Framer({ unsolicitedBytes: 1 << 27, replyBytes: 1 << 27 }, () => {});
    framer.push(start < 0 ? bytes : bytes.subarray(start + 7), []);
    const messages: Message[] = [];
    for (let one = framer.next(); one; one = framer.next()) if (one.kind === 'message') messages.push(one.message);
    return messages;
  }
}
