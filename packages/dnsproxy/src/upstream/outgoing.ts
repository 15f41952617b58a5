/**
 * A question on its way to a server: a random id, letters in random case (draft-vixie-dnsext-dns0x20), our own OPT record; and
 * the test whether a message answers it.
 */
import { Flag, headerLength } from '../message/constants';
import type { Message } from '../message/message';
import { equalNames } from '../message/name';
import { Variant } from '../message/query';
import { optLength, writeOpt } from '../message/reply';
import type { RandomPool } from '../random';

/** What is asked, of no client and no server in particular. */
export interface AskedQuestion {
  /** Name (lower case), type and class as on the wire. */
  readonly wire: Uint8Array;
  /** See Variant: DO, CD and "no recursion". */
  readonly variant: number;
}

export interface OutgoingForm {
  readonly edns: boolean;
  readonly randomCase: boolean;
}

export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly id: number;
}

/** Octets of padding that make every question over TLS look alike (RFC 8467 section 4.1). */
const paddingBlock = 128;

export function composeOutgoing(
  question: AskedQuestion,
  form: OutgoingForm,
  random: RandomPool,
  padded: boolean,
): Outgoing {
  const { wire, variant } = question;
  const plain = headerLength + wire.length + (form.edns ? optLength : 0);
  const padding = padded && form.edns ? (paddingBlock - ((plain + 4) % paddingBlock)) % paddingBlock : -1;
  const bytes = new Uint8Array(plain + (padding < 0 ? 0 : 4 + padding));
  const id = random.uint16();
  // AD asks for the AD bit in the answer (RFC 6840 section 5.7); whether a client sees it is decided per client.
  const flags =
    (variant & Variant.NO_RECURSION ? 0 : Flag.RD) | (variant & Variant.CD ? Flag.CD : 0) | (form.edns ? Flag.AD : 0);
  bytes[0] = id >>> 8;
  bytes[1] = id;
  bytes[2] = flags >>> 8;
  bytes[3] = flags;
  bytes[5] = 1;
  bytes.set(wire, headerLength);
  if (form.randomCase) randomiseCase(bytes, headerLength, headerLength + wire.length - 4, random);
  if (form.edns) {
    bytes[11] = 1;
    const end = writeOpt(bytes, headerLength + wire.length, 0, (variant & Variant.DO) !== 0);
    if (padding >= 0) {
      bytes[end - 1] = 4 + padding;
      bytes[end + 1] = 12;
      bytes[end + 3] = padding;
    }
  }
  return { bytes, id };
}

function randomiseCase(bytes: Uint8Array, from: number, to: number, random: RandomPool): void {
  let bits = 0;
  let left = 0;
  for (let i = from; i < to; i++) {
    const octet = bytes[i] as number;
    // Octets of lengths are below 64, so that only letters are met here.
    if (octet < 0x61 || octet > 0x7a) continue;
    if (left === 0) {
      bits = random.uint8();
      left = 8;
    }
    if (bits & 1) bytes[i] = octet - 32;
    bits >>>= 1;
    left--;
  }
}

export const Match = {
  YES: 0,
  /** Ours but for the letters' case: forged, or from a server that changes them. */
  WRONG_CASE: 1,
  NO: 2,
  /** A refusal that does not repeat the question, as RFC 1035 allows for FORMERR: worth another try, and nothing more. */
  BARE_REFUSAL: 3,
} as const;
export type Match = (typeof Match)[keyof typeof Match];

/** Whether `message` answers the question in `sent`: an answer, same id, same question, letters in the same case. */
export function matchAnswer(message: Message, sent: Outgoing): Match {
  const { question, bytes } = message;
  if (message.id !== sent.id || !(message.flags & Flag.QR) || message.flags & Flag.OPCODE) return Match.NO;
  if (!question) return message.rcode !== 0 && message.records.length === 0 ? Match.BARE_REFUSAL : Match.NO;
  const length = question.end - headerLength;
  for (let i = 4; i > 0; i--) {
    if (bytes[question.end - i] !== sent.bytes[headerLength + length - i]) return Match.NO;
  }
  if (!equalNames(bytes, headerLength, sent.bytes, headerLength, length - 4)) return Match.NO;
  for (let i = headerLength; i < question.end - 4; i++) if (bytes[i] !== sent.bytes[i]) return Match.WRONG_CASE;
  return Match.YES;
}
