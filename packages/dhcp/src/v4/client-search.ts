/** The way to a lease: INIT-REBOOT, INIT, SELECTING, REBOOTING and REQUESTING (RFC 2131 sections 4.4.1 and 4.4.2). */
import { after, type Instant } from '@connman/base';
import type { Ipv4Address } from '@connman/inet';
import { accept } from './client-lease';
import type { ClientEffect, Looking, Offer, Requesting, Search } from './client-state';
import {
  type ClientStep,
  log,
  lose,
  type Moment,
  never,
  newExchange,
  preceded,
  secsOf,
  send,
  stay,
} from './client-step';
import type { Refusal, ServerReply } from './reply';
import * as timing from './retransmission';

const mostAvoided = 4;
const loudFailures = 3;

// INIT-REBOOT and INIT: the first packet goes out at once, without the random delay of section 4.4.1.

export function begin(search: Search, moment: Moment): ClientStep {
  const address = search.held?.lease.address ?? search.preferred;
  if (!address) return discover(search, moment);
  const exchange = newExchange(moment.random, moment.now);
  const reboot = { xid: timing.anotherDraw(moment.random), address };
  return transmit({ kind: 'rebooting', search, exchange, reboot }, moment);
}

export function discover(search: Search, moment: Moment): ClientStep {
  const exchange = newExchange(moment.random, moment.now);
  return transmit({ kind: 'selecting', search, exchange }, moment);
}

/** DHCPDISCOVER; in REBOOTING DHCPREQUEST, alone the first time, with DHCPDISCOVER the next times. */
function transmit(state: Looking, { now, random }: Moment): ClientStep {
  const { search, exchange, fallback } = state;
  const sent = exchange.sent + 1;
  const cautious = sent >= timing.cautiousFrom;
  const reboot = sent <= timing.cautiousFrom ? state.reboot : undefined;
  const common = { secs: secsOf(search.since, now), cautious };
  const effects: ClientEffect[] = [];
  if (reboot) effects.push(send({ type: 'request', xid: reboot.xid, requestedAddress: reboot.address, ...common }));
  if (!reboot || sent > 1)
    effects.push(send({ type: 'discover', xid: exchange.xid, requestedAddress: search.preferred, ...common }));
  const resendAt = timing.nextTransmission(now, sent, random);
  const kind = reboot ? 'rebooting' : 'selecting';
  return stay({ kind, search, exchange: { ...exchange, sent, sentAt: now, resendAt }, reboot, fallback }, ...effects);
}

// REQUESTING.

function request(state: Looking, offer: Offer, moment: Moment): ClientStep {
  const { exchange, search } = state;
  const next: Requesting = {
    kind: 'requesting',
    search,
    exchange: newExchange(exchange.xid, moment.now),
    offer,
    cautious: exchange.sent >= timing.cautiousFrom,
    secs: secsOf(search.since, exchange.sentAt),
  };
  return transmitRequest(next, moment);
}

function transmitRequest(state: Requesting, { now, random }: Moment): ClientStep {
  const { exchange, offer, cautious, secs } = state;
  const sent = exchange.sent + 1;
  const resendAt = timing.nextTransmission(now, sent, random);
  const { address: requestedAddress, server } = offer;
  return stay(
    { ...state, exchange: { ...exchange, sent, sentAt: now, resendAt } },
    send({ type: 'request', xid: exchange.xid, secs, cautious, requestedAddress, server }),
  );
}

/** The retransmission of SELECTING and REBOOTING: or the offer of last resort, if no other came. */
export function again(state: Looking, moment: Moment): ClientStep {
  if (!state.fallback) return transmit(state, moment);
  return request(state, state.fallback, moment);
}

export function requestAgain(state: Requesting, moment: Moment): ClientStep {
  if (state.exchange.sent < timing.requestTransmissions) return transmitRequest(state, moment);
  const { address, server } = state.offer;
  return fail(state.search, server, `${server} offered ${address} and does not answer the request for it`, moment);
}

/** A server let us down or refused: another is preferred from now on, and a circle of refusals slows down. */
export function fail(search: Search, server: Ipv4Address, text: string, moment: Moment): ClientStep {
  const failures = search.failures + 1;
  const avoided = [...search.avoided.filter((other) => other !== server), server].slice(-mostAvoided);
  const next: Search = { ...search, failures, avoided, preferred: undefined };
  const wait = timing.waitAfterFailure(failures, moment.random);
  // A circle that goes on has been told of.
  const told = log(
    failures > loudFailures ? 'debug' : 'warning',
    `${text}; looking for a server again${wait > 0 ? ` in ${Math.round(wait / 1000)} s` : ''}`,
  );
  if (wait > 0) return stay({ kind: 'init', search: next, resumeAt: after(moment.now, wait) }, told);
  return preceded([told], discover(next, moment));
}

/** When the servers will have been silent for so long that something is done about it. */
export function silenceEnds({ since, held, reused, linkLocal }: Search): Instant {
  if (held) return reused ? never : after(since, timing.reuseMs);
  return linkLocal ? never : after(since, timing.silenceMs);
}

/** What a silence of some length calls for: a link-local address, or the use of the lease that waits to be confirmed. */
export function inSilence(step: ClientStep, { now }: Moment): ClientStep {
  if (!('search' in step.state)) return step;
  const { search } = step.state;
  if (now < silenceEnds(search)) return step;
  if (!search.held) {
    const effects = [
      { kind: 'link-local', wanted: true },
      log('info', 'no DHCP server responded; trying a link-local address, still asking for a lease'),
    ] as const;
    return stay({ ...step.state, search: { ...search, linkLocal: true } }, ...step.effects, ...effects);
  }
  const { lease, since } = search.held;
  const effects = [
    log('info', `no DHCP server has answered; ${lease.address} is used on, its lease is not over`),
    { kind: 'bound', lease, since, fresh: false },
  ] as const;
  return stay({ ...step.state, search: { ...search, reused: true } }, ...step.effects, ...effects);
}

export function hearRequesting(state: Requesting, reply: ServerReply, moment: Moment): ClientStep {
  if (reply.xid !== state.exchange.xid) return stay(state);
  if (reply.type !== 'nak')
    return reply.type === 'ack' ? accept(state.search, reply, state.exchange.startedAt, moment) : stay(state);
  const { address, server } = state.offer;
  if ((reply.server ?? server) !== server) return stay(state);
  return fail(state.search, server, `${server} refused ${address}, which it had offered: '${reply.message}'`, moment);
}

export function hearLooking(state: Looking, reply: ServerReply, moment: Moment): ClientStep {
  const { search, exchange, reboot } = state;
  if (reboot && reply.xid === reboot.xid) {
    if (reply.type === 'nak') return refusedReboot(state, reboot.address, reply, moment);
    return reply.type === 'ack' ? accept(search, reply, exchange.startedAt, moment) : stay(state);
  }
  if (reply.xid !== exchange.xid || reply.type === 'nak') return stay(state);
  if (reply.type === 'ack') return reply.rapidCommit ? accept(search, reply, exchange.sentAt, moment) : stay(state);
  const { address, server } = reply.lease;
  if (!search.avoided.includes(server)) return request(state, { address, server }, moment);
  // It let us down before. Another server gets a moment to make its offer.
  const patience = after(moment.now, timing.fallbackWaitMs);
  const resendAt = !state.fallback && patience < exchange.resendAt ? patience : exchange.resendAt;
  return stay({ ...state, fallback: { address, server }, exchange: { ...exchange, resendAt } });
}

/** DHCPDISCOVER goes out now, unless it has: then its answers count. */
function refusedReboot(state: Looking, address: Ipv4Address, reply: Refusal, moment: Moment): ClientStep {
  const search: Search = { ...state.search, preferred: undefined, held: undefined };
  const effects = [
    log('info', `${reply.server ?? 'a server'} says ${address} is not for this network; asking for another address`),
    // Held or not: it may be on the link from before a restart (RFC 2131 section 3.2 item 4).
    ...lose(address, 'refused'),
  ];
  if (state.exchange.sent > 1) return stay({ ...state, kind: 'selecting', search, reboot: undefined }, ...effects);
  return preceded(effects, discover(search, moment));
}
