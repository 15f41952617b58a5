/**
 * The DNS proxy on the bus, and both ends of it: connmand offers the one it hosts, connman-dnsproxyd its own. Whoever calls
 * does not see which.
 */
import { type Logger, silentLogger } from '@connman/base';
import { type Bus, defineInterface, type Properties, str, strings, uint32, type Variant, variant } from '@connman/dbus';
import { type Family, type IpAddress, parseIp } from '@connman/inet';
import type {
  DnsExplanation,
  DnsFailures,
  DnsLinkConfiguration,
  DnsListenAddress,
  DnsListening,
  DnsProxyComponent,
  DnsProxyEvent,
  DnsServer,
  DnsServerStatistics,
  DnsStatistics,
  DnsTlsMode,
} from './dnsproxy';
import { connmanError } from './errors';

/** The name of connman-dnsproxyd; a hosted proxy answers at net.connman. */
export const dnsProxyBusName = 'net.connman.dns';
export const dnsProxyPath = '/net/connman/dns';

export const dnsProxyInterface = defineInterface({
  name: 'net.connman.dns.Proxy',
  methods: {
    /** A port of 0 and empty texts stand for what is not given. Servers: address, port, TLS name. Domains: name, search. */
    SetLink: {
      in: 'u ifindex, s interface, a(sus) servers, a(sb) domains, b default, s tls, s local_address',
      out: '',
    },
    RemoveLink: { in: 'u ifindex', out: '' },
    SetFallbackServers: { in: 'a(sus) servers', out: '' },
    /** Addresses beside loopback, each with the link it is heard on. */
    ListenOn: { in: 'a(ss) addresses', out: '' },
    Flush: { in: '', out: '' },
    /** Refused: address, reason, pid and name of who has the port (0 and empty if not known). */
    GetListening: { in: '', out: 'as addresses, a(ssus) refused' },
    GetStatistics: { in: '', out: 'a{sv} totals, aa{sv} servers' },
    /** Resolves as a client would be served; the answer tells how. */
    Query: { in: 's name, s type', out: 'a{sv} explanation' },
    /** Family 4 or 6. */
    Resolve: { in: 's name, u family', out: 'as addresses' },
  },
  signals: { Listening: 'as addresses, a(ssus) refused', ServersChanged: 'u ifindex' },
});

type WireServer = readonly [string, number, string];
type WireRefusal = readonly [string, string, number, string];

/** Puts a component on the bus, at `dnsProxyPath`. */
export function exportDnsProxy(bus: Bus, component: DnsProxyComponent): void {
  const exported = bus.export(dnsProxyPath, dnsProxyInterface, {
    SetLink([ifindex, interfaceName, servers, domains, isDefault, tls, local]) {
      const localAddress = parseIp(local);
      if (!isTlsMode(tls) || (local !== '' && !localAddress)) throw connmanError('InvalidArguments');
      component.setLink({
        ifindex,
        interfaceName,
        servers: servers.map(serverOf),
        domains: domains.map(([name, search]) => ({ name, search })),
        isDefault,
        tls,
        ...(localAddress ? { localAddress } : {}),
      });
    },
    RemoveLink([ifindex]) {
      component.removeLink(ifindex);
    },
    SetFallbackServers([servers]) {
      component.setFallbackServers(servers.map(serverOf));
    },
    ListenOn([addresses]) {
      component.listenOn(addresses.map(([text, interfaceName]) => ({ address: mustBeAddress(text), interfaceName })));
    },
    Flush() {
      component.flush();
    },
    GetListening: () => wireListening(component.listening),
    GetStatistics() {
      const { servers, ...totals } = component.statistics();
      const counts = Object.entries(totals).map(([name, value]) => [capitalised(name), uint32(value)] as const);
      return [new Map(counts), servers.map(wireServerStatistics)];
    },
    async Query([name, type]) {
      return wireExplanation(await component.query(name, type));
    },
    async Resolve([name, family]) {
      if (family !== 4 && family !== 6) throw connmanError('InvalidArguments');
      return [...(await component.resolve(name, family))];
    },
  });
  component.onEvent((event) => {
    if (event.kind === 'listening') exported.emit('Listening', wireListening(event.listening));
    else exported.emit('ServersChanged', [event.ifindex]);
  });
}

/** A proxy elsewhere on the bus, for those who look at it: `connmanctl dns`. */
export class DnsProxyClient {
  private readonly remote;

  /** `name` is net.connman or `dnsProxyBusName`. */
  constructor(bus: Bus, name: string) {
    this.remote = bus.object(dnsProxyInterface, { name, path: dnsProxyPath });
  }

  /** Rejects with BusError. */
  async statistics(): Promise<DnsStatistics> {
    const [totals, servers] = await this.remote.call('GetStatistics', []);
    const count = (name: string) => totals.get(capitalised(name))?.as('u') ?? 0;
    return {
      queries: count('queries'),
      hits: count('hits'),
      misses: count('misses'),
      merged: count('merged'),
      local: count('local'),
      stale: count('stale'),
      refreshed: count('refreshed'),
      failed: count('failed'),
      rejected: count('rejected'),
      cacheEntries: count('cacheEntries'),
      cacheBytes: count('cacheBytes'),
      servers: servers.flatMap((server) => readServerStatistics(server) ?? []),
    };
  }

  /** Rejects with BusError. */
  async query(name: string, type: string): Promise<DnsExplanation> {
    return readExplanation(await this.remote.call('Query', [name, type]));
  }

  /** Rejects with BusError. */
  async flush(): Promise<void> {
    await this.remote.call('Flush', []);
  }
}

/**
 * The proxy of another program, for connmand: what it was told is told again when the program comes back. `flush` and the
 * questions of its contract go there; its statistics are for DnsProxyClient.
 */
export function connectDnsProxy(bus: Bus, log: Logger = silentLogger): Omit<DnsProxyComponent, 'statistics' | 'close'> {
  const remote = bus.object(dnsProxyInterface, { name: dnsProxyBusName, path: dnsProxyPath });
  const links = new Map<number, DnsLinkConfiguration>();
  const listeners: ((event: DnsProxyEvent) => void)[] = [];
  let fallback: readonly DnsServer[] = [];
  let extra: readonly DnsListenAddress[] = [];
  let listening: DnsListening = { addresses: [], refused: [] };
  let present = false;

  const publish = (event: DnsProxyEvent) => {
    for (const listener of listeners) listener(event);
  };
  const listens = (addresses: readonly string[], refused: readonly WireRefusal[]) => {
    listening = readListening(addresses, refused);
    publish({ kind: 'listening', listening });
  };
  const sendLink = (link: DnsLinkConfiguration) => {
    remote.send('SetLink', [
      link.ifindex,
      link.interfaceName,
      link.servers.map(wireServer),
      link.domains.map(({ name, search }) => [name, search] as const),
      link.isDefault,
      link.tls,
      link.localAddress ?? '',
    ]);
  };
  const sendFallback = () => remote.send('SetFallbackServers', [fallback.map(wireServer)]);
  const sendExtra = () =>
    remote.send('ListenOn', [extra.map(({ address, interfaceName }) => [address, interfaceName] as const)]);

  remote.on('Listening', ([addresses, refused]) => listens(addresses, refused));
  remote.on('ServersChanged', ([ifindex]) => publish({ kind: 'servers-changed', ifindex }));
  bus.watchOwner(dnsProxyBusName, (owner) => {
    present = owner !== undefined;
    if (!present) {
      if (listening.addresses.length > 0)
        log.warning(`dns: ${dnsProxyBusName} has left the bus; it is told all when it is back`);
      listens([], []);
      return;
    }
    for (const link of links.values()) sendLink(link);
    sendFallback();
    sendExtra();
    remote.call('GetListening', []).then(
      ([addresses, refused]) => listens(addresses, refused),
      (error: unknown) => log.warning(`dns: ${error instanceof Error ? error.message : error}`),
    );
  });

  return {
    setLink(link) {
      links.set(link.ifindex, link);
      if (present) sendLink(link);
    },
    removeLink(ifindex) {
      links.delete(ifindex);
      if (present) remote.send('RemoveLink', [ifindex]);
    },
    setFallbackServers(servers) {
      fallback = servers;
      if (present) sendFallback();
    },
    listenOn(addresses) {
      extra = addresses;
      if (present) sendExtra();
    },
    get listening() {
      return listening;
    },
    flush() {
      if (present) remote.send('Flush', []);
    },
    query: (name, type) =>
      remote.call('Query', [name, type]).then(readExplanation, (error: unknown) => ({
        ...noExplanation,
        reason: error instanceof Error ? error.message : String(error),
      })),
    resolve: (name: string, family: Family) =>
      remote.call('Resolve', [name, family]).then(
        (addresses) => addresses.flatMap((text) => parseIp(text) ?? []),
        () => [],
      ),
    onEvent(listener) {
      listeners.push(listener);
    },
  };
}

function isTlsMode(text: string): text is DnsTlsMode {
  return text === 'off' || text === 'opportunistic' || text === 'strict';
}

function mustBeAddress(text: string): IpAddress {
  const address = parseIp(text);
  if (!address) throw connmanError('InvalidArguments');
  return address;
}

function serverOf([text, port, tlsName]: WireServer): DnsServer {
  const address = mustBeAddress(text);
  if (port > 65_535) throw connmanError('InvalidArguments');
  return { address, ...(port === 0 ? {} : { port }), ...(tlsName === '' ? {} : { tlsName }) };
}

function wireServer({ address, port, tlsName }: DnsServer): WireServer {
  return [address, port ?? 0, tlsName ?? ''];
}

function wireListening({ addresses, refused }: DnsListening): [string[], WireRefusal[]] {
  const wire = refused.map(
    ({ address, reason, holder }): WireRefusal => [address, plain(reason), holder?.pid ?? 0, plain(holder?.name ?? '')],
  );
  return [[...addresses], wire];
}

function readListening(addresses: readonly string[], refused: readonly WireRefusal[]): DnsListening {
  return {
    addresses: addresses.flatMap((text) => parseIp(text) ?? []),
    refused: refused.flatMap(([text, reason, pid, name]) => {
      const address = parseIp(text);
      return address ? { address, reason, ...(pid === 0 ? {} : { holder: { pid, name } }) } : [];
    }),
  };
}

/** A peer's text cannot hold a zero byte on the bus. */
function plain(text: string): string {
  return text.replaceAll('\0', '');
}

const noExplanation: DnsExplanation = { rcode: '', records: [], source: 'none', server: '', durationMs: 0, reason: '' };
const sources = ['cache', 'stale', 'local', 'server', 'none'] as const;

function wireExplanation(explanation: DnsExplanation): Properties {
  return {
    Rcode: str(explanation.rcode),
    Records: strings(explanation.records.map(plain)),
    Source: str(explanation.source),
    Server: str(explanation.server),
    DurationMs: uint32(Math.round(explanation.durationMs)),
    Reason: str(plain(explanation.reason)),
  };
}

function readExplanation(properties: ReadonlyMap<string, Variant>): DnsExplanation {
  const text = (key: string) => properties.get(key)?.as('s') ?? '';
  return {
    rcode: text('Rcode'),
    records: properties.get('Records')?.as('as') ?? [],
    source: sources.find((source) => source === text('Source')) ?? 'none',
    server: text('Server'),
    durationMs: properties.get('DurationMs')?.as('u') ?? 0,
    reason: text('Reason'),
  };
}

const failureKinds = ['timeout', 'servfail', 'refused', 'otherRcode', 'unreachable', 'mismatch', 'tls'] as const;

function wireServerStatistics(server: DnsServerStatistics): Properties {
  return {
    Ifindex: uint32(server.ifindex),
    Interface: str(server.interfaceName),
    Address: str(server.address),
    Port: uint32(server.port),
    TLS: str(server.tls),
    Queries: uint32(server.queries),
    Answers: uint32(server.answers),
    Failures: variant('a{su}', new Map(failureKinds.map((kind) => [kind, server.failures[kind]]))),
    RttMs: variant('d', server.rttMs),
    RttHistogram: variant('au', [...server.rttHistogram]),
    RestsMs: uint32(Math.round(server.restsMs)),
    Trouble: str(plain(server.trouble)),
  };
}

function readServerStatistics(properties: ReadonlyMap<string, Variant>): DnsServerStatistics | undefined {
  const text = (key: string) => properties.get(key)?.as('s') ?? '';
  const number = (key: string) => properties.get(key)?.as('u') ?? 0;
  const address = parseIp(text('Address'));
  const tls = text('TLS');
  if (!address || !isTlsMode(tls)) return undefined;
  const counted = properties.get('Failures')?.as('a{su}');
  const failures = Object.fromEntries(failureKinds.map((kind) => [kind, counted?.get(kind) ?? 0]));
  return {
    ifindex: number('Ifindex'),
    interfaceName: text('Interface'),
    address,
    port: number('Port'),
    tls,
    queries: number('Queries'),
    answers: number('Answers'),
    failures: failures as unknown as DnsFailures,
    rttMs: properties.get('RttMs')?.as('d') ?? -1,
    rttHistogram: properties.get('RttHistogram')?.as('au') ?? [],
    restsMs: number('RestsMs'),
    trouble: text('Trouble'),
  };
}

function capitalised(name: string): string {
  return `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
}
