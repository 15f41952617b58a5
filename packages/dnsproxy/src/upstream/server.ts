/** What is known of one server: how to reach it, how fast it answers, whether it rests after a failure, what it cannot do. */
import { after, type Instant } from '@connman/base';
import type { DnsFailures, DnsServerStatistics, DnsTlsMode } from '@connman/contracts';
import { familyOf, type IpAddress } from '@connman/inet';
import type { DnsProxySettings } from '../settings';
import { Ability } from './ability';

/** How a server is reached; servers that differ here are different servers. */
export interface ServerAddress {
  readonly address: IpAddress;
  /** For UDP and TCP in the clear. */
  readonly port: number;
  readonly tlsPort: number;
  readonly tlsName: string;
  readonly tls: DnsTlsMode;
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly localAddress: IpAddress | undefined;
}

export type FailureKind = keyof DnsFailures;

/** EAGAIN, ENOMEM, ENFILE, EMFILE, ENOBUFS: this machine's want of room, no server's fault, and no better with the next one. */
export const ownFaults: ReadonlySet<number> = new Set([11, 12, 23, 24, 105]);

const histogramSize = 13;

export class UpstreamServer {
  readonly at: ServerAddress;
  /** Never used again for another server: what answers in the cache refer to. */
  readonly number: number;
  /** For people: `192.0.2.53 (eth0)`. */
  readonly label: string;
  /** EDNS (RFC 6891), and with it DNSSEC. */
  readonly edns: Ability;
  /** Repeating a question letter by letter. */
  readonly letters: Ability;
  queries = 0;
  answers = 0;
  private readonly settings: DnsProxySettings;
  private readonly failures: { -readonly [K in FailureKind]: number } = {
    timeout: 0,
    servfail: 0,
    refused: 0,
    otherRcode: 0,
    unreachable: 0,
    mismatch: 0,
    tls: 0,
  };
  private readonly histogram = new Array<number>(histogramSize).fill(0);
  private smoothedMs = -1;
  private varianceMs = 0;
  private restMs = 0;
  private restUntil = 0;
  private trouble = '';
  private isInTrouble = false;
  /** In opportunistic mode: asked in the clear, and when TLS is to be tried again; 0 while it is not known to fail. */
  private tlsRetryAt = 0;
  private clearReason = '';
  private hasTls = false;

  constructor(at: ServerAddress, number: number, settings: DnsProxySettings) {
    this.at = at;
    this.number = number;
    this.label = labelOf(at);
    this.settings = settings;
    this.edns = new Ability(settings.abilityRetryMs);
    this.letters = new Ability(settings.abilityRetryMs);
  }

  get isKnown(): boolean {
    return this.smoothedMs >= 0;
  }

  /** Milliseconds an answer is expected to take; what is not known counts as a little slow. */
  get expectedMs(): number {
    return this.isKnown ? this.smoothedMs : 50;
  }

  /** How long to wait before another server is asked too (as RFC 6298 section 2 waits before it sends again). */
  get timeoutMs(): number {
    const { firstTimeoutMs, minTimeoutMs, maxTimeoutMs } = this.settings;
    if (!this.isKnown) return firstTimeoutMs;
    return Math.min(maxTimeoutMs, Math.max(minTimeoutMs, this.smoothedMs + 4 * this.varianceMs));
  }

  /** Whether questions go to it over TLS at present. */
  get isOverTls(): boolean {
    return this.at.tls === 'strict' || (this.at.tls === 'opportunistic' && this.tlsRetryAt === 0);
  }

  /** In opportunistic mode: over TLS, but not known to answer there. No one's question is to wait long for that. */
  get isTryingTls(): boolean {
    return this.at.tls === 'opportunistic' && this.isOverTls && !this.hasTls;
  }

  /** True once each time TLS should be tried beside a question in the clear. */
  tlsProbeDue(now: Instant): boolean {
    if (this.tlsRetryAt === 0 || now < this.tlsRetryAt) return false;
    this.tlsRetryAt = after(now, this.settings.tlsRetryMs);
    return true;
  }

  answeredOverTls(): void {
    this.hasTls = true;
    this.tlsRetryAt = 0;
    this.clearReason = '';
  }

  /** In opportunistic mode: from now on it is asked in the clear. */
  failedOverTls(now: Instant, reason: string): void {
    this.failures.tls++;
    this.hasTls = false;
    this.tlsRetryAt = after(now, this.settings.tlsRetryMs);
    this.clearReason = `in the clear: ${reason}`;
  }

  isResting(now: Instant): boolean {
    return now < this.restUntil;
  }

  /** It failed, its rest is over, and no answer has come since: ask it, but do not rely on it. */
  isOnProbation(now: Instant): boolean {
    return this.restMs > 0 && now >= this.restUntil;
  }

  /** True when this ends a time of trouble. */
  answered(rttMs: number): boolean {
    this.answers++;
    let bucket = 0;
    while (bucket < histogramSize - 1 && rttMs >= 1 << bucket) bucket++;
    this.histogram[bucket] = (this.histogram[bucket] as number) + 1;
    if (this.smoothedMs < 0) {
      this.smoothedMs = rttMs;
      this.varianceMs = rttMs / 2;
    } else {
      this.varianceMs += (Math.abs(rttMs - this.smoothedMs) - this.varianceMs) / 4;
      this.smoothedMs += (rttMs - this.smoothedMs) / 8;
    }
    return this.recover();
  }

  /** Back in use, whatever there was; true when there was something. */
  recover(): boolean {
    const hadTrouble = this.isInTrouble;
    this.isInTrouble = false;
    this.restMs = 0;
    this.restUntil = 0;
    this.trouble = '';
    return hadTrouble;
  }

  count(kind: FailureKind): void {
    this.failures[kind]++;
  }

  /**
   * It did not answer, or cannot be reached. Rests, longer each time; questions that were on their way before it began to rest
   * do not make the rest longer. True when this makes it a time of trouble: once silent is only a lost packet or
   * a hard question.
   */
  failed(kind: FailureKind, now: Instant, trouble: string): boolean {
    this.failures[kind]++;
    if (this.isResting(now)) return false;
    const { firstRestMs, maxRestMs } = this.settings;
    this.restMs = this.restMs === 0 ? firstRestMs : Math.min(this.restMs * 2, maxRestMs);
    this.restUntil = after(now, this.restMs);
    this.trouble = trouble;
    if (this.isInTrouble || (kind === 'timeout' && this.restMs === firstRestMs)) return false;
    this.isInTrouble = true;
    return true;
  }

  statistics(now: Instant): DnsServerStatistics {
    const { ifindex, interfaceName, address, tls } = this.at;
    const port = this.isOverTls ? this.at.tlsPort : this.at.port;
    return {
      ifindex,
      interfaceName,
      address,
      port,
      tls,
      queries: this.queries,
      answers: this.answers,
      failures: { ...this.failures },
      rttMs: this.smoothedMs,
      rttHistogram: [...this.histogram],
      restsMs: Math.max(0, this.restUntil - now),
      trouble: this.trouble || this.clearReason,
    };
  }
}

function labelOf({ address, port: clearPort, tlsPort, interfaceName, tls }: ServerAddress): string {
  const port = tls === 'off' ? clearPort : tlsPort;
  const usual = tls === 'off' ? 53 : 853;
  const host = port === usual ? address : familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  return interfaceName === '' ? host : `${host} (${interfaceName})`;
}
