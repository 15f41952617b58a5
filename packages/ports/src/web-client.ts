import type { Result } from '@connman/base';
import type { IpAddress } from '@connman/inet';

export interface WebRequest {
  /** http or https. Of https the certificate has to hold. */
  readonly url: URL;
  /** Of the URL's host, at least one; they are tried in their order. */
  readonly addresses: readonly IpAddress[];
  /** Go by this interface, whatever the routes say. */
  readonly interfaceName: string;
  readonly localAddress?: IpAddress;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent by POST, as application/x-www-form-urlencoded; GET without. */
  readonly form?: URLSearchParams;
  /** For everything, in milliseconds. */
  readonly timeoutMs: number;
  /** What comes after that is not read. */
  readonly maxBodyBytes: number;
}

export interface WebResponse {
  readonly status: number;
  /** Empty where there is none. */
  readonly location: string;
  /** Without its parameters, in small letters; empty where there is none. */
  readonly contentType: string;
  readonly body: string;
}

/** HTTP and HTTPS as a client, for a page now and then. */
export interface WebClient {
  /** Never rejects; redirects are not followed. The error says what went wrong, in words. After `signal` it does not matter. */
  fetch(request: WebRequest, signal: AbortSignal): Promise<Result<WebResponse, string>>;
}
