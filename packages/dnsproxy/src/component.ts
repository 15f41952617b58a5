/** The DNS proxy behind its contract: links and their servers come in, the resolver and the listeners follow. */
import type { Logger } from '@connman/base';
import type {
  DnsDomain,
  DnsExplanation,
  DnsHost,
  DnsLinkConfiguration,
  DnsListenAddress,
  DnsListening,
  DnsProxyComponent,
  DnsProxyEvent,
  DnsServer,
  DnsStatistics,
  DnsTlsMode,
} from '@connman/contracts';
import { type Family, familyOf, type IpAddress, parseIp } from '@connman/inet';
import { Deadlines } from './deadlines';
import { explain } from './explain';
import { formatName, parseName } from './message/name';
import { Resolver, type ResolverPorts } from './resolver';
import type { RoutedLink } from './route/router';
import { type ListenerPorts, Listeners } from './server/listeners';
import { type DnsProxySettings, defaultSettings } from './settings';
import { type ServerAddress, UpstreamServer } from './upstream/server';

export interface DnsProxyPorts extends ResolverPorts, ListenerPorts {}

/** A change of the links or fallback servers. */
interface Steered {
  /** The link whose answers are worth nothing any more; undefined for all. */
  readonly scope: number | undefined;
  readonly ifindex: number;
}

interface Link {
  readonly configuration: DnsLinkConfiguration;
  readonly routed: RoutedLink;
}

/**
 * Throws OsError when there cannot be a proxy at all; an address that cannot be had is told by `listening` instead. On standby
 * no port is opened before the proxy is told of links, fallback servers or addresses for the first time.
 */
export function createDnsProxy(
  ports: DnsProxyPorts,
  settings: Partial<DnsProxySettings>,
  log: Logger,
  { standby = false } = {},
): DnsProxyComponent {
  const proxy = new DnsProxy(ports, { ...defaultSettings, ...settings }, log);
  if (!standby) proxy.open();
  return proxy;
}

class DnsProxy implements DnsProxyComponent {
  private readonly ports: DnsProxyPorts;
  private readonly settings: DnsProxySettings;
  private readonly log: Logger;
  private readonly resolver: Resolver;
  private readonly deadlines: Deadlines;
  private readonly listeners: Listeners;
  private readonly observers: ((event: DnsProxyEvent) => void)[] = [];
  private readonly links = new Map<number, Link>();
  private fallback: readonly UpstreamServer[] = [];
  private readonly servers = new Map<string, UpstreamServer>();
  private lastNumber = 0;
  /** What was steered and has not taken effect; undefined while each change does at once. */
  private gathered: Steered[] | undefined;
  private isOpen = false;

  constructor(ports: DnsProxyPorts, settings: DnsProxySettings, log: Logger) {
    this.ports = ports;
    this.settings = settings;
    this.log = log;
    this.deadlines = new Deadlines(ports.clock);
    this.resolver = new Resolver(
      ports,
      settings,
      (server, trouble) => this.onTrouble(server, trouble),
      () => this.listeners.flush(),
    );
    const { clock, holders } = ports;
    const context = { clock, holders, deadlines: this.deadlines, settings, front: this.resolver };
    this.listeners = new Listeners(ports, context, log, () => {
      this.tell({ kind: 'listening', listening: this.listeners.state });
    });
  }

  /** Answers on the loopback addresses from now on. */
  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.listeners.openLoopback();
  }

  setLink(configuration: DnsLinkConfiguration): void {
    this.open();
    const { ifindex } = configuration;
    const before = this.links.get(ifindex);
    if (before && JSON.stringify(before.configuration) === JSON.stringify(configuration)) return;
    const routed: RoutedLink = {
      ifindex,
      interfaceName: configuration.interfaceName,
      servers: this.serversOf(configuration),
      domains: this.domainsOf(configuration.domains),
      isDefault: configuration.isDefault,
    };
    this.links.set(ifindex, { configuration, routed });
    // With the names' ways changed, what was learned on the old ways is worth nothing.
    const isReroute = before?.routed.isDefault !== routed.isDefault || !sameDomains(before.routed, routed);
    this.changed({ scope: isReroute ? undefined : ifindex, ifindex });
  }

  removeLink(ifindex: number): void {
    if (this.links.delete(ifindex)) this.changed({ scope: undefined, ifindex });
  }

  together(steer: () => void): void {
    const gathered: Steered[] = [];
    this.gathered = gathered;
    try {
      steer();
    } finally {
      this.gathered = undefined;
      if (gathered.length > 0) this.takeEffect(gathered);
    }
  }

  get configurations(): readonly DnsLinkConfiguration[] {
    return [...this.links.values()].map((link) => link.configuration);
  }

  setFallbackServers(servers: readonly DnsServer[], tls: DnsTlsMode): void {
    this.open();
    const fallback = this.serversOf({ ifindex: 0, interfaceName: '', servers, domains: [], isDefault: false, tls });
    const isSame =
      fallback.length === this.fallback.length && fallback.every((server, i) => server === this.fallback[i]);
    if (isSame) return;
    this.fallback = fallback;
    this.changed({ scope: 0, ifindex: 0 });
  }

  listenOn(addresses: readonly DnsListenAddress[]): void {
    this.open();
    this.listeners.listenOn(addresses);
  }

  setHosts(hosts: readonly DnsHost[]): void {
    this.resolver.setHosts(hosts);
  }

  get listening(): DnsListening {
    return this.listeners.state;
  }

  flush(): void {
    this.resolver.cache.flush();
    this.log.info('cache flushed');
  }

  statistics(): DnsStatistics {
    const { cache, counts } = this.resolver;
    const now = this.ports.clock.now();
    return {
      ...counts,
      cacheEntries: cache.entries,
      cacheBytes: cache.usedOctets,
      servers: [...this.serversInUse()].map((server) => server.statistics(now)),
    };
  }

  query(name: string, type: string): Promise<DnsExplanation> {
    return explain(this.resolver, this.ports.clock, name, type);
  }

  async resolve(name: string, family: Family): Promise<readonly IpAddress[]> {
    const type = family === 4 ? 'A' : 'AAAA';
    const { records, source } = await this.query(name, type);
    if (source === 'stale') return [];
    return records.flatMap((record) => {
      const [, , recordType, data = ''] = record.split(' ');
      const address = recordType === type ? parseIp(data) : undefined;
      return address ?? [];
    });
  }

  onEvent(listener: (event: DnsProxyEvent) => void): void {
    this.observers.push(listener);
  }

  close(): void {
    this.listeners.close();
    this.deadlines.close();
    this.resolver.close();
  }

  private changed(steered: Steered): void {
    if (this.gathered) this.gathered.push(steered);
    else this.takeEffect([steered]);
  }

  /** Forgets what was learned from a scope, or all of it, and sends questions the new way. */
  private takeEffect(changes: readonly Steered[]): void {
    const inUse = this.serversInUse();
    for (const [key, server] of this.servers) if (!inUse.has(server)) this.servers.delete(key);
    this.resolver.router.update(
      [...this.links.values()].map((link) => link.routed),
      this.fallback,
    );
    this.resolver.useServers(inUse);
    const scopes = new Set(changes.map(({ scope }) => scope));
    for (const scope of scopes.has(undefined) ? [undefined] : scopes) this.resolver.cache.flush(scope);
    for (const { ifindex } of changes) this.tell({ kind: 'servers-changed', ifindex });
  }

  private serversInUse(): ReadonlySet<UpstreamServer> {
    return new Set([...[...this.links.values()].flatMap((link) => link.routed.servers), ...this.fallback]);
  }

  private serversOf(link: DnsLinkConfiguration): readonly UpstreamServer[] {
    return link.servers.flatMap((server) => {
      const at = addressOf(link, server);
      if (isLoopback(at.address) && (link.tls === 'off' ? at.port : at.tlsPort) === this.settings.port) {
        this.log.warning(`name server ${at.address} is this machine itself; not using it`);
        return [];
      }
      return this.serverAt(at);
    });
  }

  /** The same server as before where nothing about it has changed: what is known of its speed stays. */
  private serverAt(at: ServerAddress): UpstreamServer {
    const key = JSON.stringify(at);
    let server = this.servers.get(key);
    if (!server) {
      server = new UpstreamServer(at, ++this.lastNumber, this.settings);
      this.servers.set(key, server);
    }
    return server;
  }

  private domainsOf(domains: readonly DnsDomain[]): readonly DnsDomain[] {
    return domains.flatMap(({ name, search }) => {
      const parsed = parseName(name);
      if (parsed.ok) return { name: formatName(parsed.value), search };
      this.log.warning(`domain ${parsed.error}; ignoring it`);
      return [];
    });
  }

  private onTrouble(server: UpstreamServer, trouble: string): void {
    if (trouble === '') this.log.info(`name server ${server.label} responds again`);
    else this.log.warning(`name server ${server.label}: ${trouble}; retrying from time to time`);
    const { ifindex, address } = server.at;
    const fault = trouble !== '' && { trouble: { server: address, reason: trouble } };
    this.tell({ kind: 'servers-changed', ifindex, ...fault });
  }

  private tell(event: DnsProxyEvent): void {
    for (const observer of this.observers) observer(event);
  }
}

function addressOf(link: DnsLinkConfiguration, server: DnsServer): ServerAddress {
  const { ifindex, interfaceName, tls, localAddress } = link;
  return {
    address: server.address,
    port: tls === 'off' ? (server.port ?? 53) : 53,
    tlsPort: tls === 'off' ? 853 : (server.port ?? 853),
    tlsName: server.tlsName ?? '',
    tls,
    ifindex,
    interfaceName,
    // A socket has one family: an address of the other leaves the choice to the kernel.
    localAddress: localAddress && familyOf(localAddress) === familyOf(server.address) ? localAddress : undefined,
  };
}

function isLoopback(address: IpAddress): boolean {
  return address.startsWith('127.') || address === '::1';
}

function sameDomains(a: RoutedLink, b: RoutedLink): boolean {
  return JSON.stringify(a.domains) === JSON.stringify(b.domains);
}
