/**
 * The web server of the onboarding access point: whatever it is asked for leads to one page. Loaded with such an access point.
 * Anyone near may send anything: what comes from pages of others is refused, and a passphrase is kept beside the engine.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger, Secret } from '@connman/base';
import type { SecretRef } from '@connman/contracts';
import type { Clock } from '@connman/ports';
import type { Intent } from '../../events';
import type { PortalView } from '../../model/onboarding/onboarding';
import { mostFormBytes, readForm } from './form';
import { pageOf } from './page';

export interface PortalOptions {
  readonly clock: Clock;
  readonly keep: (secret: Secret) => SecretRef;
  readonly tell: (intent: Intent) => void;
  readonly log: Logger;
  /** 80, where phones look; 0 for any. */
  readonly port: number;
}

const httpPort = 80;
const mostConnections = 64;
const timeoutMs = 10_000;
const tokenBytes = 16;
/** A few frames later. */
const answerMs = 300;
const securityHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

export class Portal {
  private readonly options: PortalOptions;
  /** A form without it was not sent from our page. */
  private readonly token = randomBytes(tokenBytes).toString('hex');
  private view: PortalView | undefined;
  private server: Server | undefined;
  private port: number;

  constructor(options: PortalOptions) {
    this.options = options;
    this.port = options.port;
  }

  /** Undefined: the access point is gone. */
  show(view: PortalView | undefined): void {
    const before = this.view?.address;
    this.view = view;
    if (view?.address === before) return;
    this.server?.close();
    this.server?.closeAllConnections();
    this.server = view && this.serve(view.address);
  }

  private serve(address: string): Server {
    const { log, port } = this.options;
    const server = createServer({ maxHeaderSize: 4096, requestTimeout: timeoutMs, headersTimeout: timeoutMs });
    server.maxConnections = mostConnections;
    server.on('request', (request, response) => this.answer(request, response));
    server.on('clientError', (_, socket) => socket.destroy());
    server.on('error', ({ message }) =>
      log.error(`onboarding page at ${address}: ${message}; if another program has port ${port}, stop it`),
    );
    server.listen({ host: address, port }, () => {
      this.port = (server.address() as AddressInfo).port;
      if (this.view) log.info(`onboarding page at ${this.home(this.view)}`);
    });
    return server;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { view } = this;
    if (!view) return void response.destroy();
    const { method, url = '', headers } = request;
    // What phones ask for to see whether they are on the internet, and other names that lead here.
    if (headers.host !== this.host(view)) return redirect(response, this.home(view));
    if (url === '/join' && method === 'POST') return this.read(request, response, view);
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'text/plain', 'Not allowed.\n');
    if (url === '/') return this.page(response, 200);
    if (url !== '/api') return redirect(response, this.home(view));
    // RFC 8908 section 5.
    const api = { captive: true, 'user-portal-url': this.home(view) };
    send(response, 200, 'application/captive+json', JSON.stringify(api));
  }

  private read(request: IncomingMessage, response: ServerResponse, view: PortalView): void {
    const { 'content-type': type = '', origin } = request.headers;
    if (type.split(';')[0]?.trim() !== 'application/x-www-form-urlencoded') return refuse(request, response, 415);
    if (origin !== undefined && `${origin}/` !== this.home(view)) return refuse(request, response, 403);
    const parts: Buffer[] = [];
    let length = 0;
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= mostFormBytes) parts.push(part);
      else refuse(request, response, 413);
    });
    request.on('end', () => {
      if (length <= mostFormBytes) this.join(Buffer.concat(parts), response);
    });
  }

  private join(body: Buffer, response: ServerResponse): void {
    const { clock, keep, tell } = this.options;
    const { view } = this;
    if (!view) return void response.destroy();
    const form = readForm(body);
    if (!form.ok) return this.page(response, 400, form.error);
    const { ssid, passphrase, token } = form.value;
    if (!isSame(token, this.token)) return this.page(response, 403, 'The page was too old. Choose again.');
    const kinds = view.networks.flatMap((network) => (network.ssid === ssid ? network.security : []));
    if (kinds.length === 0) return this.page(response, 400, 'No such network is in range. Choose again.');
    if (!passphrase && !kinds.includes('none'))
      return this.page(response, 400, 'This network has a passphrase. Enter it.');
    const isSecured = passphrase !== undefined && kinds.some((kind) => kind !== 'none');
    const chosen = { ssid, ...(isSecured && { passphrase: keep(passphrase) }) };
    // The access point may go at once: the phone is to have its answer before.
    clock.setTimer(answerMs, () => tell({ kind: 'onboard', ...chosen }));
    this.view = { ...view, joining: ssid };
    this.page(response, 200);
  }

  private page(response: ServerResponse, status: number, failure = ''): void {
    if (this.view) send(response, status, 'text/html; charset=utf-8', pageOf(this.view, this.token, failure));
  }

  private host({ address }: PortalView): string {
    return this.port === httpPort ? address : `${address}:${this.port}`;
  }

  private home(view: PortalView): string {
    return `http://${this.host(view)}/`;
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  response.shouldKeepAlive = false;
  if (!response.headersSent) send(response, status, 'text/plain', 'Refused.\n');
  request.removeAllListeners('data').resume();
  response.once('close', () => request.destroy());
}

function redirect(response: ServerResponse, location: string): void {
  response.setHeader('Location', location);
  send(response, 302, 'text/plain', '');
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...securityHeaders, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function isSame(given: string, own: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(own)];
  return a.length === b.length && timingSafeEqual(a, b);
}
