import { type Logger, OsError, silentLogger } from '@connman/base';
import { LocalSockets } from '@connman/testkit';
import { countDefaultLink, newMetrics } from '../../model/metrics/metrics';
import { serveMetrics } from './metrics';
import { openMetrics } from './open-metrics';

const statistics = {
  ...{ queries: 12, hits: 4, misses: 5, merged: 0, local: 2, stale: 0, refreshed: 0, failed: 1, rejected: 0 },
  ...{ cacheEntries: 3, cacheBytes: 300 },
  servers: [
    {
      ...{ ifindex: 2, interfaceName: 'eth"0', address: '192.0.2.53' as never, port: 53, tls: 'off' as const },
      ...{ queries: 6, answers: 5, rttMs: 2, rttHistogram: [1, 3, 0, 1], restsMs: 0, trouble: '' },
      failures: { timeout: 1, servfail: 0, refused: 0, otherRcode: 0, unreachable: 0, mismatch: 0, tls: 0 },
    },
  ],
};

const clients = [
  {
    ...{ mac: '02:00:00:00:00:01', hostname: 'phone', addresses: [] },
    carried: { 4: { sent: 1500, received: 0 }, 6: { sent: 0, received: 64_000 } },
  },
];

function counted() {
  const metrics = newMetrics();
  metrics.connects.set('ethernet', 3);
  metrics.failures.set('wifi', new Map([['invalid-key', 2]]));
  metrics.timeToOnline.set('wifi', { counts: [0, 0, 1, 0, 2, 0, 0, 0, 0, 1], sumSeconds: 66.5 });
  countDefaultLink(metrics, 2);
  countDefaultLink(metrics, undefined);
  countDefaultLink(metrics, 3);
  return metrics;
}

test('counters and histograms are OpenMetrics text, buckets added up', () => {
  const text = openMetrics(counted(), statistics, clients);
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      '# TYPE connman_connects counter',
      'connman_connects_total{technology="ethernet"} 3',
      'connman_connect_failures_total{technology="wifi",error="invalid-key"} 2',
      '# UNIT connman_time_to_online_seconds seconds',
      'connman_time_to_online_seconds_bucket{technology="wifi",le="0.5"} 1',
      'connman_time_to_online_seconds_bucket{technology="wifi",le="2.5"} 3',
      'connman_time_to_online_seconds_bucket{technology="wifi",le="60.0"} 3',
      'connman_time_to_online_seconds_bucket{technology="wifi",le="+Inf"} 4',
      'connman_time_to_online_seconds_count{technology="wifi"} 4',
      'connman_time_to_online_seconds_sum{technology="wifi"} 66.5',
      'connman_route_switches_total 1',
      '# UNIT connman_tethering_client_bytes bytes',
      'connman_tethering_client_bytes_total{client="02:00:00:00:00:01",family="ipv6",direction="received"} 64000',
      'connman_dns_questions_total{answer="cache"} 4',
      'connman_dns_round_trip_seconds_bucket{server="192.0.2.53",interface="eth\\"0",le="0.002"} 4',
      'connman_dns_round_trip_seconds_bucket{server="192.0.2.53",interface="eth\\"0",le="+Inf"} 5',
      'connman_dns_failures_total{server="192.0.2.53",interface="eth\\"0",kind="timeout"} 1',
    ]),
  );
  expect(text.endsWith('# EOF\n')).toBe(true);
});

test('each family has its type and its samples together, and no line twice', () => {
  const lines = openMetrics(counted(), statistics, clients).trimEnd().split('\n');
  expect(new Set(lines).size).toBe(lines.length);
  const families = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  let current = '';
  for (const line of lines) {
    current = /^# TYPE (\S+)/.exec(line)?.[1] ?? current;
    if (!line.startsWith('#')) expect(line.startsWith(`${current}_`)).toBe(true);
  }
  expect(new Set(families).size).toBe(families.length);
});

test('without a DNS proxy nothing is said of names', () => {
  expect(openMetrics(newMetrics(), undefined, [])).not.toContain('dns');
});

async function ask(request: string, log: Logger = silentLogger) {
  const sockets = new LocalSockets();
  const server = serveMetrics({ path: '/run/m', listeners: sockets, log, text: async () => 'x 1\n# EOF\n' });
  let reply = '';
  const ended = new Promise<void>((resolve) => {
    void sockets
      .open('/run/m', {
        onData: (bytes) => {
          reply += Buffer.from(bytes).toString();
        },
        onDrain: () => {},
        onClose: () => resolve(),
      })
      .then((stream) => {
        for (const part of request.match(/[\s\S]{1,7}/g) ?? []) stream.write(Buffer.from(part), []);
      });
  });
  await ended;
  server.close();
  return { reply, paths: sockets.paths };
}

test('the socket answers a GET that comes in parts, and closes', async () => {
  const { reply, paths } = await ask('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: application\/openmetrics-text; version=1\.0\.0/);
  expect(reply).toContain('Content-Length: 10\r\n');
  expect(reply.endsWith('\r\n\r\nx 1\n# EOF\n')).toBe(true);
  expect(paths).toEqual([]);
});

test('anything but a GET is refused, and what never ends is cut off', async () => {
  expect((await ask('POST / HTTP/1.1\r\n\r\n')).reply).toMatch(/^HTTP\/1\.1 405 /);
  expect((await ask(`GET / HTTP/1.1\r\n${'x'.repeat(9000)}`)).reply).toBe('');
});

test('a socket that cannot be made is said, and nothing else comes of it', () => {
  const lines: string[] = [];
  const listeners = {
    listen: () => {
      throw new OsError('bind', 2, '/nowhere/m');
    },
  };
  const log = { ...silentLogger, error: (text: string) => void lines.push(text) };
  serveMetrics({ path: '/nowhere/m', listeners, log, text: async () => '' }).close();
  expect(lines).toEqual([expect.stringMatching(/^MetricsSocket \/nowhere\/m: .*ENOENT.*"connmanctl metrics"/)]);
});
