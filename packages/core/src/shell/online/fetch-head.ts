/**
 * Asks a host's addresses, one after the other, for a page and reads the head of the first answer. An address that does
 * not take the connection within 250 ms gets company by the next one, or by a second try if it is the only one (RFC 8305
 * section 5): a lost first packet must not cost the kernel's whole second.
 */
import { err, OsError, type Result } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { Clock, Stream, StreamPort } from '@connman/ports';
import { HeadReader, type ResponseHead } from './http-head';

export interface HeadRequest {
  /** At least one. */
  readonly addresses: readonly IpAddress[];
  readonly port: number;
  readonly interfaceName: string;
  readonly localAddress?: IpAddress | undefined;
  /** The request as it goes out. */
  readonly message: Uint8Array;
  /** For one connection to come up; 0 leaves it to the kernel. */
  readonly connectTimeoutMs: number;
}

export interface FetchFailure {
  readonly reason: string;
  /** This machine could not even ask. */
  readonly transient: boolean;
}

const companyAfterMs = 250;
// What the kernel says when it cannot send: no route, no address yet, no link.
const ownTroubles = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'ENODEV']);

export class HeadFetch {
  private readonly ports: { readonly streams: StreamPort; readonly clock: Clock };
  private readonly request: HeadRequest;
  private readonly done: (result: Result<ResponseHead, FetchFailure>) => void;
  private readonly open = new Set<Stream>();
  /** Addresses whose turn has not come. */
  private waiting: IpAddress[];
  private firstError: OsError | undefined;
  private transient = true;
  private cancelTimer = () => {};

  /** Answers once; it may do so before `start` returns. */
  constructor(
    ports: { readonly streams: StreamPort; readonly clock: Clock },
    request: HeadRequest,
    done: (result: Result<ResponseHead, FetchFailure>) => void,
  ) {
    this.ports = ports;
    this.request = request;
    this.done = done;
    this.waiting = [...request.addresses, ...request.addresses.slice(0, 1)];
  }

  start(): void {
    this.tryNext();
  }

  /** Ends it; no answer comes afterwards. */
  close(): void {
    this.cancelTimer();
    for (const stream of this.open) stream.close();
    this.open.clear();
  }

  private tryNext(): void {
    this.cancelTimer();
    const address = this.waiting.shift();
    if (address === undefined) return;
    const { streams, clock } = this.ports;
    const { port, interfaceName, localAddress, connectTimeoutMs } = this.request;
    try {
      const head = new HeadReader();
      const stream: Stream = streams.connect({
        address,
        port,
        interfaceName,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(connectTimeoutMs > 0 ? { timeoutMs: connectTimeoutMs } : {}),
        onOpen: () => this.connected(stream),
        onData: (bytes) => {
          const result = head.push(bytes);
          if (result?.ok) this.finish(result);
          else if (result) this.broken(`${address} sent ${result.error}`);
        },
        onEnd: () => this.broken(`${address} closed the connection before it answered`),
        onError: (error) => this.lost(stream, address, error),
      });
      this.open.add(stream);
      this.cancelTimer = clock.setTimer(companyAfterMs, () => this.tryNext());
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.failed(address, error);
    }
  }

  /** The first connection that is up is the one that is asked. */
  private connected(stream: Stream): void {
    this.open.delete(stream);
    this.close();
    this.open.add(stream);
    this.waiting = [];
    this.transient = false;
    stream.write(this.request.message);
  }

  private lost(stream: Stream, address: IpAddress, error: OsError): void {
    this.open.delete(stream);
    this.failed(address, error);
  }

  private failed(address: IpAddress, error: OsError): void {
    this.firstError ??= error;
    this.transient &&= ownTroubles.has(error.code);
    // It has said no: the second try is for an address that says nothing.
    this.waiting = this.waiting.filter((other) => other !== address);
    if (this.waiting.length > 0) this.tryNext();
    else if (this.open.size === 0) this.finish(err({ reason: this.firstError.message, transient: this.transient }));
  }

  private broken(reason: string): void {
    this.finish(err({ reason, transient: false }));
  }

  private finish(result: Result<ResponseHead, FetchFailure>): void {
    this.close();
    this.done(result);
  }
}
