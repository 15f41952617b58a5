/**
 * The conversation before the first message: SASL EXTERNAL, and whether file descriptors may travel (D-Bus specification,
 * "Authentication Protocol").
 *
 * Everything is said at once, without waiting for answers, so that it costs no round trip. The identity is left empty:
 * the bus takes it from the socket, which is right in a user namespace too.
 */

export type HandshakeStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Done; messages begin at `consumed` of the bytes fed last. */
  | { readonly kind: 'done'; readonly consumed: number; readonly guid: string; readonly fdsAgreed: boolean };

const maxLineBytes = 16 * 1024;

export function handshakeOpening(wantFds: boolean): Uint8Array {
  return Buffer.from(`\0AUTH EXTERNAL\r\nDATA\r\n${wantFds ? 'NEGOTIATE_UNIX_FD\r\n' : ''}BEGIN\r\n`, 'latin1');
}

export class Handshake {
  private line = '';
  private guid = '';
  private fdsAgreed = false;
  private expected: 'challenge' | 'ok' | 'fds' = 'challenge';
  private readonly wantFds: boolean;

  constructor(wantFds: boolean) {
    this.wantFds = wantFds;
  }

  feed(bytes: Uint8Array): HandshakeStep {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte !== 10) {
        this.line += String.fromCharCode(byte);
        if (this.line.length > maxLineBytes) return { kind: 'failed', reason: 'the bus answers with an endless line' };
        continue;
      }
      if (!this.line.endsWith('\r')) return { kind: 'failed', reason: 'the bus ends a line without a carriage return' };
      const line = this.line.slice(0, -1);
      this.line = '';
      const step = this.answer(line, at + 1);
      if (step.kind !== 'more') return step;
    }
    return { kind: 'more' };
  }

  private answer(line: string, consumed: number): HandshakeStep {
    const [word = '', rest = ''] = line.split(' ', 2);
    if (this.expected === 'challenge' && word === 'DATA') {
      this.expected = 'ok';
      return { kind: 'more' };
    }
    if (this.expected !== 'fds' && word === 'OK') {
      this.guid = rest;
      this.expected = 'fds';
      return this.wantFds ? { kind: 'more' } : this.done(consumed);
    }
    if (this.expected === 'fds' && (word === 'AGREE_UNIX_FD' || word === 'ERROR')) {
      this.fdsAgreed = word === 'AGREE_UNIX_FD';
      return this.done(consumed);
    }
    const why = word === 'REJECTED' ? 'the bus does not accept this user' : 'the bus answers the handshake with';
    return { kind: 'failed', reason: `${why} "${line.slice(0, 80)}"` };
  }

  private done(consumed: number): HandshakeStep {
    return { kind: 'done', consumed, guid: this.guid, fdsAgreed: this.fdsAgreed };
  }
}
