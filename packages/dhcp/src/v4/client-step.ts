/** The small words the parts of the DHCPv4 client machine are written in. */
import { type Instant, instant, type Step } from '@connman/base';
import type { Ipv4Address } from '@connman/inet';
import type { ClientEffect, ClientEvent, ClientState, Exchange, Held, Outgoing, Search } from './client-state';

export type ClientStep = Step<ClientState, ClientEffect>;
/** The moment of an event and the random number it brings. */
export type Moment = Pick<ClientEvent, 'now' | 'random'>;

export const never = instant(Number.POSITIVE_INFINITY);

export function stay(state: ClientState, ...effects: readonly ClientEffect[]): ClientStep {
  return { state, effects };
}

export function preceded(effects: readonly ClientEffect[], step: ClientStep): ClientStep {
  return { state: step.state, effects: [...effects, ...step.effects] };
}

export function log(level: 'warning' | 'info' | 'debug', text: string): ClientEffect {
  return { kind: 'log', level, text };
}

export function send(message: Outgoing): ClientEffect {
  return { kind: 'send', message };
}

export function lose(address: Ipv4Address, reason: 'expired' | 'refused' | 'conflict'): readonly ClientEffect[] {
  return [{ kind: 'unprobe' }, { kind: 'lost', reason, address }];
}

export function newSearch(since: Instant, conflictDetection: boolean, preferred?: Ipv4Address, held?: Held): Search {
  const fresh = { reused: false, failures: 0, avoided: [], conflicts: 0, linkLocal: false };
  return { since, conflictDetection, preferred, held, ...fresh };
}

/** The `secs` field: how long the client has been about it. */
export function secsOf(since: Instant, now: Instant): number {
  return Math.min(0xffff, Math.max(0, Math.floor((now - since) / 1000)));
}

export function newExchange(xid: number, now: Instant): Exchange {
  return { xid, startedAt: now, sentAt: now, sent: 0, resendAt: now };
}
