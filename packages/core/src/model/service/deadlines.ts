/** The moments at which something becomes of a service without an event. */
import { after, type Instant } from '@connman/base';
import type { TechnologyType } from '@connman/contracts';
import { lease6End, leaseEnd } from '../ipconfig/dhcp-state';
import { kindOf } from '../technology/kinds';
import type { Connection } from './connection';
import { isConnected, isConnecting, type Service } from './service';

/** Rule 56. */
export const connectTimeoutMs = 120_000;
/** A service that is still connecting after this time holds up no other one any more. */
const patienceMs = 10_000;
/** A driver that has said nothing of an attempt by then has lost it. */
const attemptLimitMs = 50_000;
/** The walk from one device to the other takes up to two minutes (WSC 2.0.7 section 11.3). */
const wpsLimitMs = 130_000;

/** Rule 175. */
const peerLimitMs = 100_000;

/** It has not become ready, and fails. */
export function connectTimeout({ type, connection, state }: Service): Instant | undefined {
  if (!connection || connection.wasReady || connection.asking || isConnected(state)) return undefined;
  // What the user takes to answer the driver of a tunnel does not count.
  const begun = kindOf(type).isTunnel ? connection.link?.since : connection.since;
  return begun === undefined ? undefined : after(begun, connectTimeoutMs);
}

/** Auto-connect goes on to the next service although this one is still connecting. */
export function patienceEnd({ connection, state }: Service): Instant | undefined {
  return connection && isConnecting(state) ? after(connection.since, patienceMs) : undefined;
}

/** A network that was lost and is not heard by then gives way to another one of the user's. */
const giveWayMs = 3_000;

/** It gives way if there is another one. */
export function givesWayAt({ connection }: Service): Instant | undefined {
  if (!connection?.isRestoring || connection.link || connection.attempt !== 0) return undefined;
  return after(connection.since, giveWayMs);
}

/** How long a driver may take for an attempt. */
export function attemptLimit(type: TechnologyType, { wps }: Connection): number {
  if (kindOf(type).isPeer) return peerLimitMs;
  return wps ? wpsLimitMs : attemptLimitMs;
}

/** The driver has lost the attempt; that of a tunnel asks its user, and ends each by itself. */
export function attemptTimeout({ type, connection }: Service): Instant | undefined {
  if (connection?.attemptAt === undefined || connection.link || kindOf(type).isTunnel) return undefined;
  return after(connection.attemptAt, attemptLimit(type, connection));
}

/** The next attempt to get a network back is made. */
export function nextAttempt({ connection }: Service): Instant | undefined {
  return connection?.link ? undefined : connection?.associateAt;
}

/** The first of its leased addresses ends. */
export function leaseExpiry({ connection }: Service): Instant | undefined {
  return connection && leaseEnd(connection.dhcp4);
}

export function lease6Expiry({ connection }: Service): Instant | undefined {
  return connection && lease6End(connection.dhcp6);
}
