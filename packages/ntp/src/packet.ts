/** The NTP packet (RFC 5905 section 7.3): its 48 bytes as a value, and the request a client sends. */
import { ByteReader, ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';

export const ntpPort = 123;
export const headerBytes = 48;

/** 64 bits as they are on the wire: seconds since 1900 modulo 2^32, and their fraction. Zero is "not known". */
export interface NtpTimestamp {
  readonly seconds: number;
  readonly fraction: number;
}

export interface NtpPacket {
  /** 0 none, 1 the last minute of the day has 61 seconds, 2 it has 59, 3 the server's clock is not synchronised. */
  readonly leap: number;
  readonly version: number;
  /** 3 client, 4 server. */
  readonly mode: number;
  /** 0 is a kiss-o'-death, 1 a primary server, 16 and above not synchronised. */
  readonly stratum: number;
  /** log2 of the seconds between polls. */
  readonly poll: number;
  /** log2 of the seconds one tick of the server's clock takes. */
  readonly precision: number;
  /** Seconds. */
  readonly rootDelay: number;
  readonly rootDispersion: number;
  readonly referenceId: number;
  readonly reference: NtpTimestamp;
  /** The request's transmit timestamp, repeated. */
  readonly origin: NtpTimestamp;
  readonly receive: NtpTimestamp;
  readonly transmit: NtpTimestamp;
}

/** Between the epochs of NTP (1900) and Unix (1970), in seconds. */
const epochSeconds = 2_208_988_800;
const eraSeconds = 2 ** 32;
/** Seconds below this one, of 2020-01-01, are of the era that begins in 2036 (RFC 5905 section 6). */
const pivotSeconds = 3_786_825_600;

const zero: NtpTimestamp = { seconds: 0, fraction: 0 };

/** What follows the header, extension fields and a MAC, is not looked at. */
export function decodePacket(bytes: Uint8Array): Result<NtpPacket, DecodeError> {
  const reader = new ByteReader(bytes);
  const first = reader.uint8();
  const packet = {
    leap: first >>> 6,
    version: (first >>> 3) & 7,
    mode: first & 7,
    stratum: reader.uint8(),
    poll: signed(reader.uint8()),
    precision: signed(reader.uint8()),
    rootDelay: reader.uint32() / 65536,
    rootDispersion: reader.uint32() / 65536,
    referenceId: reader.uint32(),
    reference: readTimestamp(reader),
    origin: readTimestamp(reader),
    receive: readTimestamp(reader),
    transmit: readTimestamp(reader),
  };
  return reader.failed ? err(reader.error('ntp')) : ok(packet);
}

export function encodePacket(packet: NtpPacket): Uint8Array {
  const writer = new ByteWriter(headerBytes);
  writer.uint8((packet.leap << 6) | (packet.version << 3) | packet.mode);
  writer
    .uint8(packet.stratum)
    .uint8(packet.poll & 0xff)
    .uint8(packet.precision & 0xff);
  writer.uint32(Math.round(packet.rootDelay * 65536)).uint32(Math.round(packet.rootDispersion * 65536));
  writer.uint32(packet.referenceId);
  for (const { seconds, fraction } of [packet.reference, packet.origin, packet.receive, packet.transmit])
    writer.uint32(seconds).uint32(fraction);
  return writer.finish();
}

/**
 * A client's request. Its transmit timestamp is a random number: a server repeats it whatever it is, no one off the path can
 * guess it, and the state of this machine's clock is no one's business (draft-ietf-ntp-data-minimization).
 */
export function encodeRequest(cookie: NtpTimestamp): Uint8Array {
  return encodePacket({
    ...{ leap: 0, version: 4, mode: 3, stratum: 0, poll: 0, precision: 0 },
    ...{ rootDelay: 0, rootDispersion: 0, referenceId: 0 },
    ...{ reference: zero, origin: zero, receive: zero, transmit: cookie },
  });
}

/** Milliseconds since 1970, of a moment between 2020 and 2156. */
export function toWallTime({ seconds, fraction }: NtpTimestamp): number {
  const era = seconds < pivotSeconds ? eraSeconds : 0;
  return (seconds + era - epochSeconds) * 1000 + (fraction * 1000) / 2 ** 32;
}

export function fromWallTime(wallTime: number): NtpTimestamp {
  const whole = Math.floor(wallTime / 1000);
  const fraction = Math.min(2 ** 32 - 1, Math.round(((wallTime - whole * 1000) / 1000) * 2 ** 32));
  return { seconds: (whole + epochSeconds) % eraSeconds, fraction };
}

export function sameTimestamp(a: NtpTimestamp, b: NtpTimestamp): boolean {
  return a.seconds === b.seconds && a.fraction === b.fraction;
}

export function isZero({ seconds, fraction }: NtpTimestamp): boolean {
  return seconds === 0 && fraction === 0;
}

function readTimestamp(reader: ByteReader): NtpTimestamp {
  return { seconds: reader.uint32(), fraction: reader.uint32() };
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}
