/**
 * One online check on the wire: resolves the host of the check's URL with the service's own nameservers, asks it for the
 * page by the service's own link, and says what the answer means (ConnMan rules 129 to 132 and 136). Where the network has an
 * API for that (RFC 8908), it is asked beside it; a portal is looked at for a login without a browser (rule 133).
 */
import { err, type Logger, ok, type Result } from '@connman/base';
import type { Clock, StreamPort, WebClient, WebResponse } from '@connman/ports';
import type { ProxyConfig } from '../../model/ipconfig/ip-settings';
import type { CheckOutcome, CheckRequest } from '../../model/online/online-machine';
import { manualProxyFor, type ProxyServer, proxyOfPacAnswer } from '../../model/online/proxy';
import { type FetchFailure, HeadFetch } from './fetch-head';
import { hostAddresses } from './host-addresses';
import type { ResponseHead } from './http-head';
import { askPortalApi, type PortalStatus } from './portal-api';
import { findLoginForm } from './portal-login';
import type { Resolution, Resolve, ResolveFailure } from './resolve';
import { ServiceWeb, webUrl } from './service-web';

export interface OnlineCheckerOptions {
  readonly streams: StreamPort;
  readonly clock: Clock;
  readonly resolve: Resolve;
  readonly web: WebClient;
  readonly log: Pick<Logger, 'info'>;
  /** Of this program, for the User-Agent. */
  readonly version: string;
  readonly findProxy: FindProxy;
  /** OnlineCheckConnectTimeout, in milliseconds; 0 is none. */
  readonly connectTimeoutMs: number;
  /** Calls back when what this turn has to say is said. */
  readonly later: (callback: () => void) => void;
}

/** What the PAC file of the service on a link answers, as `PROXY proxy:3128`; undefined where nothing evaluates it. Never rejects. */
export type FindProxy = (question: PacQuestion) => Promise<string | undefined>;

export interface PacQuestion {
  readonly url: URL;
  readonly interfaceName: string;
  /** The text of the PAC file, fetched by that link. */
  readonly fetchScript: () => Promise<Result<string, string>>;
}

export interface OnlineChecker {
  /** Calls back once, never before it returns, unless the check is cancelled. */
  check(request: CheckRequest, done: (outcome: CheckOutcome) => void): void;
  /** Fine if there is no such check (any more). */
  cancel(checkId: number): void;
}

/** For the whole of a check: names, connections, redirects. A peer that trickles bytes gets no more than that. */
const checkTimeoutMs = 10_000;
/** So that one that does not answer leaves time to ask directly. */
const scriptTimeoutMs = 3000;
const maxRedirects = 5;
const redirects = new Set([300, 301, 302, 303, 307, 308]);
/** More than a packet of Ethernet holds, less than any server's limit. */
const fullSizeBytes = 1600;
/** Bad Request, Content Too Large, Request Header Fields Too Large. */
const refusesLength = new Set([400, 413, 431]);
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
      // Clients hear first what called for it: signals of this turn leave at its end.
      options.later(() => check.start());
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
  private proxy: ProxyServer | undefined;
  private resolution: Resolution | undefined;
  private finished = false;
  private hops = 0;
  private isFullSize: boolean;
  /** Made for what only portals and their networks are asked: loading it takes a millisecond. */
  private aborter: AbortController | undefined;
  private api: Promise<PortalStatus | undefined> | undefined;
  /** What it is if no more is learned in time. */
  private fallback: CheckOutcome | undefined;

  constructor(options: OnlineCheckerOptions, request: CheckRequest, done: (outcome: CheckOutcome) => void) {
    this.options = options;
    this.request = request;
    this.done = done;
    this.isFullSize = request.isFullSize ?? false;
    const { timeoutMs = checkTimeoutMs } = request;
    this.cancelTimeout = options.clock.setTimer(timeoutMs, () => {
      if (this.fallback) this.finish(this.fallback);
      else this.fail(request.url, `no answer within ${timeoutMs / 1000} s`);
    });
  }

  start(): void {
    if (this.finished) return;
    const url = URL.canParse(this.request.url) ? new URL(this.request.url) : undefined;
    if (url?.protocol === 'http:') {
      void this.visit(url);
      if (this.request.wantsDetails) void this.askNetwork();
      // Later, as every other answer.
    } else queueMicrotask(() => this.fail(this.request.url, 'not an http URL; correct it in main.conf'));
  }

  close(): void {
    this.finished = true;
    this.cancelTimeout();
    this.resolution?.cancel();
    this.fetch?.close();
    this.aborter?.abort();
  }

  private async visit(url: URL): Promise<void> {
    // Rule 135: where the PAC file names none, or nothing evaluates it, the host is asked directly.
    const { proxy } = this.request;
    this.proxy = proxy && (await this.proxyFor(proxy, url));
    if (this.finished) return;
    const server = this.proxy ?? { hostname: url.hostname, port: url.port === '' ? 80 : Number(url.port) };
    this.resolution = hostAddresses(this.options.resolve, server.hostname, this.request);
    const found = await this.resolution.result;
    if (this.finished) return;
    if (!found.ok) return void this.failed(url, found.error);
    const { interfaceName, localAddress } = this.request;
    const { connectTimeoutMs, version } = this.options;
    const message = requestMessage(url, version, this.isFullSize ? fullSizeBytes : 0, this.proxy !== undefined);
    this.fetch = new HeadFetch(
      this.options,
      { addresses: found.value, port: server.port, interfaceName, localAddress, message, connectTimeoutMs },
      (result) => void (result.ok ? this.judge(url, result.value) : this.failed(url, result.error)),
    );
    this.fetch.start();
  }

  private async proxyFor(proxy: ProxyConfig, url: URL): Promise<ProxyServer | undefined> {
    if (proxy.method === 'manual') return manualProxyFor(proxy, url.hostname);
    const { interfaceName } = this.request;
    const fetchScript = () => this.fetchScript(proxy.url);
    return proxyOfPacAnswer((await this.options.findProxy({ url, interfaceName, fetchScript })) ?? '');
  }

  private async fetchScript(address: string): Promise<Result<string, string>> {
    if (this.finished) return err('the check is over');
    const url = webUrl(address);
    if (!url) return err(`${address} is not an http or https URL`);
    let last: Result<WebResponse, string> = err('no answer');
    for await (const answer of this.web().follow(url, { timeoutMs: scriptTimeoutMs })) last = answer;
    if (!last.ok) return err(`${address}: ${last.error}`);
    return last.value.status === 200 ? ok(last.value.body) : err(`${address}: HTTP status ${last.value.status}`);
  }

  private judge(url: URL, head: ResponseHead): void {
    if (redirects.has(head.status)) this.redirect(url, head.location);
    else if (head.status === 200 && head.hasConnmanStatus) void this.online();
    else if (head.status === 200 || head.status === networkAuthenticationRequired) void this.portal(url);
    else if (this.isFullSize && refusesLength.has(head.status)) {
      // It has arrived: the path carries it.
      this.isFullSize = false;
      void this.visit(url);
    } else void this.failed(url, { reason: `HTTP status ${head.status}`, transient: false });
  }

  private redirect(from: URL, location: string | undefined): void {
    const target = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (target?.protocol === 'http:' && this.hops < maxRedirects) {
      this.hops++;
      void this.visit(target);
    } else {
      // Only a web page is for a browser to open, whatever else the network may name.
      void this.portal(target?.protocol === 'http:' || target?.protocol === 'https:' ? target : from);
    }
  }

  /** The network has the last word: it may let this one page through, and it knows how long the way is open. */
  private async online(): Promise<void> {
    if (!this.request.portalApi) return this.finish({ kind: 'online' });
    this.fallback = { kind: 'online' };
    const status = await this.askNetwork();
    if (status?.isCaptive) this.finish({ kind: 'portal', url: this.request.url });
    else this.finish({ kind: 'online', ...(status?.sessionMs && { sessionMs: status.sessionMs }) });
  }

  /** Something else than the internet answers; `url` is the page to open where the network does not name one. */
  private async portal(url: URL): Promise<void> {
    const { wantsDetails, portalApi } = this.request;
    if (!wantsDetails) return this.finish({ kind: 'portal', url: url.href });
    this.fallback = { kind: 'portal', url: url.href };
    if (portalApi) await this.askNetwork();
    const login = this.finished ? undefined : await findLoginForm(this.web(), url);
    this.finish({ kind: 'portal', url: url.href, ...(login && { login }) });
  }

  /** Asks once. That a portal is in the way ends the check: what is asked for behind it may never answer. */
  private async askNetwork(): Promise<PortalStatus | undefined> {
    const { portalApi } = this.request;
    if (!portalApi) return undefined;
    this.api ??= askPortalApi(this.web(), portalApi).then((status) => {
      if (status.ok) return status.value;
      if (!this.finished) this.options.log.info(`${portalApi}: ${status.error}; going by the online check alone`);
      return undefined;
    });
    const status = await this.api;
    if (status?.isCaptive && status.userPortalUrl) this.finish({ kind: 'portal', url: status.userPortalUrl });
    return status;
  }

  private web(): ServiceWeb {
    this.aborter ??= new AbortController();
    return new ServiceWeb(this.options, this.request, this.aborter.signal);
  }

  /** The network may know why. */
  private async failed(url: URL, { reason, transient }: ResolveFailure | FetchFailure): Promise<void> {
    if (this.api) await this.askNetwork();
    const through = this.proxy ? ` through proxy ${this.proxy.hostname}:${this.proxy.port}` : '';
    this.finish({ kind: 'failure', reason: `${url.href}${through}: ${reason}`, transient });
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

/** Of at least so many bytes; a proxy is asked for the whole URL (RFC 9112 section 3.2.2). */
function requestMessage(url: URL, version: string, leastBytes: number, isProxied: boolean): Uint8Array {
  const lines = [
    `GET ${isProxied ? url.origin : ''}${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    `User-Agent: ConnMan/${version} wispr`,
    'Accept: */*',
    'Connection: close',
  ];
  const { length } = lines.join('\r\n');
  if (length < leastBytes) lines.push(`X-Padding: ${'x'.repeat(leastBytes - length)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
