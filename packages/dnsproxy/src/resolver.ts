/**
 * From question to answer: the cache, our own names, then the servers the name belongs to. Identical questions under way are
 * one; popular answers are renewed before they expire; expired ones serve while no server answers (RFC 8767).
 */

import { after, type Instant, instant } from '@connman/base';
import type { DnsHost } from '@connman/contracts';
import type { FileSource } from '@connman/ports';
import { AnswerCache } from './cache/answer-cache';
import { type PackedAnswer, packAnswer } from './cache/packed-answer';
import { type Deadline, Deadlines } from './deadlines';
import { emptyParts, writeAnswer } from './message/answer';
import { ExtendedError, formatRcode, Rcode } from './message/constants';
import { formatName, parseName } from './message/name';
import { type Query, questionKey, Variant, Verdict } from './message/query';
import { writeEmptyReply } from './message/reply';
import { hostsTableOf } from './route/hosts';
import { LocalAnswers } from './route/local-answers';
import { type Route, Router } from './route/router';
import { type Found, Search } from './search';
import type { Client, Front, Provenance } from './server/front';
import type { DnsProxySettings } from './settings';
import type { Outcome, Race } from './upstream/race';
import type { UpstreamServer } from './upstream/server';
import { type TroubleListener, type UpstreamPorts, Upstreams } from './upstream/upstreams';

export interface ResolverPorts extends UpstreamPorts {
  readonly hosts: FileSource;
}

interface Waiter {
  readonly query: Query;
  readonly client: Client;
}

/** A question under way, and who waits for it. */
interface Pending {
  readonly id: string;
  readonly key: Uint8Array;
  /** The name asked for, lower case. */
  readonly name: string;
  readonly query: Query;
  readonly waiters: Waiter[];
  search: Search;
  route: Route;
  /** A client that waits is answered soon after this, however many candidates there are. */
  readonly end: Instant;
  /** Of the servers and ways when it was asked. */
  epoch: number;
  race: Race | undefined;
  /** Rings when it has waited long enough for servers to come. */
  stranded: Deadline | undefined;
  staleTimer: Deadline | undefined;
}

/** How often the hosts file is looked at while questions come, at most. */
const hostsCheckMs = 1000;

export class Resolver implements Front {
  readonly seed: number;
  readonly cache: AnswerCache;
  readonly router = new Router();
  readonly upstreams: Upstreams;
  readonly counts = {
    queries: 0,
    hits: 0,
    misses: 0,
    merged: 0,
    local: 0,
    stale: 0,
    refreshed: 0,
    failed: 0,
    rejected: 0,
  };
  private readonly settings: DnsProxySettings;
  private readonly ports: ResolverPorts;
  private readonly onIdle: () => void;
  private readonly deadlines: Deadlines;
  private readonly local: LocalAnswers;
  private readonly pending = new Map<string, Pending>();
  private readonly shares = new Map<string, number>();
  private readonly servers = new Map<number, UpstreamServer>();
  private waiting = 0;
  private epoch = 0;
  /** How long `endBatch` may wait for the answer on the spot. */
  private spinMicroseconds = 0;
  private now: Instant = instant(0);
  private nowSeconds = 0;
  private hostsCheckedAt = Number.NEGATIVE_INFINITY;

  /** `onIdle`: the answers given so far may leave. Throws OsError. */
  constructor(ports: ResolverPorts, settings: DnsProxySettings, onTrouble: TroubleListener, onIdle: () => void) {
    this.ports = ports;
    this.settings = settings;
    this.onIdle = onIdle;
    this.seed = ports.entropy.uint32() | 0;
    this.cache = new AnswerCache({
      capacity: settings.cacheBytes,
      refreshShare: settings.refreshPercent / 100,
      ...settings,
    });
    this.deadlines = new Deadlines(ports.clock);
    this.upstreams = new Upstreams(ports, settings, this.deadlines, onTrouble, onIdle);
    this.local = new LocalAnswers(ports.hosts);
  }

  /** Hosts beside those of the hosts file. */
  setHosts(hosts: readonly DnsHost[]): void {
    this.local.setClients(hostsTableOf(hosts));
    // Also that a name does not exist was learned.
    this.cache.flush();
  }

  /**
   * The servers there are now; the router knows the ways to them already. What is under way to others is asked again, here, or as
   * soon as there is a server to ask: a client that waits for an answer while a link goes is to have it from the next one. Other answers
   * under way are told, but not kept.
   */
  useServers(inUse: ReadonlySet<UpstreamServer>): void {
    this.epoch++;
    this.servers.clear();
    for (const server of inUse) this.servers.set(server.number, server);
    const again = [...this.pending.values()].filter(({ race, stranded }) => stranded || race?.isAmong(inUse) === false);
    for (const { race } of again) race?.abandon();
    this.upstreams.retain(inUse);
    this.now = this.ports.clock.now();
    for (const pending of again) this.askAgain(pending);
  }

  private askAgain(pending: Pending): void {
    const { name, query } = pending;
    if (pending.stranded) this.deadlines.cancel(pending.stranded);
    pending.stranded = undefined;
    pending.race = undefined;
    pending.epoch = this.epoch;
    pending.route = this.router.route(name);
    pending.search = this.searchFor(name, query, pending.route);
    if (pending.route.servers.length > 0) return this.askNext(pending, undefined);
    pending.stranded = this.deadlines.add(this.now, Math.max(0, pending.end - this.now), () => {
      pending.stranded = undefined;
      this.now = this.ports.clock.now();
      this.nowSeconds = Math.floor(this.now / 1000);
      this.fail(pending, undefined);
    });
  }

  startBatch(): void {
    this.now = this.ports.clock.now();
    this.nowSeconds = Math.floor(this.now / 1000);
    if (this.now - this.hostsCheckedAt < hostsCheckMs) return;
    this.hostsCheckedAt = this.now;
    if (this.local.refresh()) this.cache.flush();
  }

  answerNow(query: Query, verdict: Verdict, limit: number, out: Uint8Array, at: number): number {
    this.counts.queries++;
    if (verdict === Verdict.REJECT) {
      this.counts.rejected++;
      return writeEmptyReply(query, query.rcode, out, at);
    }
    const { cache } = this;
    const entry = cache.find(query);
    if (entry < 0) return 0;
    if (!cache.isFresh(entry, this.nowSeconds)) {
      if (!cache.isPostponed(entry, this.nowSeconds) || !cache.isUsable(entry, this.nowSeconds)) return 0;
      this.counts.stale++;
      return cache.answer(entry, query, this.nowSeconds, limit, out, at, ExtendedError.STALE_ANSWER);
    }
    this.counts.hits++;
    const length = cache.answer(entry, query, this.nowSeconds, limit, out, at);
    if (cache.refreshWanted) {
      cache.refreshWanted = false;
      this.refresh(query.copy());
    }
    return length;
  }

  answerLater(volatileQuery: Query, client: Client): void {
    const query = volatileQuery.copy();
    const key = questionKey(query);
    const name = formatName(key);
    const id = idOf(name, query);
    const same = this.pending.get(id);
    // One that went out on ways that are no more is not waited for.
    if (same && same.epoch === this.epoch) {
      if (!this.admit(query, client)) return;
      this.counts.merged++;
      this.counts.misses++;
      same.waiters.push({ query, client });
      return;
    }
    const route = this.router.route(name);
    const toClient = client.quota === '' ? undefined : this.local.findForClients(query.type);
    const own = toClient ?? this.local.find(name, query.type, query.class, route);
    if (own) {
      this.counts.local++;
      this.tell({ query, client }, own.answer, { source: 'local', server: '', reason: own.reason });
      return;
    }
    if (!this.admit(query, client)) return;
    this.counts.misses++;
    this.begin(query, key, id, name, route, [{ query, client }]);
  }

  endBatch(): void {
    // A lone question to a server next door: it answers before we would be asleep and woken again.
    if (this.spinMicroseconds > 0 && this.pending.size === 1) this.upstreams.poll(this.spinMicroseconds);
    else this.upstreams.flush();
    this.spinMicroseconds = 0;
  }

  /** Where the cached answer to this question came from. */
  provenanceOfCached(query: Query): Provenance {
    const entry = this.cache.find(query);
    const server = entry < 0 ? undefined : this.servers.get(this.cache.serverOf(entry));
    const left = entry < 0 ? 0 : this.cache.remaining(entry, this.nowSeconds);
    return { source: 'cache', server: server?.label ?? '', reason: `the cache has it for ${left} s more` };
  }

  /** Stops; no one is answered any more. */
  close(): void {
    this.deadlines.close();
    this.upstreams.close();
    this.pending.clear();
  }

  private refresh(query: Query): void {
    const key = questionKey(query);
    const name = formatName(key);
    const id = idOf(name, query);
    if (this.pending.has(id) || this.pending.size >= this.settings.maxPending) return;
    this.counts.refreshed++;
    this.begin(query, key, id, name, this.router.route(name), []);
  }

  /** Whether there is room for one more waiting question of this client; it is told so if not. */
  private admit(query: Query, client: Client): boolean {
    const { maxPending, maxPendingPerClient } = this.settings;
    const share = client.quota === '' ? 0 : (this.shares.get(client.quota) ?? 0);
    if (this.waiting >= maxPending || share >= maxPendingPerClient) {
      this.counts.rejected++;
      client.reply(query, (out, at) => writeEmptyReply(query, Rcode.SERVFAIL, out, at, ExtendedError.PROHIBITED), {
        source: 'none',
        server: '',
        reason: 'too many questions are under way',
      });
      return false;
    }
    this.waiting++;
    if (client.quota !== '') this.shares.set(client.quota, share + 1);
    return true;
  }

  private begin(query: Query, key: Uint8Array, id: string, name: string, route: Route, waiters: Waiter[]): void {
    const pending: Pending = {
      id,
      key,
      name,
      query,
      waiters,
      search: this.searchFor(name, query, route),
      route,
      end: after(this.now, this.settings.totalTimeoutMs),
      epoch: this.epoch,
      race: undefined,
      stranded: undefined,
      staleTimer: undefined,
    };
    this.pending.set(id, pending);
    const stale = this.staleEntry(query);
    if (stale >= 0 && waiters.length > 0) {
      // Known to be down: no client waits for what will not come (RFC 8767 section 5).
      const isDown = route.servers.every((server) => server.isResting(this.now));
      if (isDown) this.serveStale(pending);
      else {
        pending.staleTimer = this.deadlines.add(this.now, this.settings.staleAfterMs, () => {
          pending.staleTimer = undefined;
          this.serveStale(pending);
        });
      }
    }
    this.askNext(pending, undefined);
  }

  private searchFor(name: string, query: Query, route: Route): Search {
    return new Search(name, query, route, this.router.searchDomains);
  }

  /** Asks for the next candidate; `last` is what the one before came to. */
  private askNext(pending: Pending, last: Outcome | undefined): void {
    const candidate = pending.search.next();
    if (candidate === undefined || this.now >= pending.end) return this.exhausted(pending, last);
    const isAsItIs = candidate === pending.name;
    if (!isAsItIs) pending.route = this.router.route(candidate);
    else if (last) pending.route = this.router.route(pending.name);
    if (pending.route.servers.length === 0) return this.askNext(pending, last);
    const wire = isAsItIs ? pending.key : withName(pending.key, candidate);
    if (!wire) return this.askNext(pending, last);
    this.spinMicroseconds = this.spinFor(pending);
    const question = { wire, variant: pending.query.variant };
    const turnEnd = pending.search.turnEnd(pending.route, this.now, pending.end);
    const race = this.upstreams.ask(question, pending.route.servers, this.now, turnEnd, (outcome) => {
      // Timers and answers come between batches.
      this.now = this.ports.clock.now();
      this.nowSeconds = Math.floor(this.now / 1000);
      this.answered(pending, outcome, isAsItIs);
    });
    // One that ended at once may have had a successor meanwhile.
    if (!race.isOver) pending.race = race;
  }

  private spinFor({ route, waiters }: Pending): number {
    const { spinMicroseconds } = this.settings;
    if (waiters.length === 0) return 0;
    for (const server of route.servers) {
      if (server.isKnown && server.expectedMs * 1000 <= spinMicroseconds) return spinMicroseconds;
    }
    return 0;
  }

  private answered(pending: Pending, outcome: Outcome, isAsItIs: boolean): void {
    const { message, server } = outcome;
    const isAnswer = outcome.succeeded && message && server;
    const origin = { scope: server?.at.ifindex ?? 0, server: server?.number ?? 0 };
    const owner = isAsItIs ? undefined : pending.key.slice(0, -4);
    const packed = isAnswer ? packAnswer(message, this.settings, origin, owner) : undefined;
    if (!packed) {
      const trouble = isAnswer ? { ...outcome, succeeded: false, message: undefined } : outcome;
      pending.search.trouble ??= trouble;
      return this.askNext(pending, trouble);
    }
    const reason = isAsItIs ? pending.route.reason : `found in a search domain; ${pending.route.reason}`;
    const found: Found = { packed, provenance: { source: 'server', server: server?.label ?? '', reason } };
    if (packed.answers > 0 || !pending.search.isSearch) return this.succeed(pending, found);
    pending.search.hasNone(found);
    this.askNext(pending, outcome);
  }

  /** No candidate is left. */
  private exhausted(pending: Pending, last: Outcome | undefined): void {
    const found = pending.search.conclusion();
    if (found) this.succeed(pending, found);
    else this.fail(pending, pending.search.trouble ?? last);
  }

  private succeed(pending: Pending, { packed, provenance }: Found): void {
    for (const waiter of this.conclude(pending)) this.tell(waiter, packed, provenance);
    // No answer that is still under way could share the system call: it leaves at once, and what follows delays no one.
    if (this.pending.size === 0) this.onIdle();
    // Those who were told may have asked for other servers.
    const isCurrent = pending.epoch === this.epoch;
    if (packed.lifetimeSeconds > 0 && isCurrent && !(pending.query.variant & Variant.NO_RECURSION)) {
      this.cache.store(pending.key, pending.query.hash, pending.query.variant, packed, this.nowSeconds);
    }
  }

  private fail(pending: Pending, last: Outcome | undefined): void {
    const stale = this.staleEntry(pending.query);
    if (stale >= 0) {
      this.cache.postpone(stale, this.nowSeconds + this.settings.staleRecheckSeconds);
      this.serveStale(pending, this.conclude(pending));
      return;
    }
    const entry = this.cache.find(pending.query);
    const isRefresh = entry >= 0 && this.cache.isFresh(entry, this.nowSeconds);
    if (isRefresh) this.cache.refreshFailed(entry);
    const rcode = pending.search.isSearch ? Rcode.SERVFAIL : (last?.message?.rcode ?? Rcode.SERVFAIL);
    if (last && !isRefresh && pending.epoch === this.epoch) this.rememberFailure(pending, rcode);
    const code = last ? ExtendedError.NO_REACHABLE_AUTHORITY : ExtendedError.NETWORK_ERROR;
    const provenance: Provenance = {
      source: last?.message ? 'server' : 'none',
      server: last?.server?.label ?? '',
      reason: `${pending.route.reason}; ${last?.message ? formatRcode(rcode) : (last?.trouble ?? 'no server was queried')}`,
    };
    for (const { query, client } of this.conclude(pending)) {
      this.counts.failed++;
      client.reply(query, (out, at) => writeEmptyReply(query, rcode, out, at, code), provenance);
    }
  }

  /** RFC 9520: a question that just failed is not put again at once, however often it comes. */
  private rememberFailure(pending: Pending, rcode: number): void {
    if (this.settings.failureTtlSeconds <= 0 || pending.query.variant & Variant.NO_RECURSION) return;
    const failure: PackedAnswer = {
      ...emptyParts(rcode),
      lifetimeSeconds: this.settings.failureTtlSeconds,
      scope: pending.route.servers[0]?.at.ifindex ?? 0,
      server: 0,
    };
    this.cache.store(pending.key, pending.query.hash, pending.query.variant, failure, this.nowSeconds);
  }

  private staleEntry(query: Query): number {
    const entry = this.cache.find(query);
    if (entry < 0 || this.cache.isFresh(entry, this.nowSeconds)) return -1;
    return this.cache.isUsable(entry, this.nowSeconds) ? entry : -1;
  }

  /** Answers who waits with what has expired; when it does not conclude, the question stays under way for the next ones. */
  private serveStale(pending: Pending, waiters = this.takeWaiters(pending)): void {
    for (const { query, client } of waiters) {
      // Looked up for each: the ring may have moved it.
      const entry = this.staleEntry(query);
      const now = this.nowSeconds;
      const write =
        entry < 0
          ? (out: Uint8Array, at: number) => writeEmptyReply(query, Rcode.SERVFAIL, out, at)
          : (out: Uint8Array, at: number, limit: number) =>
              this.cache.answer(entry, query, now, limit, out, at, ExtendedError.STALE_ANSWER);
      this.counts.stale++;
      client.reply(query, write, {
        source: 'stale',
        server: entry < 0 ? '' : (this.servers.get(this.cache.serverOf(entry))?.label ?? ''),
        reason: `${pending.route.reason}; no server answers, so the expired answer serves`,
      });
    }
  }

  private tell({ query, client }: Waiter, answer: PackedAnswer, provenance: Provenance): void {
    client.reply(query, (out, at, limit) => writeAnswer(query, answer, 0, -1, limit, out, at, -1), provenance);
  }

  private conclude(pending: Pending): readonly Waiter[] {
    if (pending.staleTimer) this.deadlines.cancel(pending.staleTimer);
    pending.staleTimer = undefined;
    if (this.pending.get(pending.id) === pending) this.pending.delete(pending.id);
    return this.takeWaiters(pending);
  }

  private takeWaiters(pending: Pending): readonly Waiter[] {
    const waiters = pending.waiters.splice(0);
    this.waiting -= waiters.length;
    for (const { client } of waiters) {
      if (client.quota === '') continue;
      const left = (this.shares.get(client.quota) ?? 1) - 1;
      if (left > 0) this.shares.set(client.quota, left);
      else this.shares.delete(client.quota);
    }
    return waiters;
  }
}

/** What a question is merged by. */
function idOf(name: string, { type, class: classNumber, variant }: Query): string {
  return String.fromCharCode(type, classNumber, variant) + name;
}

/** The question `key` with another name; undefined if that is too long to be one. */
function withName(key: Uint8Array, name: string): Uint8Array | undefined {
  const parsed = parseName(name);
  if (!parsed.ok) return undefined;
  const wire = new Uint8Array(parsed.value.length + 4);
  wire.set(parsed.value);
  wire.set(key.subarray(-4), parsed.value.length);
  return wire;
}
