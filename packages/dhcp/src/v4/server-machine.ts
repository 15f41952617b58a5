/**
 * The DHCPv4 server as a machine (RFC 2131 section 4.3): the only server of a network of its own, for tethering.
 *
 * An offer promises an address for some seconds, so that clients of a crowd are offered different ones; where all are promised one
 * is offered twice, so that a flood of DHCPDISCOVER takes nothing. An address is probed before it is offered to a client that does
 * not have it: all free ones together, as the network is set up and when one is needed that no probe has seen unused lately, so
 * that a crowd waits once.
 */
import { after, type Instant, type Step } from '@connman/base';
import {
  type Ipv4Address,
  ipv4Any,
  ipv4Broadcast,
  isSameNetwork,
  type MacAddress,
  macBroadcast,
  netmaskOf,
} from '@connman/inet';
import type { DhcpMessage } from './message';
import { domainNameOf } from './names';
import { type MessageType, messageTypeCode, messageTypeOf, OptionWriter, option, readOption } from './options';
import {
  addressFor,
  type Binding,
  bind,
  type Client,
  freeAddresses,
  isFreeFor,
  type Pool,
  release,
  setAside,
} from './pool';

export interface ServerSettings {
  readonly address: Ipv4Address;
  readonly prefixLength: number;
  readonly leaseSeconds: number;
  readonly nameservers: readonly Ipv4Address[];
  /** Empty for none. */
  readonly domain: string;
  /** 0 leaves option 26 out. */
  readonly mtu: number;
  /** Of its API (RFC 8910). */
  readonly captivePortal?: string;
}

export interface ServerState {
  readonly settings: ServerSettings;
  readonly pool: Pool;
  /** Addresses that are being probed, and the DHCPDISCOVERs that wait for each. */
  readonly probing: ReadonlyMap<Ipv4Address, readonly DhcpMessage[]>;
  /** When an address was last seen unused. */
  readonly unused: ReadonlyMap<Ipv4Address, Instant>;
  /** To whom each address was last offered, and for how long that keeps it from others. */
  readonly promised: ReadonlyMap<Ipv4Address, { readonly client: string; readonly until: Instant }>;
}

export type ServerEvent = { readonly now: Instant } /** The network is set up. */ & (
  | { readonly kind: 'begun' }
  | { readonly kind: 'message'; readonly message: DhcpMessage }
  /** What a probe has shown of some of its addresses: the host that has them, or that none has. */
  | { readonly kind: 'probed'; readonly addresses: readonly Ipv4Address[]; readonly holder?: MacAddress }
);

export type ServerEffect =
  | { readonly kind: 'send'; readonly message: DhcpMessage; readonly to: { address: Ipv4Address; mac: MacAddress } }
  /** Ask whether any host has one of the addresses, for half a second or so; each is answered with `probed`. */
  | { readonly kind: 'probe'; readonly addresses: readonly Ipv4Address[] }
  /** A lease began, was renewed or ended: to be stored. */
  | { readonly kind: 'binding'; readonly binding: Binding }
  | { readonly kind: 'log'; readonly level: 'warning' | 'info' | 'debug'; readonly text: string };

type ServerStep = Step<ServerState, ServerEffect>;

/** Of one probe. */
const mostProbed = 256;
/** An address that was seen unused is offered without another probe for this long. */
const unusedMs = 600_000;
/** Clients that wait for one address, of which all but one are left empty-handed: others ask again. */
const mostWaiting = 4;
/** An address that another host has is left alone for this long. */
const foreignMs = 600_000;
/** A client that was offered an address asks for it at once, and once more after 4 s (RFC 2131 section 4.1). */
const promiseMs = 10_000;

export function serverStep(state: ServerState, event: ServerEvent): ServerStep {
  if (event.kind === 'begun') return probe(state, undefined, event.now);
  if (event.kind === 'probed') return probed(state, event.addresses, event.holder, event.now);
  const { message, now } = event;
  // A relay would be another network's.
  if (message.op !== 'request' || message.giaddr !== ipv4Any) return stay(state);
  switch (messageTypeOf(message.options)) {
    case 'discover':
      return discover(state, message, now);
    case 'request':
      return request(state, message, now);
    case 'decline':
      return decline(state, message, now);
    case 'release':
      return end(state, message, now);
    case 'inform':
      return stay(state, reply(state, message, 'ack', ipv4Any));
    default:
      return stay(state);
  }
}

function stay(state: ServerState, ...effects: readonly ServerEffect[]): ServerStep {
  return { state, effects };
}

function discover(before: ServerState, message: DhcpMessage, now: Instant): ServerStep {
  const client = clientOf(message);
  const requested = readOption(message.options, option.requestedAddress);
  const isPromised = (one: Ipv4Address) => {
    const promise = before.promised.get(one);
    return promise !== undefined && promise.client !== client.client && promise.until > now;
  };
  const address = addressFor(before.pool, client, requested, now, isPromised);
  if (!address) return stay(before, log('warning', `no free address for ${message.chaddr}`));
  const promised = new Map(before.promised).set(address, { client: client.client, until: after(now, promiseMs) });
  const state = { ...before, promised };
  if (isClearFor(state, client, address, now)) return offer(state, message, address, now);
  const asked = state.probing.has(address) ? stay(state) : probe(state, address, now);
  const others = (asked.state.probing.get(address) ?? []).filter((one) => clientOf(one).client !== client.client);
  if (others.length >= mostWaiting) return asked;
  const probing = new Map(asked.state.probing).set(address, [...others, message]);
  return { ...asked, state: { ...asked.state, probing } };
}

/** No probe is needed. */
function isClearFor(state: ServerState, client: Client, address: Ipv4Address, now: Instant): boolean {
  const { pool } = state;
  const holder = pool.byAddress.get(address);
  if (holder?.client === client.client && holder.until > now) return true;
  if (pool.foreign.get(address)?.mac === client.mac) return true;
  return wasUnused(state, address, now);
}

/** Since it was leased last, and not long ago. */
function wasUnused({ unused, pool }: ServerState, address: Ipv4Address, now: Instant): boolean {
  const seen = unused.get(address);
  return seen !== undefined && after(seen, unusedMs) > now && (pool.byAddress.get(address)?.until ?? 0) <= seen;
}

/** Of all addresses that could be offered and were not seen unused; `first` is one of them. */
function probe(state: ServerState, first: Ipv4Address | undefined, now: Instant): ServerStep {
  const addresses = first === undefined ? [] : [first];
  for (const address of freeAddresses(state.pool, now)) {
    if (addresses.length >= mostProbed) break;
    if (address !== first && !state.probing.has(address) && !wasUnused(state, address, now)) addresses.push(address);
  }
  const probing = new Map(state.probing);
  for (const address of addresses) probing.set(address, []);
  return addresses.length === 0 ? stay(state) : stay({ ...state, probing }, { kind: 'probe', addresses });
}

function probed(
  before: ServerState,
  addresses: readonly Ipv4Address[],
  holder: MacAddress | undefined,
  now: Instant,
): ServerStep {
  const probing = new Map(before.probing);
  const unused = new Map(before.unused);
  let { pool } = before;
  const effects: ServerEffect[] = [];
  for (const address of addresses) {
    probing.delete(address);
    if (holder === undefined) unused.set(address, now);
    else pool = setAside(pool, address, { until: after(now, foreignMs), mac: holder });
  }
  let state: ServerState = { ...before, probing, unused, pool };
  for (const address of addresses) {
    const waiting = before.probing.get(address) ?? [];
    if (holder !== undefined && !waiting.some(({ chaddr }) => chaddr === holder))
      effects.push(
        log('warning', `${holder} has ${address} without a lease; left alone for ${foreignMs / 60_000} minutes`),
      );
    for (const message of waiting) {
      const next = holder === undefined ? offer(state, message, address, now) : discover(state, message, now);
      state = next.state;
      effects.push(...next.effects);
    }
  }
  return { state, effects };
}

/** By rapid commit the offer is the lease (RFC 4039). */
function offer(state: ServerState, message: DhcpMessage, address: Ipv4Address, now: Instant): ServerStep {
  if (!isFreeFor(state.pool, clientOf(message), address, now)) return stay(state);
  if (readOption(message.options, option.rapidCommit)) return grant(state, message, address, now);
  return stay(state, reply(state, message, 'offer', address));
}

/** SELECTING names its server; INIT-REBOOT names an address; RENEWING and REBINDING have one (section 4.3.2). */
function request(state: ServerState, message: DhcpMessage, now: Instant): ServerStep {
  const server = readOption(message.options, option.serverIdentifier);
  if (server && server !== state.settings.address) return stay(state);
  const requested = readOption(message.options, option.requestedAddress);
  const address = message.ciaddr !== ipv4Any ? message.ciaddr : requested;
  if (!address) return stay(state);
  if (isFreeFor(state.pool, clientOf(message), address, now)) return grant(state, message, address, now);
  const { settings } = state;
  const foreign = !isSameNetwork(address, settings.address, settings.prefixLength);
  const why = foreign ? 'is not of this network' : 'is not free';
  return stay(
    state,
    reply(state, message, 'nak', ipv4Any),
    log('info', `${message.chaddr} asks for ${address}, which ${why}`),
  );
}

function grant(state: ServerState, message: DhcpMessage, address: Ipv4Address, now: Instant): ServerStep {
  const binding: Binding = {
    ...clientOf(message),
    address,
    hostname: domainNameOf(readOption(message.options, option.hostName) ?? '') ?? '',
    until: after(now, state.settings.leaseSeconds * 1000),
  };
  const next = { ...state, pool: bind(state.pool, binding) };
  return stay(
    next,
    reply(next, message, 'ack', address),
    { kind: 'binding', binding },
    log('debug', `${address} leased to ${message.chaddr} ${binding.hostname}`),
  );
}

/** Only the holder of an address can decline it: a stranger must not empty the pool. */
function decline(state: ServerState, message: DhcpMessage, now: Instant): ServerStep {
  const address = readOption(message.options, option.requestedAddress);
  const binding = address && state.pool.byAddress.get(address);
  if (!binding || binding.client !== clientOf(message).client) return stay(state);
  const pool = setAside(state.pool, address, { until: after(now, foreignMs) });
  return stay(
    { ...state, pool },
    { kind: 'binding', binding: { ...binding, until: now } },
    log('warning', `${message.chaddr} declined ${address}: another host has it`),
  );
}

function end(state: ServerState, message: DhcpMessage, now: Instant): ServerStep {
  const { client } = clientOf(message);
  const binding = state.pool.byClient.get(client);
  if (!binding || binding.address !== message.ciaddr) return stay(state);
  return stay(
    { ...state, pool: release(state.pool, client, now) },
    { kind: 'binding', binding: { ...binding, until: now } },
  );
}

/** RFC 2131 table 3. */
function reply(
  { settings }: ServerState,
  request: DhcpMessage,
  type: MessageType & ('offer' | 'ack' | 'nak'),
  yiaddr: Ipv4Address,
): ServerEffect {
  const writer = new OptionWriter()
    .add(option.messageType, messageTypeCode(type))
    .add(option.serverIdentifier, settings.address);
  const identifier = readOption(request.options, option.clientIdentifier);
  if (identifier) writer.add(option.clientIdentifier, identifier);
  if (type !== 'nak') addConfiguration(writer, settings, yiaddr !== ipv4Any);
  if (type === 'ack' && messageTypeOf(request.options) === 'discover') writer.add(option.rapidCommit, true);
  const message: DhcpMessage = {
    op: 'reply',
    xid: request.xid,
    secs: 0,
    broadcast: request.broadcast,
    ciaddr: type === 'ack' ? request.ciaddr : ipv4Any,
    yiaddr,
    siaddr: ipv4Any,
    giaddr: ipv4Any,
    chaddr: request.chaddr,
    options: writer.options,
  };
  return { kind: 'send', message, to: destination(request, type, yiaddr) };
}

function addConfiguration(writer: OptionWriter, settings: ServerSettings, withLease: boolean): void {
  const { leaseSeconds } = settings;
  writer.add(option.subnetMask, netmaskOf(settings.prefixLength)).add(option.router, [settings.address]);
  if (settings.nameservers.length > 0) writer.add(option.domainNameServer, settings.nameservers);
  if (settings.domain !== '') writer.add(option.domainName, settings.domain);
  if (settings.mtu > 0) writer.add(option.interfaceMtu, settings.mtu);
  if (settings.captivePortal) writer.add(option.captivePortal, settings.captivePortal);
  if (!withLease) return;
  writer
    .add(option.leaseTime, leaseSeconds)
    .add(option.renewalTime, Math.floor(leaseSeconds * 0.5))
    .add(option.rebindingTime, Math.floor(leaseSeconds * 0.875));
}

/** Section 4.1: a client that has its address hears there, one that has none yet by its hardware address or by broadcast. */
function destination(request: DhcpMessage, type: MessageType, yiaddr: Ipv4Address) {
  if (type === 'nak') return { address: ipv4Broadcast, mac: macBroadcast };
  if (request.ciaddr !== ipv4Any) return { address: request.ciaddr, mac: request.chaddr };
  if (request.broadcast) return { address: ipv4Broadcast, mac: macBroadcast };
  return { address: yiaddr, mac: request.chaddr };
}

function clientOf(message: DhcpMessage): Client {
  const identifier = readOption(message.options, option.clientIdentifier);
  const client = identifier && identifier.length > 1 ? Buffer.from(identifier).toString('hex') : message.chaddr;
  return { client, mac: message.chaddr };
}

function log(level: 'warning' | 'info' | 'debug', text: string): ServerEffect {
  return { kind: 'log', level, text };
}
