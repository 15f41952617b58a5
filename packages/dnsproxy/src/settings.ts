/** Every time-out, retry and limit of the proxy in one table: its default, its range, and what it does. Names end in their unit. */

interface Setting {
  readonly standard: number;
  readonly least: number;
  readonly most: number;
  readonly description: string;
}

function setting(standard: number, least: number, most: number, description: string): Setting {
  return { standard, least, most, description };
}

const day = 86_400;

export const numericSettings = {
  port: setting(53, 1, 65_535, 'The port clients ask at.'),

  cacheBytes: setting(
    4 << 20,
    4096,
    1 << 30,
    'Memory for answers: 4 MiB hold 30,000 names. What is not in use is not taken.',
  ),
  maxTtlSeconds: setting(day, 0, 7 * day, 'An answer is kept no longer, whatever its TTL says.'),
  maxNegativeTtlSeconds: setting(3600, 0, day, 'The same for "no such name" and "no such data" (RFC 2308 section 5).'),
  maxStaleSeconds: setting(
    day,
    0,
    7 * day,
    'How long an expired answer serves while no server answers (RFC 8767); 0: never.',
  ),
  staleTtlSeconds: setting(30, 1, 3600, 'The TTL clients see on a stale answer (RFC 8767 section 5.2).'),
  staleAfterMs: setting(1800, 1, 60_000, 'With a stale answer in hand, a client waits no longer for a fresh one.'),
  staleRecheckSeconds: setting(
    30,
    1,
    3600,
    'After the servers failed, a stale answer serves this long without asking them.',
  ),
  refreshPercent: setting(
    10,
    0,
    100,
    'A popular answer is renewed when less than this part of its life is left; 0: never.',
  ),
  failureTtlSeconds: setting(
    1,
    0,
    300,
    'A question that failed fails again without being asked for this long (RFC 9520).',
  ),

  totalTimeoutMs: setting(5000, 100, 60_000, 'A client is answered at the latest after this time (ConnMan rule 147).'),
  firstTimeoutMs: setting(400, 10, 10_000, 'Patience with a server of unknown speed before another is asked too.'),
  minTimeoutMs: setting(100, 10, 10_000, 'Patience with the fastest server.'),
  maxTimeoutMs: setting(2000, 10, 10_000, 'Patience with the slowest server.'),
  rounds: setting(3, 1, 10, 'Rounds through all servers of a name before giving up.'),
  firstRestMs: setting(2000, 10, 600_000, 'A server that was silent rests for this long, then twice as long, ...'),
  maxRestMs: setting(60_000, 10, 3_600_000, '... up to this.'),
  exploreOneIn: setting(64, 1, 65_535, 'One in so many questions is also put to a second server, to know its speed.'),

  abilityRetryMs: setting(
    600_000,
    1000,
    day * 1000,
    'A server that cannot do EDNS, or changes the letters of a question, is asked without EDNS or random letters this long.',
  ),

  spinMicroseconds: setting(
    200,
    0,
    1000,
    'A server that answers within this is waited for without going to sleep; 0: never.',
  ),

  connectTimeoutMs: setting(3000, 10, 60_000, 'For a connection to a server to come up, TLS included.'),
  streamTimeoutMs: setting(5000, 10, 60_000, 'For an answer over a connection that is up.'),
  tlsIdleMs: setting(30_000, 0, 600_000, 'A TLS connection to a server is kept for this long after its last answer.'),
  tcpIdleMs: setting(2000, 0, 600_000, 'The same for a connection in the clear.'),
  tlsRetryMs: setting(
    300_000,
    1000,
    day * 1000,
    'Opportunistic mode: a server without TLS is asked in the clear this long.',
  ),

  maxPending: setting(4096, 1, 65_535, 'Questions under way at most, from all clients together.'),
  maxPendingPerClient: setting(256, 1, 65_535, 'The same for one client that is not on this machine.'),
  maxConnections: setting(128, 1, 4096, 'TCP connections of clients at most, from all together.'),
  maxConnectionsPerClient: setting(16, 1, 4096, 'The same for one client that is not on this machine.'),
  clientIdleMs: setting(
    2000,
    10,
    600_000,
    "A client's connection without questions is closed after this (ConnMan rule 147).",
  ),
  clientSlowMs: setting(5000, 10, 600_000, 'For a client to finish a question it began, or to read its answers.'),
  maxClientBacklogBytes: setting(
    262_144,
    4096,
    1 << 26,
    'Unread answers of one TCP client before no more is read from it.',
  ),
} as const;

export type DnsProxySettings = { readonly [K in keyof typeof numericSettings]: number } & {
  /** File of certificates that strict mode trusts; empty for those that come with Node.js. */
  readonly tlsCaFile: string;
};

const standards = Object.entries(numericSettings).map(([name, { standard }]) => [name, standard] as const);

export const defaultSettings = { ...Object.fromEntries(standards), tlsCaFile: '' } as unknown as DnsProxySettings;
