/** A TCP stream of ours as a Duplex of Node, which its TLS and HTTP run over: it leaves by the link it is given. */
import type { Duplex } from 'node:stream';
import type { Stream, StreamOptions, StreamPort } from '@connman/ports';

export interface Carrier {
  readonly duplex: Duplex;
  readonly plain: Stream;
  /** Of both. */
  close(): void;
}

export type CarrierOptions = Omit<StreamOptions, 'onData' | 'onEnd'>;

/** Throws OsError when there cannot be a connection at all. */
export function carryOver(streams: StreamPort, options: CarrierOptions): Carrier {
  const { Duplex: NodeDuplex } = require('node:stream') as typeof import('node:stream');
  const duplex = new NodeDuplex({
    read() {},
    write: (chunk: Buffer, _encoding, callback) => {
      plain.write(chunk);
      callback();
    },
    // The whole connection is closed by close().
    final: (callback) => callback(),
  });
  duplex.on('error', () => {});
  const plain = streams.connect({
    ...options,
    // The duplex keeps what it is given.
    onData: (bytes) => duplex.push(Buffer.from(bytes)),
    onEnd: () => duplex.push(null),
  });
  return {
    duplex,
    plain,
    close: () => {
      duplex.destroy();
      plain.close();
    },
  };
}
