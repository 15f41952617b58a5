/** When to send again (RFC 8415 sections 7.6 and 15), with the refresh times of section 21.23. */
import { after, type Instant } from '@connman/base';
import { anotherDraw } from '../v4/retransmission';

/** Times in milliseconds; absent limits are none. */
export interface Retransmission {
  /** Initial and maximum retransmission time. */
  readonly irt: number;
  readonly mrt?: number;
  /** Most transmissions, and the longest an exchange may last. */
  readonly mrc?: number;
  readonly mrd?: number;
}

export const parameters = {
  solicit: { irt: 1000, mrt: 3_600_000 },
  request: { irt: 1000, mrt: 30_000, mrc: 10 },
  confirm: { irt: 1000, mrt: 4000, mrd: 10_000 },
  renew: { irt: 10_000, mrt: 600_000 },
  rebind: { irt: 10_000, mrt: 600_000 },
  'information-request': { irt: 1000, mrt: 3_600_000 },
  decline: { irt: 1000, mrc: 4 },
} as const satisfies Record<string, Retransmission>;

/** IRT_DEFAULT and IRT_MINIMUM (section 7.6): how long stateless configuration counts. */
export const refreshDefaultSeconds = 86_400;
export const refreshMinimumSeconds = 600;

/** How long after the first Advertise others may still come; the README says why it is not the whole first RT. */
export const collectMs = 100;
/** No server for this long is told once. */
export const silenceMs = 6000;
/** A link without a usable source address yet is tried again after this. */
export const unsentMs = 100;
/** For this long; after it, that seldom: IPv6 may be off on the link. */
export const unsentLongMs = 3000;

/** RAND: -0.1 to 0.1. */
function rand(random: number): number {
  return (anotherDraw(random) / 0x80000000 - 1) / 10;
}

/** The wait after the next transmission, in milliseconds; `previous` is the wait after the last one, 0 for none. */
export function nextWait({ irt, mrt }: Retransmission, previous: number, random: number): number {
  const jitter = rand(random);
  const wait = previous === 0 ? irt * (1 + jitter) : previous * (2 + jitter);
  return Math.round(mrt !== undefined && wait > mrt ? mrt * (1 + jitter) : wait);
}

/** The wait before a new attempt after `failures` in a row that ended in a refusal: 0 at first, then 1 s doubling to a minute. */
export function waitAfterFailure(failures: number, now: Instant): Instant {
  return after(now, failures < 2 ? 0 : Math.min(60_000, 1000 * 2 ** (failures - 2)));
}
