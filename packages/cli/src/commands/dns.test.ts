import type { DnsServerStatistics, DnsStatistics } from '@connman/contracts';
import { formatExplanation, formatStatistics } from './dns';

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
      address: '192.0.2.53' as DnsServerStatistics['address'],
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

test('the servers are shown with their link, their speed and what went wrong', () => {
  expect(formatStatistics(statistics).split('\n')).toEqual([
    '8 questions: 6 from the cache (75 %), 2 asked, 0 answered here, 0 stale, 1 failed',
    'Cache: 3 answers in 2 KiB',
    '192.0.2.53 port 853 on eth0, TLS strict: 2 of 3 answered, 12.3 ms',
    '  failures: 1 timeout',
    '  rests for 2 s: no answer',
    '',
  ]);
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
    'www.example 300 TXT "\\x1b[31m"\nNOERROR from a server, 192.0.2.53 (eth0) in 7 ms\nbecause: default: eth0\n',
  );
});
