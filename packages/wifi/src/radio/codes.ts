/** Status and reason codes of IEEE 802.11-2020 in words (tables 9-50 and 9-49): what a user reads beside an error. */
import type { LinkLoss, StrongSecurity } from '@connman/contracts';

const statuses: Readonly<Record<number, string>> = {
  1: 'unspecified failure',
  10: 'capabilities not supported',
  11: 'no association to continue',
  12: 'refused for a reason outside the standard',
  13: 'authentication algorithm not supported',
  14: 'authentication frame out of sequence',
  15: 'challenge failed',
  16: 'authentication timed out at the access point',
  17: 'access point is full',
  18: 'basic rates not supported',
  23: 'channel not allowed',
  30: 'refused for now, try later',
  31: 'management frame protection required',
  34: 'poor channel conditions',
  37: 'request declined',
  40: 'invalid element',
  41: 'group cipher not accepted',
  42: 'pairwise cipher not accepted',
  43: 'key management not accepted',
  45: 'RSN capabilities not accepted',
  46: 'cipher refused by policy',
  53: 'invalid PMKID',
  76: 'anti-clogging token required',
  77: 'finite cyclic group not supported',
  82: 'refused, with a suggested BSS transition',
  93: 'access point is out of memory',
  112: 'authentication refused by FILS',
  123: 'unknown password identifier',
  126: 'SAE hash-to-element required',
};

const reasons: Readonly<Record<number, string>> = {
  1: 'unspecified',
  2: 'previous authentication no longer valid',
  3: 'access point is leaving',
  4: 'inactivity',
  5: 'access point cannot handle more stations',
  6: 'frame of a station that is not authenticated',
  7: 'frame of a station that is not associated',
  8: 'station left the BSS',
  9: 'station is not authenticated',
  12: 'BSS transition',
  13: 'invalid element',
  14: 'message integrity failure',
  15: '4-way handshake timed out',
  16: 'group key handshake timed out',
  17: 'element differs in the 4-way handshake',
  18: 'group cipher not accepted',
  19: 'pairwise cipher not accepted',
  20: 'key management not accepted',
  23: '802.1X authentication failed',
  24: 'cipher refused by policy',
  34: 'poor channel conditions',
  36: 'station requested it',
  37: 'station stopped',
  39: 'peer timed out',
  45: 'key handshake failed',
  46: 'peer unknown',
};

const reasonInactivity = 4;

/** How an association ended. Without a code, or when this side ended it because no beacon came, the network is out of range. */
export function lossOf(reason: number, byPeer: boolean): LinkLoss {
  if (reason !== 0 && byPeer) return { cause: 'by-peer', reason: `deauthenticated, ${reasonInWords(reason)}` };
  if (reason === 0 || reason === reasonInactivity)
    return { cause: 'out-of-range', reason: 'the access point is heard no more' };
  return { cause: 'local', reason: `disconnected on this side, ${reasonInWords(reason)}` };
}

/** 'status 17 (access point is full)' */
export function statusInWords(status: number): string {
  const text = statuses[status];
  return text === undefined ? `status ${status}` : `status ${status} (${text})`;
}

/** 'reason 6 (frame of a station that is not authenticated)' */
export function reasonInWords(reason: number): string {
  const text = reasons[reason];
  return text === undefined ? `reason ${reason}` : `reason ${reason} (${text})`;
}

/** Of an access point that offers less than what the network was joined by before. */
export const noDowngrade: Readonly<Record<StrongSecurity, string>> = {
  sae: 'the network used WPA3 before and offers only WPA2 now; remove the service to join it all the same',
  owe: 'the network was encrypted before (OWE) and is open now; remove the service to join it all the same',
};
