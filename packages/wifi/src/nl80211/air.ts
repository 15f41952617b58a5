/**
 * What the kernel tells every listener of an authentication, an association and their end (nl80211's group `mlme`), the
 * status and reason codes that decide whether a passphrase was wrong; lost frames; and scans (group `scan`). Frames are those of
 * IEEE 802.11-2020 section 9.3.3.
 */
import { AttributeReader, GENERIC_HEADER_BYTES } from '@connman/netlink';
import { refusesCertificate } from './certificate-alert';
import { nl80211 } from './numbers';

export type AirEvent =
  /** The access point answered an authentication; algorithm 3 is SAE, transaction 1 its commit, 2 its confirm. */
  | {
      readonly kind: 'authenticated';
      readonly ifindex: number;
      readonly algorithm: number;
      readonly transaction: number;
      readonly status: number;
    }
  | { readonly kind: 'associated'; readonly ifindex: number; readonly status: number }
  /** `byPeer`: the frame came from the access point. */
  | { readonly kind: 'ended'; readonly ifindex: number; readonly reason: number; readonly byPeer: boolean }
  /** Neither answer came. */
  | { readonly kind: 'silent'; readonly ifindex: number }
  /** The back end refused the certificate of the authentication server. */
  | { readonly kind: 'certificate-refused'; readonly ifindex: number }
  /** The access point did not acknowledge many frames in a row. */
  | { readonly kind: 'unacknowledged'; readonly ifindex: number }
  | { readonly kind: 'scanning'; readonly ifindex: number }
  /** A scan of any program has ended; not `ok`: it was aborted. */
  | { readonly kind: 'scanned'; readonly ifindex: number; readonly ok: boolean };

const frameHeaderBytes = 24;

/** The access point could not verify the SAE confirmation: it has another password. hostapd says status 1 or 15. */
export function refusesSaeConfirmation(event: AirEvent): boolean {
  return event.kind === 'authenticated' && event.algorithm === 3 && event.transaction === 2 && event.status !== 0;
}

/**
 * @param bytes a generic netlink message's body from `start` to `end`: command, version, attributes.
 * @param isOwnAddress decides whether a deauthentication came from here or from the access point.
 */
export function decodeAirEvent(
  bytes: Uint8Array,
  start: number,
  end: number,
  isOwnAddress: (ifindex: number, frame: Uint8Array, at: number) => boolean,
): AirEvent | undefined {
  if (end - start < GENERIC_HEADER_BYTES) return undefined;
  const command = bytes[start] as number;
  let ifindex = 0;
  let frame: Uint8Array | undefined;
  let timedOut = false;
  let status: number | undefined;
  let reason: number | undefined;
  let byPeer = false;
  let packetsLost = false;
  const attributes = new AttributeReader(bytes, start + GENERIC_HEADER_BYTES, end);
  while (attributes.next()) {
    switch (attributes.type) {
      case nl80211.attribute.ifindex:
        ifindex = attributes.number();
        break;
      case nl80211.attribute.frame:
        frame = bytes.subarray(attributes.start, attributes.start + attributes.length);
        break;
      case nl80211.attribute.timedOut:
        timedOut = true;
        break;
      case nl80211.attribute.statusCode:
        status = attributes.number();
        break;
      case nl80211.attribute.reasonCode:
        reason = attributes.number();
        break;
      case nl80211.attribute.cqm:
        for (const event = attributes.nested(); event.next(); )
          if (event.type === nl80211.cqm.packetLossEvent) packetsLost = true;
        break;
      case nl80211.attribute.disconnectedByAp:
        byPeer = true;
        break;
    }
  }
  if (ifindex === 0) return undefined;
  switch (command) {
    case nl80211.command.authenticate: {
      if (timedOut) return { kind: 'silent', ifindex };
      const algorithm = field(frame, 0);
      const transaction = field(frame, 2);
      const answer = field(frame, 4);
      if (algorithm === undefined || transaction === undefined || answer === undefined) return undefined;
      return { kind: 'authenticated', ifindex, algorithm, transaction, status: answer };
    }
    case nl80211.command.associate: {
      if (timedOut) return { kind: 'silent', ifindex };
      const answer = field(frame, 2);
      return answer === undefined ? undefined : { kind: 'associated', ifindex, status: answer };
    }
    case nl80211.command.connect:
      if (timedOut) return { kind: 'silent', ifindex };
      return status === undefined ? undefined : { kind: 'associated', ifindex, status };
    case nl80211.command.deauthenticate:
    case nl80211.command.disassociate: {
      const code = field(frame, 0);
      if (!frame || code === undefined) return undefined;
      // The transmitter is the second address of the frame.
      return { kind: 'ended', ifindex, reason: code, byPeer: !isOwnAddress(ifindex, frame, 10) };
    }
    case nl80211.command.notifyCqm:
      return packetsLost ? { kind: 'unacknowledged', ifindex } : undefined;
    case nl80211.command.controlPortFrameSent:
      return frame && refusesCertificate(eapolOf(frame)) ? { kind: 'certificate-refused', ifindex } : undefined;
    case nl80211.command.triggerScan:
      return { kind: 'scanning', ifindex };
    case nl80211.command.newScanResults:
    case nl80211.command.scanAborted:
      return { kind: 'scanned', ifindex, ok: command === nl80211.command.newScanResults };
    case nl80211.command.disconnect:
      return reason === undefined ? undefined : { kind: 'ended', ifindex, reason, byPeer };
  }
  return undefined;
}

/** What follows the type 0x888e: of an Ethernet frame, or in the SNAP header of a data frame without or with QoS field. */
function eapolOf(frame: Uint8Array): Uint8Array {
  const at = [12, 30, 32].find((one) => frame[one] === 0x88 && frame[one + 1] === 0x8e);
  return at === undefined ? new Uint8Array(0) : frame.subarray(at + 2);
}

/** A 16-bit field of a management frame's body. */
function field(frame: Uint8Array | undefined, at: number): number | undefined {
  const where = frameHeaderBytes + at;
  if (!frame || frame.length < where + 2) return undefined;
  return (frame[where] as number) | ((frame[where + 1] as number) << 8);
}
