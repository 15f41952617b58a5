/** Router advertisements as a machine: when one goes out, to whom, and with which lifetimes (RFC 4861 section 6.2). */
import { after, type Instant, instant, type Step } from '@connman/base';
import type { AdvertisedPrefix, AdvertisementRequest } from '@connman/contracts';
import { type Ipv6Address, ipv6Any, type MacAddress } from '@connman/inet';
import type { Advertisement } from './advertisement';

/** Sections 6.2.1 and 10, in milliseconds. */
export const timing = {
  MIN_INTERVAL: 200_000,
  MAX_INTERVAL: 600_000,
  MAX_INITIAL_INTERVAL: 16_000,
  INITIAL_ADVERTISEMENTS: 3,
  MIN_DELAY_BETWEEN: 3_000,
  MAX_DELAY: 500,
} as const;

/** AdvDefaultLifetime, and the lifetime of name servers (RFC 8106 section 5.1): three times MAX_INTERVAL. */
const routerSeconds = (3 * timing.MAX_INTERVAL) / 1000;
/** ND_PREFERRED_LIMIT and ND_VALID_LIMIT (RFC 9096 section 4): a prefix that goes without a word is not used for long. */
const preferredLimitSeconds = 2700;
const validLimitSeconds = 5400;
/** Hosts that are answered one by one; when more ask at once, all are answered together. */
const mostAnswers = 16;

export interface Solicitor {
  readonly address: Ipv6Address;
  readonly mac: MacAddress;
}

export interface AdvertiserState {
  readonly request: AdvertisementRequest;
  /** Advertisements to all since the last change, and when the last of them went out. */
  readonly sent: number;
  readonly sentAt: Instant;
  /** When the next one to all goes out. */
  readonly nextAt: Instant;
  /** Those that have asked, and when they are answered. */
  readonly answers: readonly (Solicitor & { readonly at: Instant })[];
}

export type AdvertiserEvent = { readonly now: Instant /** 0 .. 2^32-1 */; readonly random: number } & (
  | { readonly kind: 'change'; readonly request: AdvertisementRequest }
  | { readonly kind: 'solicitation'; readonly solicitor: Solicitor }
  | { readonly kind: 'time' }
  /** The last one takes back what was advertised (section 6.2.5). */
  | { readonly kind: 'stop' }
);

/** To all where `to` is absent. */
export interface AdvertiserEffect {
  readonly kind: 'send';
  readonly advertisement: Advertisement;
  readonly to?: Solicitor;
}

type AdvertiserStep = Step<AdvertiserState, AdvertiserEffect>;

export function newAdvertiser(request: AdvertisementRequest, now: Instant): AdvertiserState {
  return { request, sent: 0, sentAt: instant(Number.NEGATIVE_INFINITY), nextAt: now, answers: [] };
}

export function advertiserStep(state: AdvertiserState, event: AdvertiserEvent): AdvertiserStep {
  switch (event.kind) {
    case 'change':
      return { state: hurry({ ...state, request: event.request, sent: 0 }, event.now), effects: [] };
    case 'solicitation':
      return { state: solicited(state, event.solicitor, event.now, event.random), effects: [] };
    case 'time':
      return pass(state, event.now, event.random);
    case 'stop':
      return { state, effects: [{ kind: 'send', advertisement: farewell(state.request) }] };
  }
}

export function deadlineOf({ nextAt, answers }: AdvertiserState): Instant {
  return answers.reduce((first, { at }) => (at < first ? at : first), nextAt);
}

/** To all as soon as the last one to all allows. */
function hurry(state: AdvertiserState, from: Instant): AdvertiserState {
  const soonest = after(state.sentAt, timing.MIN_DELAY_BETWEEN);
  const at = soonest > from ? soonest : from;
  return at < state.nextAt ? { ...state, nextAt: at } : state;
}

/** A host with an address is answered alone: the others' radios sleep on (RFC 7772 section 5.1). */
function solicited(state: AdvertiserState, solicitor: Solicitor, now: Instant, random: number): AdvertiserState {
  const { answers } = state;
  if (answers.some(({ address }) => address === solicitor.address)) return state;
  const at = after(now, between(0, timing.MAX_DELAY, random));
  if (solicitor.address === ipv6Any || answers.length >= mostAnswers) return hurry(state, at);
  return { ...state, answers: [...answers, { ...solicitor, at }] };
}

function pass(state: AdvertiserState, now: Instant, random: number): AdvertiserStep {
  const { request, answers } = state;
  const advertisement = advertisementOf(request, now);
  if (now >= state.nextAt) {
    const sent = state.sent + 1;
    const wait = between(timing.MIN_INTERVAL, timing.MAX_INTERVAL, random);
    const interval = sent < timing.INITIAL_ADVERTISEMENTS ? Math.min(wait, timing.MAX_INITIAL_INTERVAL) : wait;
    // Those who have asked are among all.
    const next: AdvertiserState = { request, sent, sentAt: now, nextAt: after(now, interval), answers: [] };
    return { state: next, effects: [{ kind: 'send', advertisement }] };
  }
  const due = answers.filter(({ at }) => at <= now);
  return {
    state: { ...state, answers: answers.filter(({ at }) => at > now) },
    effects: due.map(({ address, mac }) => ({ kind: 'send', advertisement, to: { address, mac } })),
  };
}

function advertisementOf(request: AdvertisementRequest, now: Instant): Advertisement {
  return {
    mac: request.mac,
    routerSeconds: request.isDefaultRouter ? routerSeconds : 0,
    prefixes: request.prefixes.map((one) => lifetimesOf(one, now)),
    mtu: request.mtu,
    nameservers: request.nameservers,
    nameserverSeconds: routerSeconds,
  };
}

function lifetimesOf({ prefix, preferredUntil, validUntil }: AdvertisedPrefix, now: Instant) {
  const left = (until: Instant | undefined, limit: number) =>
    until === undefined ? limit : Math.min(limit, Math.max(0, Math.floor((until - now) / 1000)));
  return {
    prefix,
    preferredSeconds: left(preferredUntil, preferredLimitSeconds),
    validSeconds: left(validUntil, validLimitSeconds),
  };
}

function farewell({ mac, prefixes, mtu, nameservers }: AdvertisementRequest): Advertisement {
  return {
    ...{ mac, routerSeconds: 0, mtu, nameservers, nameserverSeconds: 0 },
    prefixes: prefixes.map(({ prefix }) => ({ prefix, preferredSeconds: 0, validSeconds: 0 })),
  };
}

function between(least: number, most: number, random: number): number {
  return Math.floor(least + (random / 0x100000000) * (most - least));
}
