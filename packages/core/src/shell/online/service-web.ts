/** Pages of the web as a service reaches them: by its own link, names asked of its own name servers. */
import { err, type Result } from '@connman/base';
import type { Family } from '@connman/inet';
import type { WebClient, WebResponse } from '@connman/ports';
import type { CheckPath } from '../../model/online/online-machine';
import { hostAddresses } from './host-addresses';
import type { Resolve } from './resolve';

export interface WebPorts {
  readonly web: WebClient;
  readonly resolve: Resolve;
  /** Of this program, for the User-Agent. */
  readonly version: string;
}

export interface PageWish {
  readonly accept?: string;
  /** To be posted; the page is asked for without. */
  readonly form?: URLSearchParams;
  readonly timeoutMs: number;
}

const maxBodyBytes = 64 * 1024;
const maxRedirects = 5;
const redirects = new Set([300, 301, 302, 303, 307, 308]);

export class ServiceWeb {
  private readonly ports: WebPorts;
  private readonly path: CheckPath & { readonly family: Family };
  private readonly signal: AbortSignal;

  /** `signal` ends whatever is under way. */
  constructor(ports: WebPorts, path: CheckPath & { readonly family: Family }, signal: AbortSignal) {
    this.ports = ports;
    this.path = path;
    this.signal = signal;
  }

  /** One page. A redirect is an answer like any other. The error says what went wrong. */
  async fetch(url: URL, { accept = '*/*', form, timeoutMs }: PageWish): Promise<Result<WebResponse, string>> {
    const { web, resolve, version } = this.ports;
    const resolution = hostAddresses(resolve, url.hostname, this.path);
    this.signal.addEventListener('abort', resolution.cancel);
    const found = await resolution.result;
    this.signal.removeEventListener('abort', resolution.cancel);
    if (!found.ok) return err(found.error.reason);
    const { interfaceName, localAddress } = this.path;
    return web.fetch(
      {
        url,
        addresses: found.value,
        interfaceName,
        ...(localAddress !== undefined && { localAddress }),
        headers: { 'User-Agent': `ConnMan/${version} wispr`, Accept: accept },
        ...(form && { form }),
        timeoutMs,
        maxBodyBytes,
      },
      this.signal,
    );
  }

  /** The pages that a chain of redirects leads to, that of each redirect among them. Ends with the first that cannot be had. */
  async *follow(start: URL, wish: PageWish): AsyncGenerator<Result<WebResponse, string>> {
    let url: URL | undefined = start;
    for (let hops = 0; url && hops <= maxRedirects; hops++) {
      const from: URL = url;
      // What was filled in is for its own server alone.
      const answer = await this.fetch(from, hops === 0 ? wish : { timeoutMs: wish.timeoutMs });
      yield answer;
      const isRedirect = answer.ok && redirects.has(answer.value.status);
      url = isRedirect ? webUrl(answer.value.location, from) : undefined;
    }
  }
}

/** An http or https URL; undefined for anything else. */
export function webUrl(text: string, base?: URL): URL | undefined {
  if (text === '' || !URL.canParse(text, base?.href)) return undefined;
  const url = new URL(text, base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
