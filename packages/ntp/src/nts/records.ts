/** The records of NTS key establishment (RFC 8915 section 4): what a client asks for, and what a server gives it. */
import { ByteReader, ByteWriter, err, ok, type Result } from '@connman/base';

export const keyPort = 4460;
export const alpnProtocol = 'ntske/1';
export const exporterLabel = 'EXPORTER-network-time-security';

const ntpv4 = 0;
const aesSivCmac256 = 15;

const critical = 0x8000;
const recordType = {
  end: 0,
  nextProtocol: 1,
  error: 2,
  warning: 3,
  algorithm: 4,
  cookie: 5,
  server: 6,
  port: 7,
} as const;

/** RFC 8915 section 4.1.3. */
const errorTexts = ['it does not know a critical record', 'it calls our request bad', 'it has an internal error'];

/** More than a server needs; a stream that goes on is no answer. */
export const longestAnswerBytes = 16_384;
const mostCookies = 8;
/** What still fits a datagram beside the rest, with room for as many placeholders as there are cookies. */
const longestCookieBytes = 512;

export interface KeyAnswer {
  /** For one question each. */
  readonly cookies: readonly Uint8Array[];
  /** Who is to be asked for the time: a name or an address; the same server if undefined. */
  readonly server: string | undefined;
  readonly port: number | undefined;
}

export function encodeKeyRequest(): Uint8Array {
  const writer = new ByteWriter(32);
  writer
    .uint16(critical | recordType.nextProtocol)
    .uint16(2)
    .uint16(ntpv4);
  writer
    .uint16(critical | recordType.algorithm)
    .uint16(2)
    .uint16(aesSivCmac256);
  writer.uint16(critical | recordType.end).uint16(0);
  return writer.finish();
}

/** Of the secret that the exporter gives: which protocol and algorithm it is for, and whose messages. */
export function exporterContext(from: 'client' | 'server'): Uint8Array {
  return new ByteWriter(5)
    .uint16(ntpv4)
    .uint16(aesSivCmac256)
    .uint8(from === 'client' ? 0 : 1)
    .finish();
}

/** @returns undefined while the end has not come; an error in words about the server. */
export function decodeKeyAnswer(bytes: Uint8Array): Result<KeyAnswer, string> | undefined {
  const reader = new ByteReader(bytes);
  const cookies: Uint8Array[] = [];
  let server: string | undefined;
  let port: number | undefined;
  let protocol: number | undefined;
  let algorithm: number | undefined;
  while (reader.remaining >= 4) {
    const head = reader.uint16();
    const body = reader.view(reader.uint16());
    if (reader.failed) return undefined;
    switch (head & ~critical) {
      case recordType.end:
        if (protocol !== ntpv4) return err('it does not offer NTPv4');
        if (algorithm !== aesSivCmac256) return err('it does not offer AEAD_AES_SIV_CMAC_256');
        return cookies.length > 0 ? ok({ cookies, server, port }) : err('it gave no cookie');
      case recordType.nextProtocol:
        protocol = number(body);
        break;
      case recordType.algorithm:
        algorithm = number(body);
        break;
      case recordType.error:
        return err(errorTexts[number(body) ?? -1] ?? `it reports error ${number(body)}`);
      case recordType.warning:
        return err(`it reports warning ${number(body)}`);
      case recordType.cookie:
        if (body.length > 0 && body.length <= longestCookieBytes && cookies.length < mostCookies)
          cookies.push(new Uint8Array(body));
        break;
      case recordType.server:
        server = Buffer.from(body).toString('latin1');
        break;
      case recordType.port:
        port = number(body) || undefined;
        break;
      default:
        if ((head & critical) !== 0) return err(`its record ${head & ~critical} is critical and unknown`);
    }
  }
  return undefined;
}

function number(body: Uint8Array): number | undefined {
  return body.length >= 2 ? new ByteReader(body).uint16() : undefined;
}
