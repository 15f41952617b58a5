/** What the DHCPv6 client makes of an Advertise or a Reply (RFC 8415 sections 18.2.9 and 18.2.10). */
import { after, type Instant } from '@connman/base';
import type { Dhcp6Held, Dhcp6Lease } from '@connman/contracts';
import { type ClientStep, isRebound, log, newExchange, preceded, stay, transmit } from './client-exchange';
import type { ClientEffect, Held, Memory, Moment, RunningState, StateOf } from './client-state';
import { begin, bind, fail, holdLease, listening, solicit } from './client-ways';
import { leaseFrom } from './lease';
import { status } from './options';
import type { ServerMessage } from './reply';
import { collectMs, refreshDefaultSeconds, refreshMinimumSeconds } from './retransmission';

const highestPreference = 255;

export function hear(state: RunningState, message: ServerMessage, moment: Moment): ClientStep {
  if (!('exchange' in state) || message.xid !== state.exchange.xid) return stay(state);
  const advertise = message.type === 'advertise';
  if (advertise !== (state.kind === 'soliciting') && !(state.kind === 'soliciting' && message.rapidCommit))
    return stay(state);
  const memory = remember(state.memory, message);
  switch (state.kind) {
    case 'soliciting':
      return advertise
        ? hearAdvertise({ ...state, memory }, message, moment)
        : hearRapidCommit({ ...state, memory }, message);
    case 'requesting':
      return hearRequesting({ ...state, memory }, message, moment);
    case 'confirming':
      return hearConfirming({ ...state, memory }, message, moment);
    case 'renewing':
    case 'rebinding':
      return hearExtending({ ...state, memory }, message, moment);
    case 'declining':
      return state.held ? bind(memory, state.held) : fail(memory, 'the address was declined', moment);
    case 'informing':
      return hearInformation(memory, message, moment);
  }
}

/** Every server may say how seldom to ask when it has nothing to give (sections 21.24 and 21.25). */
function remember(memory: Memory, { solMaxRt, infMaxRt }: ServerMessage): Memory {
  return {
    ...memory,
    ...(solMaxRt !== undefined && { solMaxRt: solMaxRt * 1000 }),
    ...(infMaxRt !== undefined && { infMaxRt: infMaxRt * 1000 }),
  };
}

function hearAdvertise(state: StateOf<'soliciting'>, message: ServerMessage, moment: Moment): ClientStep {
  const { memory, exchange } = state;
  const lease = leaseFrom(message, memory.wanted);
  if (!lease || message.status.code !== status.success)
    return stay(state, log('debug', `${message.server} has nothing to offer${inWords(message)}`));
  // Others may come soon and be better; after the first RT the first one is taken (section 18.2.1).
  if (message.preference === highestPreference || exchange.sent > 1) return request(memory, message, moment);
  const best = state.best && !isBetter(message, state.best, memory) ? state.best : message;
  const collected = after(moment.now, collectMs);
  const resendAt = !state.best && collected < exchange.resendAt ? collected : exchange.resendAt;
  return stay({ ...state, best, exchange: { ...exchange, resendAt } });
}

/** Higher preference first, then more of what is wanted. */
function isBetter(one: ServerMessage, other: ServerMessage, { wanted }: Memory): boolean {
  const offered = (message: ServerMessage) => {
    const lease = leaseFrom(message, wanted);
    return Math.min(1, lease?.addresses.length ?? 0) + Math.min(1, lease?.prefixes.length ?? 0);
  };
  return one.preference !== other.preference ? one.preference > other.preference : offered(one) > offered(other);
}

/** Follows an Advertise that offers something. */
export function request(memory: Memory, message: ServerMessage, moment: Moment): ClientStep {
  const offer = leaseFrom(message, memory.wanted);
  if (!offer) return solicit(memory, moment);
  return transmit({ kind: 'requesting', memory, exchange: newExchange(moment), offer }, moment);
}

function hearRapidCommit(state: StateOf<'soliciting'>, message: ServerMessage): ClientStep {
  const lease = message.status.code === status.success ? leaseFrom(message, state.memory.wanted) : undefined;
  return lease ? accept(state.memory, lease, state.exchange.startedAt, 'info') : stay(state);
}

function hearRequesting(state: StateOf<'requesting'>, message: ServerMessage, moment: Moment): ClientStep {
  const { memory, exchange, held } = state;
  const { code } = message.status;
  if (message.server !== state.offer.server || code === status.useMulticast || code === status.unspecFail)
    return stay(state);
  const grants = code === status.success && givesSomething(message);
  const lease = grants ? leaseFrom(message, memory.wanted, aged(held, moment.now)) : undefined;
  if (lease) return accept(memory, lease, exchange.startedAt, held ? 'debug' : 'info');
  return fail(memory, `${message.server} does not stand by its offer${inWords(message)}`, moment, held);
}

function hearConfirming(state: StateOf<'confirming'>, message: ServerMessage, moment: Moment): ClientStep {
  const { memory, held } = state;
  switch (message.status.code) {
    case status.notOnLink:
      return preceded(
        [
          { kind: 'lost', reason: 'not-on-link' },
          log('info', 'the addresses are not for this link; asking for others'),
        ],
        begin(listening(memory, moment.now), moment),
      );
    case status.success:
      return isRebound(state) ? hearExtending(state, message, moment) : bind(memory, held);
    default:
      return stay(state);
  }
}

function hearExtending(
  state: StateOf<'confirming' | 'renewing' | 'rebinding'>,
  message: ServerMessage,
  moment: Moment,
): ClientStep {
  const { memory, held, exchange } = state;
  if (state.kind === 'renewing' && message.server !== held.lease.server) return stay(state);
  if (message.status.code === status.unspecFail || message.status.code === status.useMulticast) return stay(state);
  const associations = [message.addresses, message.prefixes].filter((one) => one !== undefined);
  // The server has forgotten us, or never knew: it is asked for the same, and what we hold counts meanwhile.
  if (associations.some((one) => one.status.code === status.noBinding)) {
    const offer = { ...held.lease, server: message.server };
    return transmit({ kind: 'requesting', memory, exchange: newExchange(moment), offer, held }, moment);
  }
  if (!givesSomething(message)) return stay(state);
  const lease = leaseFrom(message, memory.wanted, aged(held, moment.now));
  if (lease) return accept(memory, lease, exchange.startedAt, 'debug');
  return preceded(
    [{ kind: 'lost', reason: 'refused' }, log('warning', `${message.server} took the lease back; asking for another`)],
    fail(memory, `${message.server} gives no other`, moment),
  );
}

/** Or takes it back, with a lifetime of 0. */
function givesSomething({ addresses, prefixes }: ServerMessage): boolean {
  return (addresses?.bindings.length ?? 0) + (prefixes?.bindings.length ?? 0) > 0;
}

function hearInformation(memory: Memory, message: ServerMessage, moment: Moment): ClientStep {
  const { now } = moment;
  if (message.status.code !== status.success) return stay({ kind: 'informed', memory, refreshAt: after(now, 60_000) });
  const told: ClientEffect = { kind: 'configured', configuration: message.configuration };
  if (memory.wanted.prefix) return preceded([told], solicit(listening(memory, now), moment));
  const seconds = Math.max(refreshMinimumSeconds, message.refreshSeconds ?? refreshDefaultSeconds);
  return stay(
    {
      kind: 'informed',
      memory: listening(memory, now),
      refreshAt: after(now, seconds * 1000),
    },
    told,
  );
}

function accept(memory: Memory, lease: Dhcp6Lease, since: Instant, level: 'info' | 'debug'): ClientStep {
  const held = holdLease(lease, since);
  const what = [
    ...lease.addresses.map(({ address }) => address),
    ...lease.prefixes.map(({ prefix }) => `${prefix.address}/${prefix.length}`),
  ];
  const step = bind({ ...memory, failures: 0 }, held);
  return stay(step.state, ...step.effects, log(level, `${what.join(', ')} leased from server ${lease.server}`));
}

function aged(held: Held | undefined, now: Instant): Dhcp6Held | undefined {
  return held && { lease: held.lease, ageSeconds: Math.floor((now - held.since) / 1000) };
}

/** The reason, in the server's words. */
function inWords(message: ServerMessage): string {
  const words = [message.status, message.addresses?.status, message.prefixes?.status]
    .filter((one) => one !== undefined && one.code !== status.success)
    .map((one) => `status ${one?.code}${one?.message ? ` '${one.message}'` : ''}`);
  return words.length > 0 ? ` (${words.join(', ')})` : '';
}
