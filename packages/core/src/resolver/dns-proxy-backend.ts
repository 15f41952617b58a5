/**
 * Name resolution through the DNS proxy: the proxy is told of every link's servers and domains, and resolv.conf names the
 * addresses at which it answers (ConnMan rules 137, 138, 145). If it answers nowhere, resolv.conf names the servers
 * themselves, so that the machine is never left without name resolution.
 */

import type { Logger } from '@connman/base';
import type { DnsLinkConfiguration, DnsProxySteering } from '@connman/contracts';
import type { ResolverBackend } from './backend';
import { composeResolvConf, type DnsLink, type DnsPlan, formatResolvConf } from './dns-plan';
import { ResolvConfFile, type ResolvConfOptions } from './resolv-conf-file';

export interface DnsProxyBackendOptions extends ResolvConfOptions {
  readonly proxy: DnsProxySteering;
  readonly log: Logger;
}

export function dnsProxyBackend({ proxy, log, ...resolvConf }: DnsProxyBackendOptions): ResolverBackend {
  const file = new ResolvConfFile({ ...resolvConf, log });
  const links = new Set<number>();
  let plan: DnsPlan | undefined;

  const writeFile = () => {
    if (!plan) return;
    const { addresses } = proxy.listening;
    file.write(addresses.length > 0 ? formatResolvConf([], addresses) : composeResolvConf(plan));
  };
  proxy.onEvent((event) => {
    if (event.kind === 'listening') writeFile();
  });

  return {
    name: 'dns proxy',
    apply: (next) => {
      plan = next;
      // First those that come: a name is never asked of nobody in between.
      for (const link of next.links) proxy.setLink(configurationOf(link));
      const wanted = new Set(next.links.map((link) => link.ifindex));
      for (const ifindex of links) if (!wanted.has(ifindex)) proxy.removeLink(ifindex);
      links.clear();
      for (const ifindex of wanted) links.add(ifindex);
      proxy.setFallbackServers(next.fallbackNameservers.map((address) => ({ address })));
      writeFile();
    },
    close: () => {
      file.close();
      proxy.close();
    },
  };
}

function configurationOf(link: DnsLink): DnsLinkConfiguration {
  return {
    ifindex: link.ifindex,
    interfaceName: link.interfaceName,
    servers: link.nameservers.map((address) => ({ address })),
    domains: [
      ...link.domains.map((name) => ({ name, search: true })),
      ...link.reverseZones.map((name) => ({ name, search: false })),
    ],
    isDefault: link.isDefault,
    tls: 'off',
  };
}
