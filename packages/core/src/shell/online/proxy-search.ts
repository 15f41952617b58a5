/** Looks for the host of a network's proxy configuration by name, by the service's own link and servers (WPAD). */
import type { ProxySearchRequest } from '../../model/online/proxy-search';
import type { Resolve } from './resolve';

/** Calls back once with the URL; empty where no host of these names has an address. */
export type ProxyFinder = (request: ProxySearchRequest, done: (url: string) => void) => void;

export function proxyFinder(resolve: Resolve): ProxyFinder {
  return (request, done) => {
    void search(resolve, request).then(done);
  };
}

async function search(resolve: Resolve, request: ProxySearchRequest): Promise<string> {
  const { hosts, nameservers, interfaceName, tls } = request;
  for (const host of hosts) {
    for (const family of [4, 6] as const) {
      const { ok } = await resolve(host, family, nameservers, interfaceName, tls).result;
      if (ok) return `http://${host}/wpad.dat`;
    }
  }
  return '';
}
