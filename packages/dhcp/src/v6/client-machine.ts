/**
 * The DHCPv6 client as a machine (RFC 8415 section 18.2): from state and event to the next state and what to do.
 *
 * Stateful: Solicit, Advertise, Request, Reply, or Solicit and Reply by rapid commit; then Renew at T1 and Rebind at T2. After the
 * link was away, or with a lease from before a restart, Confirm or Rebind. Stateless: Information-request, again when its answer
 * is out of date.
 */
import type { Instant } from '@connman/base';
import type { Dhcp6Lease } from '@connman/contracts';
import type { Ipv6Address } from '@connman/inet';
import {
  type ClientStep,
  isExhausted,
  log,
  never,
  newExchange,
  preceded,
  stay,
  transmit,
  unsent,
} from './client-exchange';
import { hear, request } from './client-hear';
import type { ClientEffect, ClientEvent, ClientState, Held, Memory, Moment, RunningState } from './client-state';
import { begin, beginHeld, bind, fail, holdLease, inform, listening } from './client-ways';
import { isEmpty, without } from './lease';
import { parameters } from './retransmission';

export const stopped: ClientState = { kind: 'stopped' };

export function clientStep(state: ClientState, event: ClientEvent): ClientStep {
  if (event.kind === 'start') return start(event);
  if (state.kind === 'stopped') return stay(state);
  switch (event.kind) {
    case 'stop':
      return stop(state, event.release, event);
    case 'renew':
      return renew(state, event);
    case 'message':
      return hear(state, event.message, event);
    case 'time':
      return expire(state, event) ?? proceed(state, event);
    case 'unsent':
      return 'exchange' in state ? unsent(state, event.now) : stay(state);
    case 'conflict':
      return conflict(state, event.address, event);
  }
}

/** When the machine wants its next `time` event; infinity for never. */
export function deadlineOf(state: ClientState): Instant {
  const expiry = heldBy(state)?.expiresAt ?? never;
  const own = ownDeadline(state);
  return expiry < own ? expiry : own;
}

function ownDeadline(state: ClientState): Instant {
  if ('exchange' in state) return state.exchange.resendAt;
  switch (state.kind) {
    case 'waiting':
      return state.resumeAt;
    case 'bound':
      return state.held.t1At;
    case 'informed':
      return state.refreshAt;
    default:
      return never;
  }
}

/** The lease in force, if there is one. */
export function heldBy(state: ClientState): Held | undefined {
  return 'held' in state ? state.held : undefined;
}

function start(event: ClientEvent & { readonly kind: 'start' }): ClientStep {
  const { now, mode, wanted, held } = event;
  const memory: Memory = {
    mode,
    wanted,
    solMaxRt: parameters.solicit.mrt,
    infMaxRt: parameters['information-request'].mrt,
    failures: 0,
    silentSince: now,
    silenceSaid: false,
  };
  const before = held && holdLease(held.lease, held.since);
  if (before && now < before.expiresAt) return takeUp(memory, before, event);
  return begin(memory, event, held?.lease);
}

/** With a lease from before: prefixes that are not wanted any more are given back (section 18.2.7), the rest is used on. */
function takeUp(memory: Memory, held: Held, moment: Moment): ClientStep {
  const { lease } = held;
  if (memory.wanted.prefix || lease.prefixes.length === 0) return beginHeld(memory, held, moment);
  const rest = holdLease({ ...lease, prefixes: [] }, held.since);
  const next = isEmpty(rest.lease) ? begin(memory, moment) : beginHeld(memory, rest, moment);
  return preceded([release({ ...lease, addresses: [] }, moment)], next);
}

/** The end of a lease, in whatever state it comes. */
function expire(state: RunningState, moment: Moment): ClientStep | undefined {
  const held = heldBy(state);
  if (!held || moment.now < held.expiresAt) return undefined;
  const effects: ClientEffect[] = [
    { kind: 'lost', reason: 'expired' },
    log('warning', 'the lease expired, no server renewed it; looking for one'),
  ];
  return preceded(effects, begin(listening(state.memory, moment.now), moment, held.lease));
}

function proceed(state: RunningState, moment: Moment): ClientStep {
  const { now } = moment;
  const { memory } = state;
  if (now < ownDeadline(state)) return stay(state);
  switch (state.kind) {
    case 'waiting':
      return begin(memory, moment);
    case 'soliciting':
      return state.best ? request(memory, state.best, moment) : transmit(state, moment);
    case 'requesting':
      if (!isExhausted(state, now)) return transmit(state, moment);
      return fail(memory, 'the server does not answer the Request for its offer', moment, state.held);
    case 'confirming':
      // No answer: the addresses are used on (section 18.2.3).
      return isExhausted(state, now) ? bind(memory, state.held) : transmit(state, moment);
    case 'bound':
    case 'renewing':
      return extend(state, state.held, moment);
    case 'declining':
      if (!isExhausted(state, now)) return transmit(state, moment);
      return state.held ? bind(memory, state.held) : fail(memory, 'the address was declined', moment);
    case 'informed':
      return inform(listening(memory, now), moment);
    default:
      return 'exchange' in state ? transmit(state, moment) : stay(state);
  }
}

/** Renew asks the server that gave the lease, Rebind asks them all. */
function extend(state: RunningState, held: Held, moment: Moment): ClientStep {
  if (moment.now >= held.t2At)
    return transmit({ kind: 'rebinding', memory: state.memory, held, exchange: newExchange(moment) }, moment);
  if (state.kind === 'renewing') return transmit(state, moment);
  return transmit({ kind: 'renewing', memory: state.memory, held, exchange: newExchange(moment) }, moment);
}

// What the user and the link want.

function renew(state: RunningState, moment: Moment): ClientStep {
  const memory: Memory = { ...listening(state.memory, moment.now), failures: 0 };
  const held = heldBy(state);
  return held ? beginHeld(memory, held, moment) : begin(memory, moment);
}

function stop(state: ClientState, isReleased: boolean, moment: Moment): ClientStep {
  const lease = heldBy(state)?.lease;
  return isReleased && lease ? stay(stopped, release(lease, moment)) : stay(stopped);
}

/** One Release, not repeated: no one waits for its Reply. */
function release(lease: Dhcp6Lease, { random }: Moment): ClientEffect {
  const message = { type: 'release', xid: random & 0xffffff, elapsedMs: 0, server: lease.server, lease } as const;
  return { kind: 'send', message };
}

/** The server is told, so that it gives the address to no one (section 18.2.8). */
function conflict(state: RunningState, address: Ipv6Address, moment: Moment): ClientStep {
  const held = heldBy(state);
  const entry = held?.lease.addresses.find((one) => one.address === address);
  if (!held || !entry) return stay(state);
  const declined: Dhcp6Lease = { ...held.lease, addresses: [entry], prefixes: [] };
  const lease = without(held.lease, address);
  const rest = isEmpty(lease) ? undefined : { ...held, lease };
  const memory = { ...state.memory, failures: state.memory.failures + 1 };
  return preceded(
    [
      log('warning', `another host uses ${address}; declined`),
      rest ? { kind: 'bound', held: rest } : { kind: 'lost', reason: 'conflict' },
    ],
    transmit({ kind: 'declining', memory, exchange: newExchange(moment), declined, held: rest }, moment),
  );
}
