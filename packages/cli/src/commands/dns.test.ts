import type { DnsLinkConfiguration, DnsListening, DnsServerStatistics, DnsStatistics } from '@connman/contracts';
import { formatExplanation, formatOverview } from './dns';

type IpAddress = DnsServerStatistics['address'];

const statistics: DnsStatistics = {
  queries: 8,
  hits: 6,
  misses: 2,
  merged: 0,
  local: 0,
  stale: 0,
  refreshed: 0,
  failed: 1,
  rejected: 0,
  cacheEntries: 3,
  cacheBytes: 1025,
  servers: [
    {
      ifindex: 2,
      interfaceName: 'eth0',
      address: '192.0.2.53' as IpAddress,
      port: 853,
      tls: 'strict',
      queries: 3,
      answers: 2,
      failures: { timeout: 1, servfail: 0, refused: 0, otherRcode: 0, unreachable: 0, mismatch: 0, tls: 0 },
      rttMs: 12.34,
      rttHistogram: [],
      restsMs: 1500,
      trouble: 'no answer',
    },
  ],
};

const listening: DnsListening = {
  addresses: ['::1', '127.0.0.54'] as IpAddress[],
  refused: [{ address: '127.0.0.1' as IpAddress, reason: 'udp port 53 is taken by dnsmasq (pid 4711)' }],
};

const link: DnsLinkConfiguration = {
  ifindex: 2,
  interfaceName: 'eth0',
  servers: [{ address: '192.0.2.53' as IpAddress }],
  domains: [
    { name: 'lab.example', search: true },
    { name: 'corp.example', search: false },
  ],
  isDefault: true,
  tls: 'strict',
};

test('each link is shown with what is asked there, its servers, their speed and what went wrong', () => {
  const without = { ...link, ifindex: 3, interfaceName: 'eth1', servers: [], domains: [], isDefault: false };
  const [server] = statistics.servers;
  if (!server) throw new Error('no server');
  const fallback = { ...server, ifindex: 0, interfaceName: '', rttMs: -1, restsMs: 0, tls: 'off', port: 53 } as const;
  const servers = [server, { ...fallback, failures: { ...server.failures, timeout: 0 } }];
  expect(formatOverview(listening, [link, without], { ...statistics, servers }).split('\n')).toEqual([
    'Answers on ::1, 127.0.0.54',
    '  not on 127.0.0.1: udp port 53 is taken by dnsmasq (pid 4711)',
    'eth0: default, lab.example, ~corp.example',
    '  192.0.2.53 port 853, TLS strict: 2 of 3 answered, 12.3 ms',
    '    failures: 1 timeout',
    '    rests for 2 s: no answer',
    'eth1: nothing; no servers',
    'Fallback servers, asked when no link is the default',
    '  192.0.2.53 port 53: 2 of 3 answered, speed not known',
    '8 questions: 6 from the cache (75 %), 2 asked, 0 answered here, 0 stale, 1 failed',
    'Cache: 3 answers in 2 KiB',
    '',
  ]);
});

test('a proxy without links and addresses says so', () => {
  const idle = { ...statistics, queries: 0, hits: 0, servers: [] };
  expect(formatOverview({ addresses: [], refused: [] }, [], idle)).toMatch(
    /^Answers on no address\n0 questions: 0 from the cache \(0 %\)/,
  );
});

test('a question no one could be asked has no answer, for a reason', () => {
  const nothing = { rcode: '', records: [], source: 'none', server: '', durationMs: 0 } as const;
  expect(formatExplanation({ ...nothing, reason: "'x..y' has an empty label" })).toBe(
    "No answer in 0.0 ms\nbecause: 'x..y' has an empty label\n",
  );
});

test('an explanation says who answered, how fast, and why; a peer cannot steer the terminal with it', () => {
  const text = formatExplanation({
    rcode: 'NOERROR',
    records: ['www.example 300 TXT "\u001b[31m"'],
    source: 'server',
    server: '192.0.2.53 (eth0)',
    durationMs: 7,
    reason: 'default: eth0',
  });
  expect(text).toBe(
    'www.example 300 TXT "\\x1b[31m"\nNOERROR from a server, 192.0.2.53 (eth0) in 7.0 ms\nbecause: default: eth0\n',
  );
});
