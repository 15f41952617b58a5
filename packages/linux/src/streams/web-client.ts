/** HTTP and HTTPS by Node's own client, over TCP of ours so that it leaves by the link it is given. Loaded on use. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { err, OsError, ok, type Result } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import { parseIp } from '@connman/inet';
import type { StreamPort, WebClient, WebRequest, WebResponse } from '@connman/ports';
import { type Carrier, carryOver } from './stream-duplex';

export function createWebClient(streams: StreamPort): WebClient {
  return { fetch: (request, signal) => new Fetch(streams, request, signal).result };
}

/** Of the whole time one address has this part, while others are left. */
const shareOfOne = 0.4;

class Fetch {
  readonly result: Promise<Result<WebResponse, string>>;
  private readonly streams: StreamPort;
  private readonly request: WebRequest;
  private readonly waiting: IpAddress[];
  private readonly timer: NodeJS.Timeout;
  private finish: (result: Result<WebResponse, string>) => void = () => {};
  private carrier: Carrier | undefined;
  private sent: ClientRequest | undefined;

  constructor(streams: StreamPort, request: WebRequest, signal: AbortSignal) {
    this.streams = streams;
    this.request = request;
    this.waiting = [...request.addresses];
    const fail = (why: string) => this.finish(err(why));
    this.timer = setTimeout(() => fail(`no answer within ${request.timeoutMs / 1000} s`), request.timeoutMs);
    this.result = new Promise((resolve) => {
      this.finish = (result) => {
        this.finish = () => {};
        clearTimeout(this.timer);
        signal.removeEventListener('abort', abort);
        this.hangUp();
        resolve(result);
      };
    });
    const abort = () => fail('cancelled');
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    else this.tryNext('no address');
  }

  private hangUp(): void {
    const { sent } = this;
    this.sent = undefined;
    sent?.destroy();
    this.carrier?.close();
  }

  private tryNext(reason: string): void {
    const address = this.waiting.shift();
    if (address === undefined) return this.finish(err(reason));
    const { url, interfaceName, localAddress, timeoutMs } = this.request;
    const isSecure = url.protocol === 'https:';
    this.hangUp();
    try {
      this.carrier = carryOver(this.streams, {
        address,
        port: Number(url.port) || (isSecure ? 443 : 80),
        interfaceName,
        ...(localAddress !== undefined && { localAddress }),
        ...(this.waiting.length > 0 && { timeoutMs: timeoutMs * shareOfOne }),
        onOpen: () => {},
        onError: (error) => this.tryNext(error.message),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      return this.tryNext(error.message);
    }
    this.send(isSecure ? this.secured(this.carrier.duplex) : this.carrier.duplex);
  }

  private secured(socket: Duplex): Duplex {
    const { connect } = process.getBuiltinModule('node:tls');
    const host = hostOf(this.request.url);
    // An address is looked for among the certificate's addresses, and is no name to ask for.
    const name = parseIp(host) ? {} : { servername: host };
    return connect({ socket, host, ...name, minVersion: 'TLSv1.2' });
  }

  private send(socket: Duplex): void {
    const { url, form, headers } = this.request;
    const { request } = process.getBuiltinModule('node:http');
    const body = form?.toString();
    const sent = request({
      createConnection: () => socket,
      method: body === undefined ? 'GET' : 'POST',
      path: url.pathname + url.search,
      headers: {
        Host: url.host,
        ...headers,
        Connection: 'close',
        ...(body !== undefined && {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(body),
        }),
      },
    });
    this.sent = sent;
    sent.on('error', (error) => {
      if (this.sent === sent) this.finish(err(error.message));
    });
    sent.on('response', (response) => this.receive(response));
    sent.end(body);
  }

  private receive(response: IncomingMessage): void {
    const { statusCode: status = 0, headers } = response;
    const chunks: Buffer[] = [];
    let left = this.request.maxBodyBytes;
    const done = () =>
      this.finish(
        ok({
          status,
          location: headers.location ?? '',
          contentType: (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '',
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) done();
    });
    // A page cut short may still say what is wanted of it.
    response.on('end', done);
    response.on('aborted', done);
    response.on('error', done);
  }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
