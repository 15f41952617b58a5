/**
 * Name resolution through the DNS proxy: the proxy is told of every link's servers and domains, and resolv.conf names the
 * addresses at which it answers (ConnMan rules 137, 138, 145). If it answers nowhere, resolv.conf names the servers
 * themselves, so that the machine is never left without name resolution.
 */

import type { Logger } from '@connman/base';
import type { DnsProxySteering, DnsServer } from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import {
  composeResolvConf,
  type DnsLink,
  type DnsPlan,
  formatResolvConf,
  standInResolvConf,
} from '../../model/resolver/dns-plan';
import type { ResolverBackend } from './backend';
import { ClearTextWarning } from './clear-text-warning';
import { ResolvConfFile, type ResolvConfOptions } from './resolv-conf-file';

export interface DnsProxyBackendOptions extends ResolvConfOptions {
  /** Makes the proxy, once. */
  readonly createProxy: () => DnsProxySteering;
  /** What the certificate of the server at an address must carry. */
  readonly tlsNames: ReadonlyMap<IpAddress, string>;
  readonly log: Logger;
  /** A name server of a link fell silent. */
  readonly onTrouble?: (trouble: ServerTrouble) => void;
}

export interface ServerTrouble {
  readonly ifindex: number;
  readonly server: IpAddress;
  readonly reason: string;
}

export function dnsProxyBackend({
  createProxy,
  tlsNames,
  log,
  onTrouble = () => {},
  ...resolvConf
}: DnsProxyBackendOptions): ResolverBackend {
  const file = new ResolvConfFile({ ...resolvConf, log });
  const warning = new ClearTextWarning(log);
  /** As they were set, by ifindex. */
  const links = new Map<number, DnsLink>();
  let plan: DnsPlan | undefined;
  let proxy: DnsProxySteering | undefined;

  const opened = () => {
    if (!proxy) {
      proxy = createProxy();
      proxy.onEvent((event) => {
        if (event.kind === 'listening') writeFile();
        else if (event.trouble) onTrouble({ ifindex: event.ifindex, ...event.trouble });
      });
    }
    return proxy;
  };
  const writeFile = () => {
    if (!plan) return;
    // resolv.conf is for this machine: the bridge of a shared connection comes and goes.
    const shared = new Set(plan.listen.map(({ address }) => address));
    const addresses = opened().listening.addresses.filter((address) => !shared.has(address));
    if (addresses.length > 0) {
      file.write(formatResolvConf([], addresses));
      warning.over();
    } else {
      file.write(composeResolvConf(plan));
      warning.say(plan, 'the DNS proxy answers nowhere: connmanctl dns tells why');
    }
  };
  const serverAt = (address: IpAddress): DnsServer => {
    const tlsName = tlsNames.get(address);
    return tlsName === undefined ? { address } : { address, tlsName };
  };
  /** What comes is set before what goes is removed: at no time is there no server to ask. */
  const steer = (proxy: DnsProxySteering, next: DnsPlan) => {
    for (const link of next.links) {
      if (links.get(link.ifindex) === link) continue;
      links.set(link.ifindex, link);
      const { ifindex, interfaceName, nameservers, domains, reverseZones, isDefault, tls } = link;
      proxy.setLink({
        ifindex,
        interfaceName,
        servers: nameservers.map(serverAt),
        domains: [
          ...domains.map((name) => ({ name, search: true })),
          ...reverseZones.map((name) => ({ name, search: false })),
        ],
        isDefault,
        tls,
      });
    }
    const wanted = new Set(next.links.map((link) => link.ifindex));
    for (const ifindex of links.keys()) {
      if (wanted.has(ifindex)) continue;
      links.delete(ifindex);
      proxy.removeLink(ifindex);
    }
    proxy.setFallbackServers([...next.bootNameservers, ...next.fallbackNameservers].map(serverAt), next.fallbackTls);
  };

  return {
    open: () => void opened(),
    apply: (next) => {
      const isSameListen = JSON.stringify(next.listen) === JSON.stringify(plan?.listen ?? []);
      const areSameHosts = JSON.stringify(next.hosts) === JSON.stringify(plan?.hosts ?? []);
      plan = next;
      const to = opened();
      to.together(() => steer(to, next));
      if (!isSameListen) to.listenOn(next.listen);
      if (!areSameHosts) to.setHosts(next.hosts);
      writeFile();
    },
    flush: () => proxy?.flush(),
    close: () => {
      // The proxy's address goes before the proxy does.
      file.close(standInResolvConf(plan));
      proxy?.close();
    },
  };
}
