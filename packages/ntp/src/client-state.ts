/** What the client knows, what happens to it and what it wants done. */
import type { Instant } from '@connman/base';
import type { NtpEvent, NtpRequest } from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import type { ClockReading, ClockStatus, Discipline } from '@connman/ports';
import type { Refusal, Sample } from './exchange';
import type { Prior } from './fit';
import type { PlannedLeap } from './leap';
import type { Source } from './source';

export interface Running {
  readonly kind: 'running';
  readonly request: NtpRequest;
  /** How many of the request's groups are in use. */
  readonly groups: number;
  readonly sources: readonly Source[];
  /** Addresses that wait for a source to be given up. */
  readonly spare: readonly { readonly host: string; readonly address: IpAddress }[];
  /** Names whose addresses are being looked up. */
  readonly lookups: readonly string[];
  /** Addresses whose servers do not want to be asked (DENY, RSTR). */
  readonly denied: readonly IpAddress[];
  readonly lastId: number;
  /** Nothing responded: everything is tried again then, after this many rounds in vain. */
  readonly nextRound: Instant | undefined;
  readonly failedRounds: number;
  /** Servers of a less preferred group are in use: the preferred ones are tried again then. */
  readonly reviewAt: Instant | undefined;
  readonly synchronised: boolean;
  readonly leap: PlannedLeap | undefined;
  /** Another program disciplines the clock. */
  readonly yielded: Yielded | undefined;
  /** What has been logged and holds still: not said twice. */
  readonly said: ReadonlySet<string>;
  readonly known: Known;
}

/** What outlives a change of servers. */
export interface Known {
  readonly prior: Prior;
  /** A moment whose true time several events of the past agree on: milliseconds of the boot clock, and since the epoch. */
  readonly anchor: { readonly boot: number; readonly trueTime: number } | undefined;
  readonly lastReading: ClockReading;
}

export interface Yielded {
  /** The error bound the kernel reported, in seconds, and when: it only shrinks when a program disciplines the clock. */
  readonly maxError: number;
  readonly since: Instant;
  readonly checkAt: Instant;
}

export type ClientState = { readonly kind: 'stopped'; readonly known: Known | undefined } | Running;

export type ClientEvent = {
  readonly reading: ClockReading;
  readonly status: ClockStatus;
  /** 32 random bits. */
  readonly random: number;
} & (
  | { readonly kind: 'start'; readonly request: NtpRequest }
  | { readonly kind: 'stop' }
  | { readonly kind: 'time' }
  | { readonly kind: 'resolved'; readonly host: string; readonly addresses: readonly IpAddress[] }
  | { readonly kind: 'unresolved'; readonly host: string; readonly reason: string }
  | { readonly kind: 'sample'; readonly id: number; readonly sample: Sample }
  | { readonly kind: 'refused'; readonly id: number; readonly refusal: Refusal }
  | { readonly kind: 'unreachable'; readonly id: number; readonly reason: string }
);

export type ClientEffect =
  | { readonly kind: 'resolve'; readonly host: string }
  /** Send a question to the source and report what comes of it, or nothing after `forget`. */
  | { readonly kind: 'query'; readonly source: Source }
  | { readonly kind: 'forget'; readonly id: number }
  | { readonly kind: 'step'; readonly seconds: number }
  | { readonly kind: 'discipline'; readonly discipline: Discipline }
  | { readonly kind: 'release' }
  | { readonly kind: 'publish'; readonly event: NtpEvent }
  | { readonly kind: 'log'; readonly level: 'warning' | 'info' | 'debug'; readonly text: string };

/** A transition under way: the state is replaced, effects are collected. */
export class Transition {
  state: Running;
  readonly effects: ClientEffect[] = [];
  readonly now: Instant;
  readonly event: ClientEvent;

  constructor(state: Running, event: ClientEvent) {
    this.state = state;
    this.event = event;
    this.now = event.reading.boot as Instant;
  }

  set(change: Partial<Running>): void {
    this.state = { ...this.state, ...change };
  }

  setSource(source: Source): void {
    this.set({ sources: this.state.sources.map((one) => (one.id === source.id ? source : one)) });
  }

  source(id: number): Source | undefined {
    return this.state.sources.find((source) => source.id === id);
  }

  log(level: 'warning' | 'info' | 'debug', text: string): void {
    this.effects.push({ kind: 'log', level, text });
  }

  /** Logs what holds now, unless it was logged and has held since. */
  sayOnce(topic: string, level: 'warning' | 'info', text: string): void {
    if (this.state.said.has(topic)) return;
    this.set({ said: new Set([...this.state.said, topic]) });
    this.log(level, text);
  }

  /** It holds no more. True if it had been logged. */
  unsay(topic: string): boolean {
    if (!this.state.said.has(topic)) return false;
    this.set({ said: new Set([...this.state.said].filter((one) => one !== topic)) });
    return true;
  }
}
