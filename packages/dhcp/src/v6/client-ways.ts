/** Where an attempt of the DHCPv6 client begins and where it ends: Solicit, Confirm, a lease, a failure. */
import { after, type Instant } from '@connman/base';
import type { Dhcp6Lease } from '@connman/contracts';
import { type ClientStep, log, never, newExchange, stay, transmit } from './client-exchange';
import type { Held, Memory, Moment } from './client-state';
import { infinite } from './identity-association';
import { lifetimeOf } from './lease';
import { waitAfterFailure } from './retransmission';

/** A server that refuses to extend a lease is not asked again at once. */
const keptWaitMs = 30_000;

/** The first message leaves at once, without the random second of section 18.2.1: carrier is not what a power cut brings back. */
export function solicit(memory: Memory, moment: Moment, hint?: Dhcp6Lease): ClientStep {
  return transmit({ kind: 'soliciting', memory, exchange: newExchange(moment), hint }, moment);
}

export function inform(memory: Memory, moment: Moment): ClientStep {
  return transmit({ kind: 'informing', memory, exchange: newExchange(moment) }, moment);
}

/** With nothing in hand. */
export function begin(memory: Memory, moment: Moment, hint?: Dhcp6Lease): ClientStep {
  return memory.mode === 'stateless' ? inform(memory, moment) : solicit(memory, moment, hint);
}

/** A lease in hand, on a link that may be another one by now (section 18.2.12). */
export function beginHeld(memory: Memory, held: Held, moment: Moment): ClientStep {
  return transmit({ kind: 'confirming', memory, exchange: newExchange(moment), held }, moment);
}

/** A lease runs from when it was asked for. */
export function holdLease(lease: Dhcp6Lease, since: Instant): Held {
  const at = (seconds: number) => (seconds === infinite ? never : after(since, seconds * 1000));
  const [t1At, t2At, expiresAt] = [at(lease.t1Seconds), at(lease.t2Seconds), at(lifetimeOf(lease))];
  return { lease, since, t1At: min(t1At, expiresAt), t2At: min(t2At, expiresAt), expiresAt };
}

export function bind(memory: Memory, held: Held): ClientStep {
  return stay({ kind: 'bound', memory: { ...memory, silenceSaid: false }, held }, { kind: 'bound', held });
}

/** From now on a silence counts. */
export function listening(memory: Memory, now: Instant): Memory {
  return { ...memory, silentSince: now, silenceSaid: false };
}

/** Refused or let down: the way begins again, slower each time. */
export function fail(before: Memory, text: string, moment: Moment, held?: Held): ClientStep {
  const failures = before.failures + 1;
  const memory = { ...listening(before, moment.now), failures };
  if (held) return keep(memory, held, text, moment);
  const resumeAt = waitAfterFailure(failures, moment.now);
  const seconds = Math.round((resumeAt - moment.now) / 1000);
  const told = log(
    failures > 3 ? 'debug' : 'warning',
    `${text}; looking for a server again${seconds > 0 ? ` in ${seconds} s` : ''}`,
  );
  return stay({ kind: 'waiting', memory, resumeAt }, told);
}

/** A lease that is still valid is kept; any server is asked for it at T2, or a while from now. */
function keep(memory: Memory, held: Held, text: string, { now }: Moment): ClientStep {
  const soonest = after(now, keptWaitMs);
  const t1At = held.t2At > soonest ? held.t2At : soonest;
  return stay({ kind: 'bound', memory, held: { ...held, t1At } }, log('warning', `${text}; using the lease on`));
}

function min(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
