/**
 * One online check on the wire: resolves the host of the check's URL with the service's own nameservers, asks it for the
 * page by the service's own link, and says what the answer means (ConnMan rules 129 to 132 and 136).
 */
import { ok, type Result } from '@connman/base';
import {
  familyOf,
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  isUsableHostAddress,
  parseIp,
} from '@connman/inet';
import type { Clock, StreamPort } from '@connman/ports';
import type { CheckOutcome, CheckRequest } from '../../model/online/online-machine';
import { type FetchFailure, HeadFetch } from './fetch-head';
import type { ResponseHead } from './http-head';
import type { Resolution, Resolve, ResolveFailure } from './resolve';

export interface OnlineCheckerOptions {
  readonly streams: StreamPort;
  readonly clock: Clock;
  readonly resolve: Resolve;
  /** Of this program, for the User-Agent. */
  readonly version: string;
  /** OnlineCheckConnectTimeout, in milliseconds; 0 is none. */
  readonly connectTimeoutMs: number;
}

export interface OnlineChecker {
  /** Calls back once, never before it returns, unless the check is cancelled. */
  check(request: CheckRequest, done: (outcome: CheckOutcome) => void): void;
  /** Fine if there is no such check (any more). */
  cancel(checkId: number): void;
}

/** For the whole of a check: names, connections, redirects. A peer that trickles bytes gets no more than that. */
const checkTimeoutMs = 10_000;
const maxRedirects = 5;
const redirects = new Set([300, 301, 302, 303, 307, 308]);
const networkAuthenticationRequired = 511;

export function onlineChecker(options: OnlineCheckerOptions): OnlineChecker {
  const running = new Map<number, Check>();
  return {
    check: (request, done) => {
      const check = new Check(options, request, (outcome) => {
        running.delete(request.checkId);
        done(outcome);
      });
      running.set(request.checkId, check);
      check.start();
    },
    cancel: (checkId) => {
      running.get(checkId)?.close();
      running.delete(checkId);
    },
  };
}

class Check {
  private readonly options: OnlineCheckerOptions;
  private readonly request: CheckRequest;
  private readonly done: (outcome: CheckOutcome) => void;
  private readonly cancelTimeout: () => void;
  private fetch: HeadFetch | undefined;
  private resolution: Resolution | undefined;
  private finished = false;
  private hops = 0;

  constructor(options: OnlineCheckerOptions, request: CheckRequest, done: (outcome: CheckOutcome) => void) {
    this.options = options;
    this.request = request;
    this.done = done;
    const { timeoutMs = checkTimeoutMs } = request;
    this.cancelTimeout = options.clock.setTimer(timeoutMs, () =>
      this.fail(request.url, `no answer within ${timeoutMs / 1000} s`),
    );
  }

  start(): void {
    const url = URL.canParse(this.request.url) ? new URL(this.request.url) : undefined;
    if (url?.protocol === 'http:') void this.visit(url);
    // Later, as every other answer.
    else queueMicrotask(() => this.fail(this.request.url, 'not an http URL; correct it in main.conf'));
  }

  close(): void {
    this.finished = true;
    this.cancelTimeout();
    this.resolution?.cancel();
    this.fetch?.close();
  }

  private async visit(url: URL): Promise<void> {
    const found = await this.addressesOf(url.hostname);
    if (this.finished) return;
    if (!found.ok) return this.failed(url, found.error);
    const addresses = found.value.filter(isHost);
    if (addresses.length === 0) return this.fail(url.href, `${found.value.join(', ')} is no host's address`);
    const { interfaceName, localAddress } = this.request;
    const { connectTimeoutMs, version } = this.options;
    const port = url.port === '' ? 80 : Number(url.port);
    const message = requestMessage(url, version);
    this.fetch = new HeadFetch(
      this.options,
      { addresses, port, interfaceName, localAddress, message, connectTimeoutMs },
      (result) => (result.ok ? this.judge(url, result.value) : this.failed(url, result.error)),
    );
    this.fetch.start();
  }

  private async addressesOf(hostname: string): Promise<Result<readonly IpAddress[], ResolveFailure>> {
    const { family, nameservers, tls, interfaceName } = this.request;
    const literal = parseIp(hostname.replace(/^\[(.*)\]$/, '$1'));
    if (!literal) {
      this.resolution = this.options.resolve(hostname, family, nameservers, interfaceName, tls);
      return this.resolution.result;
    }
    if (familyOf(literal) === family) return ok([literal]);
    return { ok: false, error: { reason: `${literal} is no IPv${family} address`, transient: false } };
  }

  private judge(url: URL, head: ResponseHead): void {
    if (redirects.has(head.status)) this.redirect(url, head.location);
    else if (head.status === 200 && head.hasConnmanStatus) this.finish({ kind: 'online' });
    else if (head.status === 200 || head.status === networkAuthenticationRequired) this.portal(url);
    else this.fail(url.href, `HTTP status ${head.status}`);
  }

  private redirect(from: URL, location: string | undefined): void {
    const target = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (target?.protocol === 'http:' && this.hops < maxRedirects) {
      this.hops++;
      void this.visit(target);
    } else {
      // Only a web page is for a browser to open, whatever else the network may name.
      this.portal(target?.protocol === 'http:' || target?.protocol === 'https:' ? target : from);
    }
  }

  private portal(url: URL): void {
    this.finish({ kind: 'portal', url: url.href });
  }

  private failed(url: URL, { reason, transient }: ResolveFailure | FetchFailure): void {
    this.finish({ kind: 'failure', reason: `${url.href}: ${reason}`, transient });
  }

  private fail(url: string, reason: string): void {
    this.finish({ kind: 'failure', reason: `${url}: ${reason}`, transient: false });
  }

  private finish(outcome: CheckOutcome): void {
    if (this.finished) return;
    this.close();
    this.done(outcome);
  }
}

function requestMessage(url: URL, version: string): Uint8Array {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    `User-Agent: ConnMan/${version} wispr`,
    'Accept: */*',
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Not an address a name or a redirect may send us to: this machine itself, nobody, everybody. */
function isHost(address: IpAddress): boolean {
  if (familyOf(address) === 4) return isUsableHostAddress(address as Ipv4Address);
  return !/^(::1?$|::ffff:|ff)/.test(address as Ipv6Address);
}
