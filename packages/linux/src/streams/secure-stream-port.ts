/** TLS as a client, over a TCP stream of our own so that it leaves by the link it is told. Node's streams and TLS are loaded when needed. */
import { readFileSync } from 'node:fs';
import { OsError } from '@connman/base';
import type { KeyingStream, KeyingStreamPort, SecureStreamOptions, StreamPort } from '@connman/ports';
import { type Carrier, carryOver } from './stream-duplex';

const ETIMEDOUT = 110;
const ENOENT = 2;
const ENOTCONN = 107;

export function createSecureStreamPort(streams: StreamPort): KeyingStreamPort {
  return { connectSecure: (options) => new LinuxSecureStream(options, streams) };
}

/** Sessions by peer and name, so that the next handshake is a short one. Only what verified is kept. */
const sessions = new Map<string, Buffer>();
const maxSessions = 32;
/** Certificates of a file, read once. */
const authorities = new Map<string, string>();

class LinuxSecureStream implements KeyingStream {
  private readonly options: SecureStreamOptions;
  private readonly carrier: Carrier;
  private socket: import('node:tls').TLSSocket | undefined;
  private readonly early: Uint8Array[] = [];
  private isOpen = false;
  private done = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: SecureStreamOptions, streams: StreamPort) {
    this.options = options;
    const { address, port, interfaceName, localAddress, timeoutMs } = options;
    this.carrier = carryOver(streams, {
      address,
      port,
      ...(interfaceName === undefined ? {} : { interfaceName }),
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onOpen: () => this.handshake(),
      onError: (error) => this.fail(error),
    });
    if (timeoutMs !== undefined) {
      const object = `tls ${address}`;
      this.timer = setTimeout(() => this.fail(new OsError('connect', ETIMEDOUT, object)), timeoutMs);
    }
  }

  get pendingBytes(): number {
    return this.carrier.plain.pendingBytes + (this.socket?.writableLength ?? 0);
  }

  write(bytes: Uint8Array): void {
    if (this.done) return;
    const copy = bytes.slice();
    if (this.isOpen) this.socket?.write(copy);
    else this.early.push(copy);
  }

  exportKey(label: string, context: Uint8Array, bytes: number): Uint8Array {
    if (!this.isOpen || this.done || !this.socket) throw new OsError('tls', ENOTCONN, String(this.options.address));
    return this.socket.exportKeyingMaterial(bytes, label, Buffer.from(context));
  }

  close(): void {
    this.done = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
    this.carrier.close();
  }

  private handshake(): void {
    const { connect } = require('node:tls') as typeof import('node:tls');
    const { serverName, verify, caFile, alpn } = this.options.tls;
    const key = `${this.options.address} ${this.options.port} ${serverName} ${verify} ${caFile}`;
    let ca: string | undefined;
    try {
      ca = verify && caFile !== '' ? readAuthorities(caFile) : undefined;
    } catch {
      // Without them nothing can be verified, and so nothing is said.
      this.fail(new OsError('open', ENOENT, caFile, 'the certificates to trust cannot be read'));
      return;
    }
    const session = sessions.get(key);
    const socket = connect({
      socket: this.carrier.duplex,
      // The name that is verified; an address is looked for among the certificate's addresses.
      host: serverName === '' ? this.options.address : serverName,
      ...(serverName === '' ? {} : { servername: serverName }),
      rejectUnauthorized: verify,
      minVersion: alpn === undefined ? 'TLSv1.2' : 'TLSv1.3',
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
      ...(ca === undefined ? {} : { ca }),
      ...(session === undefined ? {} : { session }),
    });
    this.socket = socket;
    socket.on('secureConnect', () => {
      if (this.done) return;
      if (alpn !== undefined && socket.alpnProtocol !== alpn)
        return this.fail(new Error(`TLS: the server does not speak ${alpn}`));
      this.isOpen = true;
      clearTimeout(this.timer);
      this.options.onOpen();
      for (const bytes of this.early.splice(0)) socket.write(bytes);
    });
    socket.on('session', (fresh) => {
      if (sessions.size >= maxSessions) sessions.clear();
      sessions.set(key, fresh);
    });
    socket.on('data', (bytes) => {
      if (!this.done) this.options.onData(bytes);
    });
    socket.on('end', () => {
      if (!this.done) this.options.onEnd();
    });
    socket.on('error', (error) => {
      sessions.delete(key);
      this.fail(new Error(`TLS: ${error.message}`));
    });
    socket.on('close', () => this.fail(new Error('TLS: the connection was closed during the handshake')));
  }

  private fail(error: Error): void {
    if (this.done) return;
    this.close();
    this.options.onError(error);
  }
}

function readAuthorities(file: string): string {
  let text = authorities.get(file);
  if (text === undefined) {
    text = readFileSync(file, 'utf8');
    authorities.set(file, text);
  }
  return text;
}
