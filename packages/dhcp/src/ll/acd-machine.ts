/** Address conflict detection as a machine (RFC 5227): probe, announce, defend. */
import { after, type Instant, instant, type Step } from '@connman/base';
import { type Ipv4Address, ipv4Any, type MacAddress } from '@connman/inet';
import type { ArpPacket } from './arp';

/** The constants of RFC 5227 section 1.1, in milliseconds where they are times. */
export const acd = {
  PROBE_WAIT: 1000,
  PROBE_NUM: 3,
  PROBE_MIN: 1000,
  PROBE_MAX: 2000,
  ANNOUNCE_WAIT: 2000,
  ANNOUNCE_NUM: 2,
  ANNOUNCE_INTERVAL: 2000,
  MAX_CONFLICTS: 10,
  RATE_LIMIT_INTERVAL: 60_000,
  DEFEND_INTERVAL: 10_000,
} as const;

/**
 * Claims end at multiples of this: those of many links come together, and one turn of the program serves them all. ANNOUNCE_WAIT
 * is a least wait, the times between probes stay random.
 */
const claimGridMs = 250;

/** An address taken without a probe is announced when the kernel has had time to have it. */
const unprobedAnnouncementMs = 200;
const never = instant(Number.POSITIVE_INFINITY);

export interface AcdState {
  readonly kind: 'probing' | 'announcing' | 'defending';
  readonly address: Ipv4Address;
  readonly mac: MacAddress;
  /** Probes, or announcements, so far. */
  readonly sent: number;
  /** The next packet, or the end of the last wait. */
  readonly next: Instant;
  readonly lastConflict?: Instant;
}

export type AcdEvent =
  | { readonly kind: 'time'; readonly now: Instant /** 0 .. 2^32-1 */; readonly random: number }
  | { readonly kind: 'arp'; readonly now: Instant; readonly packet: ArpPacket };

export type AcdEffect =
  | { readonly kind: 'send-probe' }
  | { readonly kind: 'send-announcement' }
  /** The probes went unanswered: the address may be used. */
  | { readonly kind: 'claimed' }
  /** Another host has the address; `lost`: it is not to be used (any longer). */
  | { readonly kind: 'conflict'; readonly mac: MacAddress; readonly lost: boolean };

type AcdStep = Step<AcdState, AcdEffect>;

/** The probe of an address before its first use. */
export function startProbe(address: Ipv4Address, mac: MacAddress, now: Instant, random: number): AcdState {
  return { kind: 'probing', address, mac, sent: 0, next: after(now, between(0, acd.PROBE_WAIT, random)) };
}

/** The announcement of an address that is in use without a probe. */
export function startAnnouncement(address: Ipv4Address, mac: MacAddress, now: Instant): AcdState {
  return { kind: 'announcing', address, mac, sent: 0, next: after(now, unprobedAnnouncementMs) };
}

/** The defence of an address that is in use and was announced before (section 2.4). */
export function startDefence(address: Ipv4Address, mac: MacAddress): AcdState {
  return { kind: 'defending', address, mac, sent: acd.ANNOUNCE_NUM, next: never };
}

export function acdStep(state: AcdState, event: AcdEvent): AcdStep {
  if (event.kind === 'arp') return hear(state, event.packet, event.now);
  const { now, random } = event;
  if (now < state.next) return { state, effects: [] };
  switch (state.kind) {
    case 'probing':
      return state.sent < acd.PROBE_NUM ? probe(state, now, random) : claim(state, now);
    case 'announcing':
      return announce(state, now);
    case 'defending':
      return { state, effects: [] };
  }
}

function probe(state: AcdState, now: Instant, random: number): AcdStep {
  const sent = state.sent + 1;
  const next =
    sent < acd.PROBE_NUM
      ? after(now, between(acd.PROBE_MIN, acd.PROBE_MAX, random))
      : instant(Math.ceil((now + acd.ANNOUNCE_WAIT) / claimGridMs) * claimGridMs);
  return { state: { ...state, sent, next }, effects: [{ kind: 'send-probe' }] };
}

function claim(state: AcdState, now: Instant): AcdStep {
  const announced = announce({ ...state, kind: 'announcing', sent: 0 }, now);
  return { state: announced.state, effects: [{ kind: 'claimed' }, ...announced.effects] };
}

function announce(state: AcdState, now: Instant): AcdStep {
  const sent = state.sent + 1;
  const next: AcdState =
    sent < acd.ANNOUNCE_NUM
      ? { ...state, sent, next: after(now, acd.ANNOUNCE_INTERVAL) }
      : { ...state, kind: 'defending', sent, next: never };
  return { state: next, effects: [{ kind: 'send-announcement' }] };
}

function hear(state: AcdState, packet: ArpPacket, now: Instant): AcdStep {
  const { senderMac: mac, senderAddress, targetAddress } = packet;
  const claims = senderAddress === state.address;
  // Another host that probes for the same address counts against us only while we probe too (section 2.1.1).
  const probes = state.kind === 'probing' && senderAddress === ipv4Any && targetAddress === state.address;
  if (mac === state.mac || !(claims || probes)) return { state, effects: [] };
  if (state.kind === 'probing')
    return { state: { ...state, next: never }, effects: [{ kind: 'conflict', mac, lost: true }] };
  // Section 2.4 (b): defended once, and given up if that did not help.
  const lost = state.lastConflict !== undefined && now - state.lastConflict < acd.DEFEND_INTERVAL;
  const conflict: AcdEffect = { kind: 'conflict', mac, lost };
  const next: AcdState = { ...state, lastConflict: now };
  return { state: next, effects: lost ? [conflict] : [{ kind: 'send-announcement' }, conflict] };
}

function between(least: number, most: number, random: number): number {
  return Math.floor(least + (random / 0x100000000) * (most - least));
}
