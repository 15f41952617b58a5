/** The values of the DNS proxy's contract as the bus carries them, and back. */
import { type Properties, str, strings, uint32, uint64, type Variant, variant } from '@connman/dbus';
import { parseIp } from '@connman/inet';
import type {
  DnsExplanation,
  DnsFailures,
  DnsLinkConfiguration,
  DnsListening,
  DnsServer,
  DnsServerStatistics,
  DnsStatistics,
  DnsTlsMode,
} from './dnsproxy';

/** Address, port, TLS name: 0 and empty for what is not given. */
type WireServer = readonly [string, number, string];
type WireRefusal = readonly [string, string, number, string];
type WireLink = readonly [
  ifindex: number,
  interfaceName: string,
  servers: readonly WireServer[],
  domains: readonly (readonly [string, boolean])[],
  isDefault: boolean,
  tls: string,
  localAddress: string,
];
type Received = ReadonlyMap<string, Variant>;

export function server({ address, port, tlsName }: DnsServer): WireServer {
  return [address, port ?? 0, tlsName ?? ''];
}

/** Undefined if one of them is none. */
export function readServers(servers: readonly WireServer[]): readonly DnsServer[] | undefined {
  const read = servers.flatMap(([text, port, tlsName]) => {
    const address = parseIp(text);
    if (!address || port > 65_535) return [];
    return { address, ...(port === 0 ? {} : { port }), ...(tlsName === '' ? {} : { tlsName }) };
  });
  return read.length === servers.length ? read : undefined;
}

export function link(one: DnsLinkConfiguration): WireLink {
  const domains = one.domains.map(({ name, search }) => [plain(name), search] as const);
  const { ifindex, interfaceName, isDefault, tls, localAddress } = one;
  return [ifindex, interfaceName, one.servers.map(server), domains, isDefault, tls, localAddress ?? ''];
}

/** Undefined if anything in it is malformed. */
export function readLink(received: WireLink): DnsLinkConfiguration | undefined {
  const [ifindex, interfaceName, wireServers, domains, isDefault, tls, local] = received;
  const servers = readServers(wireServers);
  const localAddress = parseIp(local);
  const mode = readTlsMode(tls);
  if (!servers || !mode || (local !== '' && !localAddress)) return undefined;
  return {
    ifindex,
    interfaceName,
    servers,
    domains: domains.map(([name, search]) => ({ name, search })),
    isDefault,
    tls: mode,
    ...(localAddress ? { localAddress } : {}),
  };
}

export function listening({ addresses, refused }: DnsListening): [string[], WireRefusal[]] {
  const refusals = refused.map(
    ({ address, reason, holder }): WireRefusal => [address, plain(reason), holder?.pid ?? 0, plain(holder?.name ?? '')],
  );
  return [[...addresses], refusals];
}

export function readListening([addresses, refused]: readonly [
  readonly string[],
  readonly WireRefusal[],
]): DnsListening {
  return {
    addresses: addresses.flatMap((text) => parseIp(text) ?? []),
    refused: refused.flatMap(([text, reason, pid, name]) => {
      const address = parseIp(text);
      return address ? { address, reason, ...(pid === 0 ? {} : { holder: { pid, name } }) } : [];
    }),
  };
}

const sources = ['cache', 'stale', 'local', 'server', 'none'] as const;

export function explanation(told: DnsExplanation): Properties {
  return {
    Rcode: str(told.rcode),
    Records: strings(told.records.map(plain)),
    Source: str(told.source),
    Server: str(plain(told.server)),
    DurationMs: variant('d', told.durationMs),
    Reason: str(plain(told.reason)),
  };
}

export function readExplanation(properties: Received): DnsExplanation {
  const text = (key: string) => properties.get(key)?.as('s') ?? '';
  return {
    rcode: text('Rcode'),
    records: properties.get('Records')?.as('as') ?? [],
    source: sources.find((source) => source === text('Source')) ?? 'none',
    server: text('Server'),
    durationMs: properties.get('DurationMs')?.as('d') ?? 0,
    reason: text('Reason'),
  };
}

const totalNames = [
  'queries',
  'hits',
  'misses',
  'merged',
  'local',
  'stale',
  'refreshed',
  'failed',
  'rejected',
  'cacheEntries',
  'cacheBytes',
] as const;

type Totals = Record<(typeof totalNames)[number], number>;

export function statistics(told: DnsStatistics): [Properties, Properties[]] {
  const totals = totalNames.map((name) => [capitalised(name), count(told[name])] as const);
  return [new Map(totals), told.servers.map(serverStatistics)];
}

export function readStatistics([received, servers]: readonly [Received, readonly Received[]]): DnsStatistics {
  const totals = Object.fromEntries(totalNames.map((name) => [name, readCount(received.get(capitalised(name)))]));
  return { ...(totals as Totals), servers: servers.flatMap((one) => readServerStatistics(one) ?? []) };
}

const failureKinds = ['timeout', 'servfail', 'refused', 'otherRcode', 'unreachable', 'mismatch', 'tls'] as const;

function serverStatistics(one: DnsServerStatistics): Properties {
  const failures = failureKinds.map((kind) => [kind, BigInt(one.failures[kind])] as const);
  return {
    Ifindex: uint32(one.ifindex),
    Interface: str(one.interfaceName),
    Address: str(one.address),
    Port: uint32(one.port),
    TLS: str(one.tls),
    Queries: count(one.queries),
    Answers: count(one.answers),
    Failures: variant('a{st}', new Map(failures)),
    RttMs: variant('d', one.rttMs),
    RttHistogram: variant('at', one.rttHistogram.map(BigInt)),
    RestsMs: variant('d', one.restsMs),
    Trouble: str(plain(one.trouble)),
  };
}

function readServerStatistics(received: Received): DnsServerStatistics | undefined {
  const text = (key: string) => received.get(key)?.as('s') ?? '';
  const address = parseIp(text('Address'));
  const tls = readTlsMode(text('TLS'));
  if (!address || !tls) return undefined;
  const counted = received.get('Failures')?.as('a{st}');
  const failures = Object.fromEntries(failureKinds.map((kind) => [kind, Number(counted?.get(kind) ?? 0)]));
  return {
    ifindex: received.get('Ifindex')?.as('u') ?? 0,
    interfaceName: text('Interface'),
    address,
    port: received.get('Port')?.as('u') ?? 0,
    tls,
    queries: readCount(received.get('Queries')),
    answers: readCount(received.get('Answers')),
    failures: failures as Record<keyof DnsFailures, number>,
    rttMs: received.get('RttMs')?.as('d') ?? -1,
    rttHistogram: (received.get('RttHistogram')?.as('at') ?? []).map(Number),
    restsMs: received.get('RestsMs')?.as('d') ?? 0,
    trouble: text('Trouble'),
  };
}

/** Undefined if it is none. */
export function readTlsMode(text: string): DnsTlsMode | undefined {
  return text === 'off' || text === 'opportunistic' || text === 'strict' ? text : undefined;
}

function count(value: number): Variant {
  return uint64(BigInt(value));
}

function readCount(value: Variant | undefined): number {
  return Number(value?.as('t') ?? 0n);
}

/** A peer's text cannot hold a zero byte on the bus. */
function plain(text: string): string {
  return text.replaceAll('\0', '');
}

function capitalised(name: string): string {
  return `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
}
