/** One question and its answer: whether the answer is one to our question and of use, and what it measured (RFC 5905 section 8). */
import { err, formatDecodeError, ok, type Result } from '@connman/base';
import type { Leap } from '@connman/ports';
import { decodePacket, isZero, type NtpPacket, type NtpTimestamp, sameTimestamp, toWallTime } from './packet';

/** A server's clock seen once. Times in milliseconds. */
export interface Sample {
  /** Middle of the exchange on CLOCK_MONOTONIC_RAW. */
  readonly raw: number;
  /** True time at that moment, since the epoch, minus `raw`. */
  readonly offset: number;
  /** Round trip, without what the server took. */
  readonly delay: number;
  /** Half the way to the primary server and back, and what may have gone wrong on it (RFC 5905 section 10, root distance). */
  readonly distance: number;
  readonly stratum: number;
  readonly leap: Leap;
}

export interface Asked {
  readonly cookie: NtpTimestamp;
  /** When it left, in milliseconds on CLOCK_MONOTONIC_RAW. */
  readonly sentRaw: number;
}

export type Refusal =
  /** Not an answer to this question: forged, late or of another protocol. What is waited for may still come. */
  | { readonly kind: 'stray'; readonly reason: string }
  /** The server's answer, and of no use. */
  | { readonly kind: 'unfit'; readonly reason: string }
  /** Kiss-o'-death (RFC 5905 section 7.4): RATE asks for fewer questions, DENY and RSTR for none. */
  | { readonly kind: 'kiss'; readonly code: string; readonly poll: number };

/** A server further from true time than this does not help (MAXDISP of RFC 5905 is 16 s, MAXDIST 1 s; others take 1.5 to 3). */
const maxDistanceMs = 3000;

export function readAnswer(asked: Asked, bytes: Uint8Array, receivedRaw: number): Result<Sample, Refusal> {
  const decoded = decodePacket(bytes);
  if (!decoded.ok) return err({ kind: 'stray', reason: formatDecodeError(decoded.error) });
  const packet = decoded.value;
  if (!sameTimestamp(packet.origin, asked.cookie)) return stray('does not repeat our timestamp');
  if (packet.mode !== 4) return stray(`has mode ${packet.mode}, not 4 (server)`);
  if (packet.version < 3 || packet.version > 4) return stray(`has version ${packet.version}, neither 3 nor 4`);
  if (packet.stratum === 0) return err({ kind: 'kiss', code: kissCode(packet), poll: packet.poll });
  const fault = unfitness(packet);
  if (fault) return err({ kind: 'unfit', reason: fault });
  const received = toWallTime(packet.receive);
  const transmitted = toWallTime(packet.transmit);
  const roundTrip = receivedRaw - asked.sentRaw;
  const inServer = transmitted - received;
  // A server's clock may have been stepped between the two; nothing can be measured then.
  if (inServer < 0 || inServer > roundTrip + 1)
    return err({ kind: 'unfit', reason: 'has a receive and a transmit timestamp that do not fit the round trip' });
  const delay = Math.max(0, roundTrip - inServer);
  const raw = (asked.sentRaw + receivedRaw) / 2;
  const precision = 2 ** Math.max(-30, Math.min(0, packet.precision)) * 1000;
  const distance = (packet.rootDelay * 1000 + delay) / 2 + packet.rootDispersion * 1000 + precision;
  if (distance > maxDistanceMs)
    return err({ kind: 'unfit', reason: `is ${(distance / 1000).toFixed(1)} s from true time, by its own account` });
  const offset = (received - raw + (transmitted - raw)) / 2;
  return ok({ raw, offset, delay, distance, stratum: packet.stratum, leap: leapOf(packet) });
}

function unfitness(packet: NtpPacket): string | undefined {
  if (packet.leap === 3 || packet.stratum > 15) return 'says that its clock is not synchronised';
  if (isZero(packet.receive) || isZero(packet.transmit)) return 'has an empty timestamp';
  return undefined;
}

function stray(reason: string): { readonly ok: false; readonly error: Refusal } {
  return err({ kind: 'stray', reason });
}

/** Four ASCII letters in the reference identifier; what is no letter becomes a dot. */
function kissCode({ referenceId }: NtpPacket): string {
  const bytes = [24, 16, 8, 0].map((shift) => (referenceId >>> shift) & 0xff);
  return bytes.map((byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

function leapOf({ leap }: NtpPacket): Leap {
  if (leap === 1) return 'insert';
  return leap === 2 ? 'delete' : 'none';
}
