/** Every time-out, retry and limit of the proxy, with its default: names end in their unit. */

export interface DnsProxySettings {
  /** The port clients ask at. */
  readonly port: number;
  /** Memory for answers. 4 MiB hold about 30,000 names; what is not in use is not taken from the system. */
  readonly cacheBytes: number;
  /** An answer is kept no longer, whatever its TTL says. */
  readonly maxTtlSeconds: number;
  /** The same for "no such name" and "no such data" (RFC 2308 section 5). */
  readonly maxNegativeTtlSeconds: number;
  /** How long an expired answer may still serve while no server answers (RFC 8767); 0 turns that off. */
  readonly maxStaleSeconds: number;
  /** The TTL clients see on a stale answer (RFC 8767 section 5.2). */
  readonly staleTtlSeconds: number;
  /** With a stale answer in hand, a client waits no longer than this for a fresh one (RFC 8767 section 5). */
  readonly staleAfterMs: number;
  /** A popular answer is asked for again when less than this part of its lifetime is left; 0 turns that off. */
  readonly refreshShare: number;
  /** A question that failed is answered with the same failure for this long (RFC 9520). */
  readonly failureTtlSeconds: number;

  /** A client is answered at the latest after this time (ConnMan rule 147). */
  readonly totalTimeoutMs: number;
  /** A server whose speed is not known is given this long before another is asked too. */
  readonly firstTimeoutMs: number;
  /** However fast a server is, it is given this long. */
  readonly minTimeoutMs: number;
  /** However slow a server is, it is not given longer. */
  readonly maxTimeoutMs: number;
  /** Rounds through all servers of a name before giving up. */
  readonly rounds: number;
  /** A server that was silent rests for this long, then twice as long, ... */
  readonly firstRestMs: number;
  /** ... up to this. */
  readonly maxRestMs: number;
  /** One in so many questions is also put to another server, to know its speed. */
  readonly exploreOneIn: number;
  /** Time for a connection to a server to come up, TLS included. */
  readonly connectTimeoutMs: number;
  /** Time for an answer over a connection that is up (ConnMan rule 147). */
  readonly streamTimeoutMs: number;
  /** A connection to a server is kept for this long after its last answer: over TLS, which is costly to set up ... */
  readonly tlsIdleMs: number;
  /** ... and in the clear. */
  readonly tcpIdleMs: number;
  /** In opportunistic mode, a server without TLS is asked in the clear for this long before TLS is tried again. */
  readonly tlsRetryMs: number;
  /** File of certificates that strict mode trusts; empty for those that come with Node.js. */
  readonly tlsCaFile: string;

  /** Questions under way at most, from all clients together. */
  readonly maxPending: number;
  /** The same for one client that is not on this machine. */
  readonly maxPendingPerClient: number;
  /** TCP connections of clients at most, from all together. */
  readonly maxConnections: number;
  /** The same for one client that is not on this machine. */
  readonly maxConnectionsPerClient: number;
  /** A client's connection is closed when nothing was asked for this long (ConnMan rule 147: 2 s). */
  readonly clientIdleMs: number;
  /** A client that does not finish a question, or does not read its answers, is given this long. */
  readonly clientSlowMs: number;
  /** Answers waiting to be read by one TCP client before no more is read from it. */
  readonly maxClientBacklogBytes: number;
  /** The hosts file; empty for none. */
  readonly hostsFile: string;
}

export const defaultSettings: DnsProxySettings = {
  port: 53,
  cacheBytes: 4 << 20,
  maxTtlSeconds: 86_400,
  maxNegativeTtlSeconds: 3600,
  maxStaleSeconds: 86_400,
  staleTtlSeconds: 30,
  staleAfterMs: 1800,
  refreshShare: 0.1,
  failureTtlSeconds: 1,

  totalTimeoutMs: 5000,
  firstTimeoutMs: 400,
  minTimeoutMs: 100,
  maxTimeoutMs: 2000,
  rounds: 3,
  firstRestMs: 2000,
  maxRestMs: 60_000,
  exploreOneIn: 64,
  connectTimeoutMs: 3000,
  streamTimeoutMs: 5000,
  tlsIdleMs: 30_000,
  tcpIdleMs: 2000,
  tlsRetryMs: 300_000,
  tlsCaFile: '',

  maxPending: 4096,
  maxPendingPerClient: 256,
  maxConnections: 128,
  maxConnectionsPerClient: 16,
  clientIdleMs: 2000,
  clientSlowMs: 5000,
  maxClientBacklogBytes: 262_144,
  hostsFile: '/etc/hosts',
};
