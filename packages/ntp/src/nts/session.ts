/** NTP with the extension fields of NTS (RFC 8915 section 5): a question for each cookie, and answers that are proven. */
import { ByteReader, ByteWriter, err, ok, type Result } from '@connman/base';
import { headerBytes } from '../packet';
import { open, seal, tagBytes } from './siv';

const field = { uniqueId: 0x0104, cookie: 0x0204, placeholder: 0x0304, authenticator: 0x0404 } as const;
const uniqueIdBytes = 32;
const nonceBytes = 16;
const authenticatorBytes = 4 + 4 + nonceBytes + tagBytes;
/** As many as a server gives at once. */
const fullJar = 8;
/** Of a question; more would be cut in pieces on an ordinary way, and pieces get lost. */
const longestQuestionBytes = 1232;

export interface SessionKeys {
  readonly toServer: Uint8Array;
  readonly toClient: Uint8Array;
}

export interface NtsQuestion {
  readonly bytes: Uint8Array;
  readonly uniqueId: Uint8Array;
}

export type NtsRefusal =
  /** Not proven: forged, of another question, or of a server that does not speak NTS here. */
  | { readonly kind: 'unproven'; readonly reason: string }
  /** The server has forgotten the keys (NTSN, section 5.7). Anybody may say so: it costs a key exchange and no more. */
  | { readonly kind: 'unknown-keys' };

export class NtsSession {
  private readonly keys: SessionKeys;
  private readonly cookies: Uint8Array[];

  constructor(keys: SessionKeys, cookies: readonly Uint8Array[]) {
    this.keys = keys;
    this.cookies = [...cookies];
  }

  get isSpent(): boolean {
    return this.cookies.length === 0;
  }

  /** `header` with one cookie, which is never used again, and places for those that are missing afterwards. */
  ask(header: Uint8Array, random: (count: number) => Uint8Array): NtsQuestion {
    const cookie = this.cookies.shift();
    if (!cookie) throw new RangeError('the session has no cookie left');
    const uniqueId = random(uniqueIdBytes);
    const writer = new ByteWriter(1024);
    writer.bytes(header);
    writeField(writer, field.uniqueId, uniqueId);
    writeField(writer, field.cookie, cookie);
    const placeBytes = 4 + cookie.length + padding(cookie.length);
    const room = Math.floor((longestQuestionBytes - authenticatorBytes - writer.length) / placeBytes);
    const missing = Math.min(fullJar - 1 - this.cookies.length, room);
    for (let i = 0; i < missing; i++) writeField(writer, field.placeholder, new Uint8Array(cookie.length));
    const nonce = random(nonceBytes);
    const proof = seal(this.keys.toServer, nonce, writer.finish(), new Uint8Array());
    const body = new ByteWriter(authenticatorBytes).uint16(nonce.length).uint16(proof.length);
    writeField(writer, field.authenticator, body.bytes(nonce).bytes(proof).finish());
    return { bytes: writer.finish(), uniqueId };
  }

  /** Takes new cookies out of an answer. What is left to read is its header, which is proven then. */
  check(answer: Uint8Array, { uniqueId }: NtsQuestion): Result<Uint8Array, NtsRefusal> {
    let isOurs = false;
    for (const { type, body, at } of fieldsOf(answer)) {
      if (type === field.uniqueId) isOurs = Buffer.compare(body, uniqueId) === 0;
      if (type !== field.authenticator) continue;
      if (!isOurs) return unproven('does not repeat our unique identifier');
      const plain = this.opened(body, answer.subarray(0, at));
      if (!plain) return unproven('is not signed with our keys');
      for (const inner of fieldsOf(plain, 0))
        if (inner.type === field.cookie && this.cookies.length < fullJar) this.cookies.push(new Uint8Array(inner.body));
      return ok(answer.subarray(0, headerBytes));
    }
    if (isOurs && isForgotten(answer)) return err({ kind: 'unknown-keys' });
    return unproven('has no proof of who sent it');
  }

  private opened(body: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
    const reader = new ByteReader(body);
    const nonceLength = reader.uint16();
    const sealedLength = reader.uint16();
    const nonce = reader.view(nonceLength);
    reader.view(padding(nonceLength));
    const sealed = reader.view(sealedLength);
    return reader.failed ? undefined : open(this.keys.toClient, nonce, associated, sealed);
  }
}

function unproven(reason: string): { readonly ok: false; readonly error: NtsRefusal } {
  return err({ kind: 'unproven', reason });
}

/** A kiss-o'-death with the code NTSN. */
function isForgotten(answer: Uint8Array): boolean {
  return answer[1] === 0 && Buffer.from(answer.subarray(12, 16)).toString('latin1') === 'NTSN';
}

interface Field {
  readonly type: number;
  readonly body: Uint8Array;
  /** Where it begins. */
  readonly at: number;
}

/** Extension fields (RFC 7822), as far as they are whole. */
function* fieldsOf(bytes: Uint8Array, from = headerBytes): Generator<Field> {
  for (let at = from; at + 4 <= bytes.length; ) {
    const reader = new ByteReader(bytes, at);
    const type = reader.uint16();
    const length = reader.uint16();
    if (length < 4 || length % 4 !== 0 || at + length > bytes.length) return;
    yield { type, body: bytes.subarray(at + 4, at + length), at };
    at += length;
  }
}

function writeField(writer: ByteWriter, type: number, body: Uint8Array): void {
  const fill = padding(body.length);
  writer
    .uint16(type)
    .uint16(4 + body.length + fill)
    .bytes(body)
    .bytes(new Uint8Array(fill));
}

/** To a multiple of four. */
const padding = (length: number): number => -length & 3;
