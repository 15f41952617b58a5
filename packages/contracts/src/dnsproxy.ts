/**
 * What connmand asks of the DNS proxy and what it is told, whether the proxy is hosted in connmand or a program of its own on
 * the bus. Plain values throughout.
 */
import type { Family, IpAddress } from '@connman/inet';

export interface DnsServer {
  readonly address: IpAddress;
  /** 53, or 853 over TLS, if not given. */
  readonly port?: number;
  /** The name its certificate must carry (RFC 8310 section 8.1); the address must be in the certificate if not given. */
  readonly tlsName?: string;
}

export interface DnsDomain {
  /** Without the last dot, any case; `''` is the root: every name. Names below it are asked of this link alone. */
  readonly name: string;
  /** Single-label names are also tried below it. False for a domain that only says which names go here. */
  readonly search: boolean;
}

/**
 * DNS over TLS (RFC 7858). `opportunistic`: TLS without looking at the certificate where the server speaks it, else in the
 * clear. `strict`: a server whose certificate does not hold is not asked at all.
 */
export type DnsTlsMode = 'off' | 'opportunistic' | 'strict';

export interface DnsLinkConfiguration {
  /** 0 together with an empty name: servers reached by the routing table, not by a link. */
  readonly ifindex: number;
  readonly interfaceName: string;
  /** In order of preference while nothing is known of their speed. Loopback addresses on port 53 are refused (rule 150). */
  readonly servers: readonly DnsServer[];
  /** Reverse zones too: `1.168.192.in-addr.arpa`. */
  readonly domains: readonly DnsDomain[];
  /** Names that are below no one's domain are asked here. */
  readonly isDefault: boolean;
  readonly tls: DnsTlsMode;
  /** The address queries to servers of its family leave from; the kernel's choice if not given. */
  readonly localAddress?: IpAddress;
}

/** An address clients reach the proxy at. */
export interface DnsListenAddress {
  readonly address: IpAddress;
  /** Hear this link alone; empty for loopback addresses. */
  readonly interfaceName: string;
}

/** A host of a network of ours, by the name it gave itself. */
export interface DnsHost {
  /** A single label, in lower case; `*` is whatever clients of a shared connection ask for. */
  readonly name: string;
  readonly address: IpAddress;
}

/** Who has a port that we wanted. */
export interface PortHolder {
  readonly pid: number;
  /** The process's name; empty when it could not be read. */
  readonly name: string;
}

export interface DnsListening {
  /** Addresses where both UDP and TCP answer on port 53, in the order for resolv.conf; empty when there is none. */
  readonly addresses: readonly IpAddress[];
  /** Addresses wanted but not got, with what stood in the way. */
  readonly refused: readonly { readonly address: IpAddress; readonly reason: string; readonly holder?: PortHolder }[];
}

/** Failed questions to a server, by kind. */
export interface DnsFailures {
  readonly timeout: number;
  /** SERVFAIL. */
  readonly servfail: number;
  readonly refused: number;
  /** FORMERR, NOTIMP and whatever else was no answer. */
  readonly otherRcode: number;
  /** The network said no: host or port unreachable. */
  readonly unreachable: number;
  /** Answers thrown away: wrong id, question, letter case, or malformed. */
  readonly mismatch: number;
  readonly tls: number;
}

export interface DnsServerStatistics {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly tls: DnsTlsMode;
  readonly queries: number;
  readonly answers: number;
  readonly failures: DnsFailures;
  /** Smoothed round trip in milliseconds; -1 while nothing is known. */
  readonly rttMs: number;
  /** Answers by round trip: below 1, 2, 4, ... 2048 ms, and slower. */
  readonly rttHistogram: readonly number[];
  /** Milliseconds until it is asked again after it failed; 0 when it is in use. */
  readonly restsMs: number;
  /** Why it rests, in words; empty when it does not. */
  readonly trouble: string;
}

export interface DnsStatistics {
  /** Questions of clients. */
  readonly queries: number;
  /** Answered from the cache. */
  readonly hits: number;
  /** Sent to a server, or joined to such a question in flight. */
  readonly misses: number;
  readonly merged: number;
  /** Answered by ourselves: hosts file and special names. */
  readonly local: number;
  /** Answered with what had expired, for want of a server. */
  readonly stale: number;
  /** Asked for again before they expired. */
  readonly refreshed: number;
  /** SERVFAIL told to clients. */
  readonly failed: number;
  /** Malformed, not allowed or beyond a limit. */
  readonly rejected: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  readonly servers: readonly DnsServerStatistics[];
}

/** How one name was resolved, for people. */
export interface DnsExplanation {
  readonly rcode: string;
  /** Records in presentation form: `www.example.org 300 A 192.0.2.1`. */
  readonly records: readonly string[];
  readonly source: 'cache' | 'stale' | 'local' | 'server' | 'none';
  /** The server that answered, `192.0.2.53 (eth0)`; empty when none was asked. */
  readonly server: string;
  readonly durationMs: number;
  /** Why that source: the rule that chose it. */
  readonly reason: string;
}

export type DnsProxyEvent =
  | { readonly kind: 'listening'; readonly listening: DnsListening }
  /** Servers of a link were set, or one fell silent, or came back. */
  | {
      readonly kind: 'servers-changed';
      readonly ifindex: number;
      /** Which one fell silent, and why, where that is known: not over the bus. */
      readonly trouble?: { readonly server: IpAddress; readonly reason: string };
    };

export interface DnsProxyComponent {
  /** Sets all that is known of a link; an equal one costs nothing. What was learned from servers it no longer has is forgotten. */
  setLink(link: DnsLinkConfiguration): void;
  /** Fine if there is none. */
  removeLink(ifindex: number): void;
  /** What `steer` sets and removes takes effect together, at its end: a thousand links cost what one does. */
  together(steer: () => void): void;
  /** The links as they were set. */
  readonly configurations: readonly DnsLinkConfiguration[];
  /** Asked only when no link is default (rule 141). */
  setFallbackServers(servers: readonly DnsServer[], tls: DnsTlsMode): void;
  /** Addresses beside the loopback ones, as for tethering; replaces those of the last call. */
  listenOn(addresses: readonly DnsListenAddress[]): void;
  /** Clients of a shared connection, answered for as if the hosts file had them last; replaces those of the last call. */
  setHosts(hosts: readonly DnsHost[]): void;
  /** What was bound; changes are told as events. */
  readonly listening: DnsListening;
  /** Empties the cache. */
  flush(): void;
  statistics(): DnsStatistics;
  /** Resolves as a client would be served, and tells how. `type` is a name (`AAAA`) or `TYPE65`. Never rejects. */
  query(name: string, type: string): Promise<DnsExplanation>;
  /** The addresses of a host, fresh ones or none: for our own checks. Empty when there are none. Never rejects. */
  resolve(name: string, family: Family): Promise<readonly IpAddress[]>;
  onEvent(listener: (event: DnsProxyEvent) => void): void;
  /** Closes everything; nothing is answered any more. */
  close(): void;
}
