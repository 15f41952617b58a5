/** The exchanges of the DHCPv6 client: a message goes out, again and again, until it is answered (RFC 8415 section 15). */
import { after, type Instant, instant, type Step } from '@connman/base';
import type { Duid } from '@connman/inet';
import type { ClientEffect, ClientState, Exchange, Memory, Moment, Outgoing, StateOf } from './client-state';
import { nextWait, parameters, type Retransmission, silenceMs, unsentLongMs, unsentMs } from './retransmission';

export type ClientStep = Step<ClientState, ClientEffect>;

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

/** Nothing is sent yet. */
export function newExchange({ now, random }: Moment): Exchange {
  return { xid: random & 0xffffff, startedAt: now, sent: 0, wait: 0, resendAt: now };
}

type WithExchange = Extract<ClientState, { readonly exchange: Exchange }>;

/** Sends the message of the state once more, and sets when it goes out again. */
export function transmit(state: WithExchange, moment: Moment): ClientStep {
  const { now, random } = moment;
  const { memory } = state;
  const exchange = state.exchange.sent === 0 ? { ...state.exchange, startedAt: now } : state.exchange;
  const wait = nextWait(parametersOf(state), exchange.wait, random);
  // The first Solicit waits longer than IRT, strictly (section 18.2.1).
  const first = state.kind === 'soliciting' && exchange.sent === 0 ? parameters.solicit.irt + 1 : 0;
  const begun = { ...state, exchange };
  const resendAt = earlier(after(now, Math.max(wait, first)), limitOf(begun));
  const next = { ...state, exchange: { ...exchange, sent: exchange.sent + 1, wait, resendAt } };
  return inSilence(stay(next, { kind: 'send', message: outgoing(begun, now) }), memory, now);
}

/** Could not be sent: as if it had not been tried, and soon again. */
export function unsent(state: WithExchange, now: Instant): ClientStep {
  const { exchange, memory } = state;
  const sent = Math.max(0, exchange.sent - 1);
  const resendAt = after(now, now - memory.silentSince < unsentLongMs ? unsentMs : unsentLongMs);
  return stay({ ...state, exchange: { ...exchange, sent, wait: sent === 0 ? 0 : exchange.wait, resendAt } });
}

/** Whether the message of the state has gone out often or long enough. */
export function isExhausted(state: WithExchange, now: Instant): boolean {
  const { mrc, mrd } = parametersOf(state);
  const { sent, startedAt } = state.exchange;
  return (mrc !== undefined && sent >= mrc) || (mrd !== undefined && now >= after(startedAt, mrd));
}

function parametersOf(state: WithExchange): Retransmission {
  const { memory } = state;
  switch (state.kind) {
    case 'soliciting':
      return { ...parameters.solicit, mrt: memory.solMaxRt };
    case 'requesting':
      return parameters.request;
    case 'confirming':
      return parameters.confirm;
    case 'renewing':
      return parameters.renew;
    case 'rebinding':
      return parameters.rebind;
    case 'declining':
      return parameters.decline;
    case 'informing':
      return { ...parameters['information-request'], mrt: memory.infMaxRt };
  }
}

/** When the exchange ends whatever was sent. */
function limitOf(state: WithExchange): Instant {
  switch (state.kind) {
    case 'confirming':
      return after(state.exchange.startedAt, parameters.confirm.mrd);
    case 'renewing':
      return state.held.t2At;
    case 'rebinding':
      return state.held.expiresAt;
    default:
      return never;
  }
}

function outgoing(state: WithExchange, now: Instant): Outgoing {
  const { xid, startedAt } = state.exchange;
  const common = { xid, elapsedMs: now - startedAt };
  const to = (server: Duid) => ({ ...common, server });
  switch (state.kind) {
    case 'soliciting':
      return { ...common, type: 'solicit', lease: state.hint };
    case 'requesting':
      return { ...to(state.offer.server), type: 'request', lease: state.offer };
    case 'confirming':
      return { ...common, type: isRebound(state) ? 'rebind' : 'confirm', lease: state.held.lease };
    case 'renewing':
      return { ...to(state.held.lease.server), type: 'renew', lease: state.held.lease };
    case 'rebinding':
      return { ...common, type: 'rebind', lease: state.held.lease };
    case 'declining':
      return { ...to(state.declined.server), type: 'decline', lease: state.declined };
    case 'informing':
      return { ...common, type: 'information-request' };
  }
}

/** Confirm is about addresses alone; prefixes, those held and those wanted besides, are asked for by Rebind (section 18.2.12). */
export function isRebound({ memory, held }: StateOf<'confirming'>): boolean {
  return memory.wanted.prefix || held.lease.prefixes.length > 0;
}

/** A silence of some length is said once. */
function inSilence(step: ClientStep, memory: Memory, now: Instant): ClientStep {
  const { state } = step;
  // With a lease in hand the answer is not missed yet.
  const held = state.kind === 'requesting' && state.held;
  const asks = state.kind === 'soliciting' || state.kind === 'requesting' || state.kind === 'informing';
  if (!asks || held || memory.silenceSaid || now - memory.silentSince < silenceMs) return step;
  return stay(
    { ...state, memory: { ...memory, silenceSaid: true } },
    ...step.effects,
    { kind: 'silent' },
    log('info', 'no DHCPv6 server responded; still trying'),
  );
}

function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
