/**
 * Datagram and stream sockets without a network: each one that is opened is listed with what it was opened for and what it
 * sent, and the test plays its peer.
 */
import { OsError } from '@connman/base';
import type { DatagramOptions, DatagramPort, DatagramSocket, Stream, StreamOptions, StreamPort } from '@connman/ports';

export class FakeDatagramSocket implements DatagramSocket {
  readonly localPort = 40000;
  readonly options: DatagramOptions;
  readonly sent: Uint8Array[] = [];
  closed = false;
  /** Called with each datagram that is sent; may answer, or throw OsError. */
  onSend: (bytes: Uint8Array) => void = () => {};

  constructor(options: DatagramOptions) {
    this.options = options;
  }

  send(bytes: Uint8Array): void {
    if (this.closed) throw new Error('send on a closed socket');
    this.sent.push(bytes.slice());
    this.onSend(bytes);
  }

  close(): void {
    this.closed = true;
  }
}

export class FakeDatagrams implements DatagramPort {
  readonly sockets: FakeDatagramSocket[] = [];
  /** Called with each socket that is opened; may set its `onSend`, or throw OsError. */
  onOpen: (socket: FakeDatagramSocket) => void = () => {};

  open(options: DatagramOptions): FakeDatagramSocket {
    const socket = new FakeDatagramSocket(options);
    this.onOpen(socket);
    this.sockets.push(socket);
    return socket;
  }
}

export class FakeStream implements Stream {
  readonly options: StreamOptions;
  readonly pendingBytes = 0;
  /** All that was written, as Latin-1 text. */
  written = '';
  closed = false;

  constructor(options: StreamOptions) {
    this.options = options;
  }

  write(bytes: Uint8Array): void {
    if (this.closed) throw new Error('write on a closed stream');
    this.written += Buffer.from(bytes).toString('latin1');
  }

  close(): void {
    this.closed = true;
  }

  // The peer's side. What reaches a closed stream is lost, as it would be.

  open(): void {
    if (!this.closed) this.options.onOpen();
  }

  receive(text: string): void {
    if (!this.closed) this.options.onData(Buffer.from(text));
  }

  end(): void {
    if (!this.closed) this.options.onEnd();
  }

  fail(call: string, errno: number): void {
    if (this.closed) return;
    this.closed = true;
    this.options.onError(new OsError(call, errno, `[${this.options.address}]:${this.options.port}`));
  }
}

export class FakeStreams implements StreamPort {
  readonly streams: FakeStream[] = [];
  /** Called with each stream that is asked for; may throw OsError. */
  onConnect: (stream: FakeStream) => void = () => {};

  connect(options: StreamOptions): FakeStream {
    const stream = new FakeStream(options);
    this.onConnect(stream);
    this.streams.push(stream);
    return stream;
  }
}
