/**
 * The certificate that an authentication server shows, read from the EAPOL frames on their way to iwd, which keeps it to itself.
 * It is in the clear up to TLS 1.2 (RFC 5246 section 7.4.2), and iwd knows no later version.
 */
import { lengthIncluded, tlsMethods } from '../nl80211/certificate-alert';

const eapolEap = 0;
/** Codes of RFC 3748 section 4. */
const eap = { request: 1, failure: 4 };
/** RFC 5216 section 3.1. */
const flag = { more: 0x40, start: 0x20 };
const handshakeRecord = 22;
const certificateMessage = 11;
/** A chain of certificates is a few kilobytes; more is not kept. */
const maxBytes = 65_536;

/** In DER; 'refused': the server gave up right after it had shown its certificate. */
export type Shown = Uint8Array | 'refused';

export class ServerCertificateReader {
  private phase: 'reading' | 'shown' | 'over' = 'over';
  private fragments: Uint8Array[] = [];
  private handshake: Uint8Array[] = [];
  private identifier = -1;

  /**
   * @param frame an EAPOL frame from the access point, without its Ethernet header (IEEE 802.1X-2020 section 11.3); its bytes are not
   *   kept.
   * @returns the server's own certificate, with the frame that completes it; what became of it, with the one that says so.
   */
  frame(frame: Uint8Array): Shown | undefined {
    const [, type, , , code, identifier, , , method = 0, flags = 0] = frame;
    if (type !== eapolEap) return undefined;
    if (code === eap.failure) return this.failed();
    if (code !== eap.request || !tlsMethods.has(method) || frame.length < 10) return undefined;
    if (flags & flag.start) this.begin();
    // A request that was lost comes again with its identifier (RFC 3748 section 4.1).
    if (this.phase === 'over' || identifier === this.identifier) return undefined;
    this.identifier = identifier as number;
    const end = 4 + ((frame[6] as number) << 8) + (frame[7] as number);
    const data = frame.slice(flags & lengthIncluded ? 14 : 10, end);
    return this.phase === 'shown' ? this.goesOn(data) : this.fragment(data, (flags & flag.more) === 0);
  }

  private begin(): void {
    this.phase = 'reading';
    this.fragments = [];
    this.handshake = [];
    this.identifier = -1;
  }

  private failed(): Shown | undefined {
    const { phase } = this;
    this.phase = 'over';
    return phase === 'shown' ? 'refused' : undefined;
  }

  /** An empty request asks for the next fragment of the answer; anything else is the server's answer to it. */
  private goesOn(data: Uint8Array): undefined {
    if (data.length > 0) this.phase = 'over';
  }

  private fragment(data: Uint8Array, isLast: boolean): Shown | undefined {
    this.fragments.push(data);
    if (lengthOf(this.fragments) > maxBytes || lengthOf(this.handshake) > maxBytes) {
      this.begin();
      this.phase = 'over';
    } else if (isLast) {
      this.records(Buffer.concat(this.fragments));
      this.fragments = [];
      return this.certificate();
    }
    return undefined;
  }

  /** What is not a handshake ends what can be read: an alert, or the change to encryption. */
  private records(bytes: Uint8Array): void {
    for (let at = 0; at + 5 <= bytes.length; ) {
      const length = ((bytes[at + 3] as number) << 8) + (bytes[at + 4] as number);
      if (bytes[at] === handshakeRecord) this.handshake.push(bytes.subarray(at + 5, at + 5 + length));
      else this.phase = 'over';
      at += 5 + length;
    }
  }

  private certificate(): Uint8Array | undefined {
    const bytes = Buffer.concat(this.handshake);
    for (let at = 0; at + 4 <= bytes.length; ) {
      const end = at + 4 + bytes.readUIntBE(at + 1, 3);
      if (bytes[at] === certificateMessage && end <= bytes.length) {
        this.phase = 'shown';
        this.handshake = [];
        return firstOf(bytes.subarray(at + 4, end));
      }
      at = end;
    }
    return undefined;
  }
}

/** The list of a Certificate message begins with the server's own one. */
function firstOf(list: Buffer): Uint8Array | undefined {
  if (list.length < 6) return undefined;
  const length = list.readUIntBE(3, 3);
  return length > 0 && 6 + length <= list.length ? Uint8Array.from(list.subarray(6, 6 + length)) : undefined;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
