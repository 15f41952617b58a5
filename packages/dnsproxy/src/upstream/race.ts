/**
 * One question put to servers until one answers: the fastest first, the next one as soon as the first is slower than it should
 * be, all of them again in further rounds, TCP where UDP is not enough. Each server's answers and silences are noted in its
 * UpstreamServer as they are seen.
 */
import type { Instant } from '@connman/base';
import type { Exchange } from '@connman/ports';
import type { Deadline } from '../deadlines';
import { Flag, formatRcode, Rcode } from '../message/constants';
import { decodeMessage, type Message } from '../message/message';
import { ourUdpSize } from '../message/reply';
import { type AskedQuestion, composeOutgoing, Match, matchAnswer, type Outgoing } from './outgoing';
import { ownFaults, type UpstreamServer } from './server';
import type { StreamFailure } from './server-stream';
import type { Upstreams } from './upstreams';

export interface Outcome {
  /** The answer, or what the servers said instead of one (SERVFAIL, REFUSED); undefined when none said anything. */
  readonly message: Message | undefined;
  readonly server: UpstreamServer | undefined;
  readonly rttMs: number;
  /** True for an answer; false when it is only the best of the refusals. */
  readonly succeeded: boolean;
  /** When not succeeded: what happened, in words. */
  readonly trouble: string;
}

/** How a server is asked, and what it is spared on suspicion. */
interface Manner {
  readonly edns: boolean;
  readonly randomCase: boolean;
  /** Over TCP, unless everything goes over TLS: because an answer was too large, or changed the question's letters. */
  readonly tcpFor?: 'size' | 'letters';
  /** Without EDNS, because with it the server refused, or was silent. */
  readonly ednsSpared?: 'refused' | 'silent';
  /** Without random letters, because an answer changed them and TCP failed. */
  readonly lettersSpared?: boolean;
}

/** One message to one server. */
export class Attempt implements Exchange {
  readonly race: Race;
  readonly server: UpstreamServer;
  readonly outgoing: Outgoing;
  readonly manner: Manner;
  readonly kind: 'udp' | 'tcp' | 'tls';
  readonly sentAt: Instant;
  /** Rings when another server is to be asked as well. */
  patience: Deadline | undefined;
  /** Over TLS, and slow: the question has been put in the clear as well. */
  isAskedInClear = false;

  constructor(
    race: Race,
    server: UpstreamServer,
    outgoing: Outgoing,
    manner: Manner,
    kind: Attempt['kind'],
    sentAt: Instant,
  ) {
    this.race = race;
    this.server = server;
    this.outgoing = outgoing;
    this.manner = manner;
    this.kind = kind;
    this.sentAt = sentAt;
    this.patience = undefined;
  }

  get question(): Uint8Array {
    return this.outgoing.bytes;
  }

  onAnswer(bytes: Uint8Array, offset: number, length: number, errno: number): void {
    this.race.heard(this, bytes, offset, length, errno);
  }
}

export class Race {
  readonly question: AskedQuestion;
  private readonly upstreams: Upstreams;
  private readonly order: readonly UpstreamServer[];
  private readonly done: (outcome: Outcome) => void;
  private readonly attempts: Attempt[] = [];
  private next = 0;
  private total: Deadline | undefined;
  private finished = false;
  private refusal: { readonly message: Message; readonly server: UpstreamServer } | undefined;
  private trouble = '';

  constructor(
    upstreams: Upstreams,
    question: AskedQuestion,
    order: readonly UpstreamServer[],
    done: (outcome: Outcome) => void,
  ) {
    this.upstreams = upstreams;
    this.question = question;
    this.order = order;
    this.done = done;
  }

  start(now: Instant, end: Instant, together: number): void {
    this.total = this.upstreams.deadlines.add(now, end - now, () => {
      this.finish(undefined, undefined, 0, this.trouble || 'no server answered in time');
    });
    for (let i = 0; i < together && !this.finished; i++) this.launchNext(now);
  }

  get isOver(): boolean {
    return this.finished;
  }

  /** Whether all it may ask are among these. */
  isAmong(servers: ReadonlySet<UpstreamServer>): boolean {
    return this.order.every((server) => servers.has(server));
  }

  /** Ends it without a word to anybody. */
  abandon(): void {
    this.finished = true;
    if (this.total) this.upstreams.deadlines.cancel(this.total);
    for (const attempt of this.attempts.splice(0)) this.upstreams.release(attempt);
  }

  /** Asks the next server, if there is one left to ask. */
  private launchNext(now: Instant): void {
    const { order, next } = this;
    if (this.finished) return;
    if (next >= order.length * this.upstreams.settings.rounds) return this.giveUpIfIdle();
    const server = order[next % order.length] as UpstreamServer;
    this.next++;
    const round = Math.floor(next / order.length);
    const usual = usualManner(server, now);
    // Some servers, and the networks before them, drop what they do not know.
    const mayBeDropped = round > 0 && usual.edns && !server.edns.isProven && !server.isOverTls;
    this.launch(server, mayBeDropped ? { ...usual, edns: false, ednsSpared: 'silent' } : usual, now, round);
  }

  private launch(server: UpstreamServer, manner: Manner, now: Instant, round = 0): void {
    const { upstreams } = this;
    const overTls = server.isOverTls;
    if (server.tlsProbeDue(now)) this.probeTls(server, now);
    const kind = overTls ? 'tls' : manner.tcpFor ? 'tcp' : 'udp';
    const stream = kind === 'udp' ? undefined : upstreams.streamTo(server, overTls);
    let outgoing = composeOutgoing(this.question, manner, upstreams.random, overTls);
    while (stream?.hasId(outgoing.id)) outgoing = composeOutgoing(this.question, manner, upstreams.random, overTls);
    const attempt = new Attempt(this, server, outgoing, manner, kind, now);
    server.queries++;
    this.attempts.push(attempt);
    // Connections take a few round trips to come up.
    const roundTrips = !stream ? 1 : server.isTryingTls ? 2 : 4;
    const patience = (roundTrips * server.timeoutMs) << round;
    attempt.patience = upstreams.deadlines.add(now, patience, () => this.impatient(attempt));
    if (!stream) return upstreams.send(attempt);
    stream.ask(
      {
        outgoing,
        onAnswer: (bytes) => this.received(attempt, bytes, upstreams.clock.now()),
        onFailure: (failure, reason) => this.streamFailed(attempt, failure, reason),
      },
      now,
    );
  }

  /** Puts the question over TLS as well, only to learn whether that works by now. */
  private probeTls(server: UpstreamServer, now: Instant): void {
    const { upstreams } = this;
    const stream = upstreams.streamTo(server, true);
    const outgoing = composeOutgoing(
      this.question,
      { edns: server.edns.isUsable(now), randomCase: true },
      upstreams.random,
      true,
    );
    if (stream.hasId(outgoing.id)) return;
    const onFailure = (failure: StreamFailure, reason: string) => {
      if (failure !== 'own') server.failedOverTls(upstreams.clock.now(), reason);
    };
    stream.ask({ outgoing, onAnswer: () => server.answeredOverTls(), onFailure }, now);
  }

  /** The server is slower than it should be: ask another as well, and go on listening to this one. */
  private impatient(attempt: Attempt): void {
    const { server } = attempt;
    attempt.patience = undefined;
    const now = this.upstreams.clock.now();
    this.trouble = `${server.label}: no answer`;
    if (attempt.kind === 'tls' && server.isTryingTls) {
      server.failedOverTls(now, `no answer on port ${server.at.tlsPort}`);
    }
    if (attempt.kind === 'tls' && !server.isOverTls) {
      // Seen by this question or by one before it.
      attempt.isAskedInClear = true;
      return this.launch(server, usualManner(server, now), now);
    }
    if (this.sparesLetters(attempt, now)) return;
    this.upstreams.doubt(attempt);
    this.upstreams.noteFailure(server, 'timeout', 'no answer');
    this.launchNext(now);
  }

  /** Something came on the attempt's socket. */
  heard(attempt: Attempt, bytes: Uint8Array, offset: number, length: number, errno: number): void {
    if (errno !== 0) return this.unreachable(attempt, errno);
    const message = bytes.subarray(offset, offset + Math.min(length, ourUdpSize));
    const now = this.upstreams.clock.now();
    if (length > ourUdpSize) this.oversized(attempt, message, now);
    else this.received(attempt, message, now);
  }

  private received(attempt: Attempt, bytes: Uint8Array, now: Instant): void {
    const { server, outgoing } = attempt;
    const decoded = decodeMessage(bytes);
    if (!decoded.ok) return this.mismatched(attempt, now);
    const message = decoded.value;
    const match = matchAnswer(message, outgoing);
    if (match === Match.NO) return this.mismatched(attempt, now);
    const rttMs = now - attempt.sentAt;
    if (match === Match.WRONG_CASE && attempt.manner.randomCase) {
      if (attempt.kind === 'udp') {
        // Over TCP no one beside the path can forge: ask there, and learn what the server does to letters.
        server.count('mismatch');
        return this.retry(attempt, { ...attempt.manner, tcpFor: 'letters' }, now);
      }
      server.letters.missing(now);
    }
    this.upstreams.noteAnswer(server, rttMs);
    if (attempt.kind === 'tls') server.answeredOverTls();
    if (message.edns && attempt.manner.edns) server.edns.proven();
    if (match === Match.YES && attempt.kind === 'udp' && attempt.manner.randomCase) server.letters.proven();
    if (this.finished) return this.drop(attempt);
    const { rcode } = message;
    const isRefusal = match === Match.BARE_REFUSAL || !(rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN);
    if (isRefusal) return this.refused(attempt, message, match, now);
    learn(attempt, now);
    if (message.flags & Flag.TC && attempt.kind === 'udp') return this.retryForSize(attempt, now);
    if (message.isCut) return this.mismatched(attempt, now);
    this.finish(message, server, rttMs, '');
  }

  private retryForSize(attempt: Attempt, now: Instant): void {
    this.retry(attempt, { ...attempt.manner, tcpFor: 'size' }, now);
  }

  /** An answer changed the question's letters, and there is no TCP to ask whether that is the server's way: without, then. */
  private sparesLetters(attempt: Attempt, now: Instant): boolean {
    if (attempt.kind !== 'tcp' || attempt.manner.tcpFor !== 'letters') return false;
    const { tcpFor: _, ...manner } = attempt.manner;
    this.retry(attempt, { ...manner, randomCase: false, lettersSpared: true }, now);
    return true;
  }

  /** A datagram that does not fit may be forged, and the true answer may still come. Over a connection nothing else will. */
  private mismatched(attempt: Attempt, now: Instant): void {
    const { server } = attempt;
    server.count('mismatch');
    if (attempt.kind === 'udp') return;
    this.trouble = `${server.label}: an answer to something else`;
    this.drop(attempt);
    this.askOthers(now);
  }

  /** A datagram larger than we said we take: nothing of it can be used, but the server is there, and TCP will do. */
  private oversized(attempt: Attempt, bytes: Uint8Array, now: Instant): void {
    const { id } = attempt.outgoing;
    if (bytes[0] === id >>> 8 && bytes[1] === (id & 255)) this.retryForSize(attempt, now);
    else attempt.server.count('mismatch');
  }

  private refused(attempt: Attempt, message: Message, match: Match, now: Instant): void {
    const { server, manner } = attempt;
    const { rcode } = message;
    if (match !== Match.BARE_REFUSAL && (!this.refusal || this.refusal.server === server)) {
      const copy = decodeMessage(message.bytes.slice());
      if (copy.ok) this.refusal = { message: copy.value, server };
    }
    const isUnknown = rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP || rcode === Rcode.BADVERS;
    // Others do not say that it is EDNS they dislike.
    const isUnwilling = !message.edns && !server.edns.isProven && (rcode === Rcode.SERVFAIL || rcode === Rcode.REFUSED);
    if (manner.edns && (isUnknown || isUnwilling)) {
      return this.retry(attempt, { ...manner, edns: false, ednsSpared: 'refused' }, now);
    }
    server.count(rcode === Rcode.SERVFAIL ? 'servfail' : rcode === Rcode.REFUSED ? 'refused' : 'otherRcode');
    this.trouble = `${server.label}: ${formatRcode(rcode)}`;
    this.drop(attempt);
    this.askOthers(now);
  }

  /** A server or the network had its say: further rounds are for silence. Those that were not asked yet are asked. */
  private askOthers(now: Instant): void {
    if (this.next < this.order.length) this.launchNext(now);
    else this.giveUpIfIdle();
  }

  private streamFailed(attempt: Attempt, failure: StreamFailure, reason: string): void {
    const { server } = attempt;
    const now = this.upstreams.clock.now();
    if (failure !== 'own' && !this.finished && this.sparesLetters(attempt, now)) return;
    this.drop(attempt);
    this.trouble = `${server.label}: ${reason}`;
    if (failure === 'own' || attempt.isAskedInClear) return this.giveUpIfIdle();
    if (attempt.kind === 'tls' && server.at.tls === 'opportunistic' && failure !== 'timeout') {
      if (server.isOverTls) server.failedOverTls(now, reason);
      if (!this.finished) this.launch(server, usualManner(server, now), now);
      return;
    }
    this.upstreams.noteFailure(server, failure, reason);
    if (failure === 'timeout') this.launchNext(now);
    else this.askOthers(now);
  }

  /** The network refused: this machine, the peer's, or a router on the way. */
  private unreachable(attempt: Attempt, errno: number): void {
    const { server } = attempt;
    const reason = this.upstreams.errnoText(errno);
    this.drop(attempt);
    if (!ownFaults.has(errno)) this.upstreams.noteFailure(server, 'unreachable', reason);
    if (this.finished) return;
    this.trouble = `${server.label}: ${reason}`;
    if (ownFaults.has(errno)) return this.giveUpIfIdle();
    this.askOthers(this.upstreams.clock.now());
  }

  private retry(attempt: Attempt, manner: Manner, now: Instant): void {
    this.drop(attempt);
    if (!this.finished) this.launch(attempt.server, manner, now);
  }

  private drop(attempt: Attempt): void {
    const at = this.attempts.indexOf(attempt);
    if (at >= 0) this.attempts.splice(at, 1);
    this.upstreams.release(attempt);
  }

  /** Ends it when no attempt is left that is worth waiting for: what a server says in the clear it would say over TLS. */
  private giveUpIfIdle(): void {
    if (this.finished || !this.attempts.every((attempt) => attempt.isAskedInClear)) return;
    this.finish(undefined, undefined, 0, this.trouble || 'no server could be asked');
  }

  private finish(
    message: Message | undefined,
    server: UpstreamServer | undefined,
    rttMs: number,
    trouble: string,
  ): void {
    if (this.finished) return;
    this.finished = true;
    if (message) this.done({ message, server, rttMs, succeeded: true, trouble: '' });
    else {
      const { refusal } = this;
      this.done({ message: refusal?.message, server: refusal?.server, rttMs: 0, succeeded: false, trouble });
    }
    // Tidying up comes after answering: a client waits for the one and no one for the other.
    const { deadlines } = this.upstreams;
    if (this.total) deadlines.cancel(this.total);
    for (const attempt of this.attempts) {
      if (attempt.patience) deadlines.cancel(attempt.patience);
      attempt.patience = undefined;
      // Whether TLS works after all is worth knowing; the connection has a deadline for it.
      if (attempt.isAskedInClear) continue;
      if (attempt.server === server || !message) this.upstreams.release(attempt);
      else this.upstreams.linger(attempt);
    }
  }
}

function usualManner({ edns, letters }: UpstreamServer, now: Instant): Manner {
  return { edns: edns.isUsable(now), randomCase: letters.isUsable(now) };
}

/** It answered: what it was spared on suspicion, it may well be unable to do. */
function learn({ server, manner, kind }: Attempt, now: Instant): void {
  if (manner.ednsSpared === 'refused') server.edns.failed(now);
  if (manner.ednsSpared === 'silent') server.edns.suspected(now);
  if (manner.lettersSpared && kind === 'udp') server.letters.failed(now);
}
