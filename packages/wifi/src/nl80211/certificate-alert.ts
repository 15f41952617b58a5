/** Whether an EAPOL frame that this machine sent refuses the certificate of an authentication server: a TLS alert in the clear. */

const eapolEap = 0;
const eapResponse = 2;
/** EAP methods that frame TLS alike: EAP-TLS (RFC 5216 section 3.1), TTLS (RFC 5281) and PEAP. */
export const tlsMethods: ReadonlySet<number> = new Set([13, 21, 25]);
/** The length of the whole TLS message is in front of it. */
export const lengthIncluded = 0x80;
const alertRecord = 21;
/** RFC 5246 section 7.2: bad, unsupported, revoked, expired, unknown certificate; unknown authority. */
const certificateAlerts = new Set([42, 43, 44, 45, 46, 48]);

/** @param frame an EAPOL frame without what is in front of it. */
export function refusesCertificate(frame: Uint8Array): boolean {
  const [, type, , , code, , , , method = 0, flags = 0] = frame;
  if (type !== eapolEap || code !== eapResponse || !tlsMethods.has(method)) return false;
  const record = flags & lengthIncluded ? 14 : 10;
  return frame[record] === alertRecord && certificateAlerts.has(frame[record + 6] ?? 0);
}
