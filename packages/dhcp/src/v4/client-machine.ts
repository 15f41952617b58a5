/**
 * The DHCPv4 client as a machine (RFC 2131 section 4.4, figure 5): from state and event to the next state and what to do.
 *
 * Two liberties with the figure. REBOOTING does not wait for its DHCPREQUEST to fail: DHCPDISCOVER joins at the first
 * retransmission, and whichever of the two leads to a DHCPACK first wins. And a lease in hand is kept while the link's return
 * is being talked over with the servers, as section 3.2 allows.
 */
import { after, type Instant } from '@connman/base';
import { type MacAddress, macBroadcast } from '@connman/inet';
import { accept, bind, endLinkLocal, hold } from './client-lease';
import * as searching from './client-search';
import type {
  Bound,
  ClientEvent,
  ClientState,
  Extending,
  Held,
  Init,
  Looking,
  Requesting,
  Search,
} from './client-state';
import {
  type ClientStep,
  log,
  lose,
  type Moment,
  never,
  newExchange,
  newSearch,
  preceded,
  secsOf,
  send,
  stay,
} from './client-step';
import type { ServerReply } from './reply';
import * as timing from './retransmission';

export const stopped: ClientState = { kind: 'stopped' };

export function clientStep(state: ClientState, event: ClientEvent): ClientStep {
  switch (event.kind) {
    case 'start':
      return start(event);
    case 'stop':
      return stop(state, event.release, event);
    case 'renew':
      return renew(state, event);
    case 'time':
      return expire(state, event) ?? resend(state, event);
    case 'reply':
      return hear(state, event.reply, event);
    case 'probed':
      return state.kind === 'probing' ? bind(state.search, state.next) : stay(state);
    case 'conflict':
      return conflict(state, event.mac, event);
  }
}

function start(event: ClientEvent & { readonly kind: 'start' }): ClientStep {
  const { now, random, conflictDetection, lastAddress } = event;
  // Where the server's packets come from is not known before the next one.
  const held = event.held && hold(event.held.lease, macBroadcast, event.held.since, random);
  const preferred = held?.lease.address ?? lastAddress;
  return searching.begin(
    newSearch(now, conflictDetection, preferred, held && now < held.expiresAt ? held : undefined),
    event,
  );
}

/** When the machine wants its next `time` event; infinity for never. */
export function deadlineOf(state: ClientState): Instant {
  switch (state.kind) {
    case 'stopped':
      return never;
    case 'bound':
      return state.held.t1At;
    case 'renewing':
    case 'rebinding':
      return state.exchange.resendAt;
    case 'probing':
      return state.search.held?.expiresAt ?? never;
    default: {
      const moments = [nextAttempt(state), searching.silenceEnds(state.search), state.search.held?.expiresAt ?? never];
      return moments.reduce((first, moment) => (moment < first ? moment : first));
    }
  }
}

function nextAttempt(state: Init | Looking | Requesting): Instant {
  return state.kind === 'init' ? state.resumeAt : state.exchange.resendAt;
}

/** The lease in force, if there is one. */
export function heldBy(state: ClientState): Held | undefined {
  if (state.kind === 'stopped') return undefined;
  return 'held' in state ? state.held : state.search.held;
}

// What servers say.

function hear(state: ClientState, reply: ServerReply, moment: Moment): ClientStep {
  switch (state.kind) {
    case 'selecting':
    case 'rebooting':
      return searching.hearLooking(state, reply, moment);
    case 'requesting':
      return searching.hearRequesting(state, reply, moment);
    case 'renewing':
    case 'rebinding':
      return hearExtending(state, reply, moment);
    default:
      return stay(state);
  }
}

function hearExtending(state: Extending, reply: ServerReply, moment: Moment): ClientStep {
  const { held, exchange, conflictDetection } = state;
  const { address, server } = held.lease;
  if (reply.xid !== exchange.xid) return stay(state);
  if (reply.type !== 'nak') {
    const search = newSearch(moment.now, conflictDetection, address, held);
    return reply.type === 'ack' ? accept(search, reply, exchange.startedAt, moment) : stay(state);
  }
  const refuser = reply.server ?? server;
  if (state.kind === 'renewing' && refuser !== server) return stay(state);
  const refused = log(
    'warning',
    `${refuser} no longer grants ${address}: '${reply.message}'; asking for another address`,
  );
  // A refusal that follows a lease counts, so that a circle of lease and refusal cannot spin.
  const search: Search = { ...newSearch(moment.now, conflictDetection), failures: 1 };
  return preceded([refused, ...lose(address, 'refused')], searching.discover(search, moment));
}

// Time.

/** The end of a lease, in whatever state it comes. */
function expire(state: ClientState, moment: Moment): ClientStep | undefined {
  const held = heldBy(state);
  if (state.kind === 'stopped' || !held || moment.now < held.expiresAt) return undefined;
  const { address } = held.lease;
  const effects = [log('warning', `the lease of ${address} is over, no server renewed it; looking for one`)];
  if (state.kind === 'probing')
    return stay({ ...state, search: { ...state.search, held: undefined } }, ...effects, {
      kind: 'lost',
      reason: 'expired',
      address,
    });
  effects.push(...lose(address, 'expired'));
  // An attempt under way goes on without the lease.
  if ('search' in state)
    return stay({ ...state, search: { ...state.search, held: undefined, since: moment.now } }, ...effects);
  return preceded(effects, searching.discover(newSearch(moment.now, state.conflictDetection, address), moment));
}

function resend(state: ClientState, moment: Moment): ClientStep {
  if (moment.now < deadlineOf(state)) return stay(state);
  switch (state.kind) {
    case 'init':
    case 'selecting':
    case 'rebooting':
    case 'requesting':
      return searching.inSilence(moment.now < nextAttempt(state) ? stay(state) : attempt(state, moment), moment);
    case 'bound':
    case 'renewing':
    case 'rebinding':
      return extend(state, moment);
    default:
      return stay(state);
  }
}

function attempt(state: Init | Looking | Requesting, moment: Moment): ClientStep {
  switch (state.kind) {
    case 'init':
      return searching.discover(state.search, moment);
    case 'selecting':
    case 'rebooting':
      return searching.again(state, moment);
    case 'requesting':
      return searching.requestAgain(state, moment);
  }
}

/** RENEWING asks the server that gave the lease, REBINDING asks them all (section 4.4.5). */
function extend(state: Bound | Extending, { now, random }: Moment): ClientStep {
  const { held, conflictDetection } = state;
  const { address, server } = held.lease;
  const rebinding = now >= held.t2At;
  const kind = rebinding ? 'rebinding' : 'renewing';
  const [start, end] = rebinding ? [held.t2At, held.expiresAt] : [held.t1At, held.t2At];
  // Far apart, each transmission has an xid of its own: the lease then runs from the one that was answered. Close together
  // they share one, so that an answer which takes longer than their distance is still heard.
  const repeated = state.kind === kind && timing.isShortPhase(start, end);
  const exchange = repeated ? state.exchange : newExchange(random, now);
  const resendAt = timing.nextRenewal(now, start, end);
  return stay(
    { kind, conflictDetection, held, exchange: { ...exchange, sent: exchange.sent + 1, sentAt: now, resendAt } },
    send({
      type: 'request',
      xid: exchange.xid,
      secs: secsOf(held.t1At, now),
      cautious: false,
      ciaddr: address,
      ...(rebinding ? {} : { unicastTo: { address: server, mac: held.serverMac } }),
    }),
  );
}

// What the user and the link want.

function renew(state: ClientState, moment: Moment): ClientStep {
  if (state.kind === 'stopped') return stay(state);
  const held = heldBy(state);
  if (!('search' in state))
    return searching.begin(newSearch(moment.now, state.conflictDetection, held?.lease.address, held), moment);
  const { search } = state;
  const preferred = state.kind === 'probing' ? state.next.lease.address : search.preferred;
  return preceded(
    [...endLinkLocal(search), ...(state.kind === 'probing' ? ([{ kind: 'unprobe' }] as const) : [])],
    searching.begin(newSearch(moment.now, search.conflictDetection, preferred, held), moment),
  );
}

function stop(state: ClientState, release: boolean, { random }: Moment): ClientStep {
  const held = state.kind === 'probing' ? state.next : heldBy(state);
  if (!release || !held) return stay(stopped);
  const { address, server } = held.lease;
  const unicastTo = { address: server, mac: held.serverMac };
  return stay(
    stopped,
    send({ type: 'release', xid: random, secs: 0, cautious: false, ciaddr: address, server, unicastTo }),
    log('info', `lease of ${address} given back to ${server}`),
  );
}

/** Another host has the address: the server is told, and given time to find a better one (section 3.1 item 5). */
function conflict(state: ClientState, mac: MacAddress, { now, random }: Moment): ClientStep {
  if (state.kind !== 'probing' && state.kind !== 'bound' && state.kind !== 'renewing' && state.kind !== 'rebinding')
    return stay(state);
  const inUse = state.kind !== 'probing';
  const { lease } = inUse ? state.held : state.next;
  const before = inUse ? newSearch(now, state.conflictDetection) : state.search;
  const conflicts = before.conflicts + 1;
  const waitMs = conflicts > timing.manyConflicts ? timing.manyConflictsWaitMs : timing.declineWaitMs;
  const resumeAt = after(now, waitMs);
  const linkLocal = conflicts > 1;
  const search: Search = { ...before, conflicts, preferred: undefined, since: resumeAt, linkLocal };
  return stay(
    { kind: 'init', search, resumeAt },
    send({
      type: 'decline',
      xid: random,
      secs: 0,
      cautious: false,
      requestedAddress: lease.address,
      server: lease.server,
    }),
    // Probed or not: it may be on the link from before a restart.
    ...lose(lease.address, 'conflict'),
    ...(linkLocal && !before.linkLocal ? ([{ kind: 'link-local', wanted: true }] as const) : []),
    log('warning', `${lease.address} is in use by ${mac}, declined; asking for another address in ${waitMs / 1000} s`),
  );
}
