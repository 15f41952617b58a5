/** Which HTTP proxy an online check goes through (ConnMan rule 135): the user's, or what a PAC file answers. */
import type { ProxyConfig } from '../ipconfig/ip-settings';

export interface ProxyServer {
  /** A name or an address, IPv6 in brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** The first HTTP proxy of the user's that is not on this machine; undefined: the host is reached directly. */
export function manualProxyFor({ servers, excludes }: ProxyConfig, host: string): ProxyServer | undefined {
  return excludes.some((pattern) => isExcluded(pattern, host)) ? undefined : firstOf(servers.map(proxyServer));
}

/** The first HTTP proxy in what FindProxyForURL answers, as `PROXY proxy:3128; DIRECT`; undefined: directly. */
export function proxyOfPacAnswer(answer: string): ProxyServer | undefined {
  const entries = answer.split(';').map((entry) => entry.trim().split(/\s+/));
  const direct = entries.findIndex(([kind = '']) => kind.toUpperCase() === 'DIRECT');
  const before = direct < 0 ? entries : entries.slice(0, direct);
  return firstOf(
    before.map(([kind = '', server = '']) => (/^(PROXY|HTTP)$/i.test(kind) ? proxyServer(server) : undefined)),
  );
}

/** A server as users write it: `proxy:3128`, `http://proxy:3128`; undefined for other kinds, as SOCKS. */
function proxyServer(text: string): ProxyServer | undefined {
  const href = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(href) ? new URL(href) : undefined;
  // One on this machine is reached by no uplink, so it says nothing about one.
  if (url?.protocol !== 'http:' || /^(localhost|127\..*|\[::1\])$/.test(url.hostname)) return undefined;
  return { hostname: url.hostname, port: url.port === '' ? 80 : Number(url.port) };
}

/** `example.org`, `.example.org` and `*.example.org` stand for the domain and all below it, `*` for every host. */
function isExcluded(pattern: string, host: string): boolean {
  const domain = pattern.toLowerCase().replace(/^\*?\./, '');
  return domain === '*' || (domain !== '' && (host === domain || host.endsWith(`.${domain}`)));
}

function firstOf(servers: readonly (ProxyServer | undefined)[]): ProxyServer | undefined {
  return servers.find((server) => server !== undefined);
}
