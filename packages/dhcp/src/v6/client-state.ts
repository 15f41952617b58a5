/** What the DHCPv6 client machine remembers, hears and wants done (RFC 8415 section 18.2). */
import type { Instant } from '@connman/base';
import type { Dhcp6Configuration, Dhcp6Lease } from '@connman/contracts';
import type { Duid, Ipv6Address } from '@connman/inet';
import type { Wanted } from './lease';
import type { MessageType } from './message';
import type { ServerMessage } from './reply';

/** What outlives every state but the stop. */
export interface Memory {
  readonly mode: 'stateful' | 'stateless';
  readonly wanted: Wanted;
  /** SOL_MAX_RT and INF_MAX_RT in milliseconds, as servers set them. */
  readonly solMaxRt: number;
  readonly infMaxRt: number;
  /** Attempts in a row that ended in a refusal, in silence after an offer, or in a conflict. */
  readonly failures: number;
  /** Start of the time without an answer, and whether that was said. */
  readonly silentSince: Instant;
  readonly silenceSaid: boolean;
}

/** A lease with its moments; those of an infinite one never come. */
export interface Held {
  readonly lease: Dhcp6Lease;
  /** The message that was answered. */
  readonly since: Instant;
  readonly t1At: Instant;
  readonly t2At: Instant;
  readonly expiresAt: Instant;
}

export interface Exchange {
  readonly xid: number;
  /** The first transmission. */
  readonly startedAt: Instant;
  /** Transmissions so far, and the wait after the latest in milliseconds. */
  readonly sent: number;
  readonly wait: number;
  readonly resendAt: Instant;
}

interface Running {
  readonly memory: Memory;
}

export type ClientState =
  | { readonly kind: 'stopped' }
  /** Between attempts, because servers refuse. */
  | (Running & { readonly kind: 'waiting'; readonly resumeAt: Instant })
  /** Solicit is out; `best` is the Advertise to follow when the time to collect is over. */
  | (Running & {
      readonly kind: 'soliciting';
      readonly exchange: Exchange;
      readonly hint?: Dhcp6Lease | undefined;
      readonly best?: ServerMessage | undefined;
    })
  /** Request is out, for an offer or, where the server has forgotten the lease, for what we hold. */
  | (Running & {
      readonly kind: 'requesting';
      readonly exchange: Exchange;
      readonly offer: Dhcp6Lease;
      readonly held?: Held | undefined;
    })
  /** The link was away: Confirm is out, or Rebind with its timing when prefixes are held or wanted (section 18.2.12). */
  | (Running & { readonly kind: 'confirming'; readonly exchange: Exchange; readonly held: Held })
  | (Running & { readonly kind: 'bound'; readonly held: Held })
  | (Running & { readonly kind: 'renewing' | 'rebinding'; readonly exchange: Exchange; readonly held: Held })
  /** Decline is out; `held` is what is left. */
  | (Running & {
      readonly kind: 'declining';
      readonly exchange: Exchange;
      readonly declined: Dhcp6Lease;
      readonly held?: Held | undefined;
    })
  /** Information-request is out, or its answer counts until `refreshAt`. */
  | (Running & { readonly kind: 'informing'; readonly exchange: Exchange })
  | (Running & { readonly kind: 'informed'; readonly refreshAt: Instant });

/** All but the stop. */
export type RunningState = Exclude<ClientState, { readonly kind: 'stopped' }>;

export type StateOf<K extends ClientState['kind']> = Extract<ClientState, { readonly kind: K }>;

/** The moment of an event and the random number (0 .. 2^32-1) it brings. */
export interface Moment {
  readonly now: Instant;
  readonly random: number;
}

export type ClientEvent = Moment &
  (
    | {
        readonly kind: 'start';
        readonly mode: 'stateful' | 'stateless';
        readonly wanted: Wanted;
        /** A lease from before the start, which began at `since`. */
        readonly held?: { readonly lease: Dhcp6Lease; readonly since: Instant } | undefined;
      }
    /** The link was away for a moment. */
    | { readonly kind: 'renew' }
    | { readonly kind: 'stop'; readonly release: boolean }
    | { readonly kind: 'message'; readonly message: ServerMessage }
    /** A deadline of the state has come. */
    | { readonly kind: 'time' }
    /** What was to be sent could not be: the link has no usable source address yet. */
    | { readonly kind: 'unsent' }
    /** Another host has this address. */
    | { readonly kind: 'conflict'; readonly address: Ipv6Address }
  );

/** What to send; the shell adds who we are and what we ask for. */
export interface Outgoing {
  readonly type: MessageType;
  readonly xid: number;
  /** Since the first transmission of the exchange, in milliseconds. */
  readonly elapsedMs: number;
  /** The only server that is to answer. */
  readonly server?: Duid | undefined;
  /** The bindings the message is about, or asks for. */
  readonly lease?: Dhcp6Lease | undefined;
}

export type ClientEffect =
  | { readonly kind: 'send'; readonly message: Outgoing }
  | { readonly kind: 'bound'; readonly held: Held }
  | { readonly kind: 'configured'; readonly configuration: Dhcp6Configuration }
  | { readonly kind: 'lost'; readonly reason: 'expired' | 'refused' | 'not-on-link' | 'conflict' }
  /** No server has answered for a while. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'log'; readonly level: 'warning' | 'info' | 'debug'; readonly text: string };
