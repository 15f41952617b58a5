/**
 * When to send again (RFC 2131 section 4.1 and 4.4.5), quicker at first than the RFC's 4 s: the first packets after a link
 * comes up are the ones that get lost. The README says why this is still polite.
 */
import { after, type Instant } from '@connman/base';

/** Milliseconds to wait after the first, second, ... transmission. */
const firstWaits = [200, 400, 800, 1600, 3200, 6400] as const;
/** A server that comes back is found within this time, however long it was away. */
const steadyWaitMs = 10_000;

/** A DHCPREQUEST for an offer is given up after this many transmissions: 6.2 s, as long as ConnMan waits for one. */
export const requestTransmissions = 5;
/** From this transmission on the client asks for broadcast answers of at most 576 bytes: what got lost may be the answer. */
export const cautiousFrom = 4;
/** How long another server may take to make an offer when the first to do so let us down before. */
export const fallbackWaitMs = 500;
/** No server for this long: an address of RFC 3927 is sought, which takes 4 to 7 s more. */
export const silenceMs = 1200;
/** No server for this long after the link was away: the lease in hand is used on (RFC 2131 section 3.2). */
export const reuseMs = 6000;
/** After a DHCPDECLINE (RFC 2131 section 3.1 item 5), and after many of them (RFC 5227 section 2.1.1). */
export const declineWaitMs = 10_000;
export const manyConflicts = 10;
export const manyConflictsWaitMs = 60_000;

/** A second and independent number from the one random draw an event brings. */
export function anotherDraw(random: number): number {
  let mixed = (random + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The wait changed by up to a second either way (RFC 2131 section 4.1), or by up to a tenth if it is short. */
function jittered(waitMs: number, random: number): number {
  const spread = Math.min(1000, waitMs / 10);
  return Math.round(waitMs + (anotherDraw(random) / 0x80000000 - 1) * spread);
}

/** `sent` transmissions have gone out. */
export function nextTransmission(now: Instant, sent: number, random: number): Instant {
  return after(now, jittered(firstWaits[sent - 1] ?? steadyWaitMs, random));
}

/** The nth attempt in a row that a server refused or let down: the first costs nothing, later ones 3, 6, then 10 s. */
export function waitAfterFailure(failures: number, random: number): number {
  return failures < 2 ? 0 : jittered(Math.min(3000 * 2 ** (failures - 2), steadyWaitMs), random);
}

/** A phase shorter than this has no room for the RFC's waits of 60 s. */
const shortPhaseMs = 180_000;

export function isShortPhase(phaseStart: Instant, phaseEnd: Instant): boolean {
  return phaseEnd - phaseStart < shortPhaseMs;
}

/**
 * RENEWING and REBINDING: half of what is left of the phase, not below 60 s. A short phase is cut into six, none below 1 s,
 * so that a few lost packets do not cost a short lease.
 */
export function nextRenewal(now: Instant, phaseStart: Instant, phaseEnd: Instant): Instant {
  const wait = isShortPhase(phaseStart, phaseEnd)
    ? Math.max((phaseEnd - phaseStart) / 6, 1000)
    : Math.max((phaseEnd - now) / 2, 60_000);
  const next = after(now, wait);
  return next < phaseEnd ? next : phaseEnd;
}
