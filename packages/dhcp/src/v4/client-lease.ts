/** A DHCPACK turned into a lease in force: at once, or after the probe of its address (RFC 2131 sections 3.1 and 4.4.5). */
import { after, type Instant } from '@connman/base';
import type { Dhcp4Lease } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { ClientEffect, Held, Search } from './client-state';
import { type ClientStep, log, type Moment, never, stay } from './client-step';
import { infinite } from './lease';
import type { LeaseReply } from './reply';
import { anotherDraw } from './retransmission';

/** `requestedAt`: the lease runs from when it was asked for, not from when the answer came (section 4.4.1). */
export function accept(search: Search, reply: LeaseReply, requestedAt: Instant, moment: Moment): ClientStep {
  const { lease } = reply;
  const next = hold(lease, reply.mac, requestedAt, moment.random);
  const known: Search = { ...search, preferred: lease.address };
  if (!search.conflictDetection || lease.address === search.held?.lease.address) return bind(known, next);
  return stay(
    { kind: 'probing', search: { ...known, linkLocal: false }, next },
    ...endLinkLocal(search),
    { kind: 'probe', address: lease.address },
    log('info', `${lease.address} granted by ${lease.server}, probing whether another host has it`),
  );
}

/** T1 comes up to a hundredth earlier than the server says, so that a building's clients do not renew as one (section 4.4.5). */
export function hold(lease: Dhcp4Lease, serverMac: MacAddress, from: Instant, random: number): Held {
  if (lease.leaseSeconds === infinite)
    return { lease, since: from, serverMac, t1At: never, t2At: never, expiresAt: never };
  const t1Ms = lease.t1Seconds * 1000;
  return {
    lease,
    since: from,
    serverMac,
    t1At: after(from, Math.round(t1Ms * (1 - anotherDraw(random) / 0x100000000 / 100))),
    t2At: after(from, Math.round(lease.t2Seconds * 1000)),
    expiresAt: after(from, lease.leaseSeconds * 1000),
  };
}

export function bind(search: Search, held: Held): ClientStep {
  const { lease } = held;
  const { address, server, prefixLength, leaseSeconds } = lease;
  const before = search.held?.lease.address;
  const fresh = address !== before;
  const span = leaseSeconds === infinite ? 'for ever' : `for ${leaseSeconds} s`;
  return stay(
    { kind: 'bound', conflictDetection: search.conflictDetection, held },
    { kind: 'bound', lease, since: held.since, fresh },
    ...endLinkLocal(search),
    log(fresh ? 'info' : 'debug', `${address}/${prefixLength} leased from ${server} ${span}`),
  );
}

export function endLinkLocal(search: Search): readonly ClientEffect[] {
  return search.linkLocal ? [{ kind: 'link-local', wanted: false }] : [];
}
