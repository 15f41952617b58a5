/** Counters as text: OpenMetrics 1.0, which Prometheus and its relatives read. */
import type { DnsServerStatistics, DnsStatistics } from '@connman/contracts';
import { type Metrics, timeToOnlineBounds } from '../../model/metrics/metrics';
import type { ClientTraffic } from '../../model/tethering/client-traffic';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [suffix: string, labels: Labels, value: number];

/** `dns`: absent where no DNS proxy runs. `clients`: of a shared connection. */
export function openMetrics(
  metrics: Metrics,
  dns: DnsStatistics | undefined,
  clients: readonly ClientTraffic[],
): string {
  const { connects, failures, timeToOnline, routeSwitches } = metrics;
  const families = [
    family(
      'connman_connects',
      'counter',
      'Services that became ready.',
      [...connects].map(([technology, count]) => ['_total', { technology }, count]),
    ),
    family(
      'connman_connect_failures',
      'counter',
      'Connections that failed, by the Error of the service.',
      [...failures].flatMap(([technology, ofType]) =>
        [...ofType].map(([error, count]): Sample => ['_total', { technology, error }, count]),
      ),
    ),
    family(
      'connman_time_to_online_seconds',
      'histogram',
      'From the beginning of a connection until the online check succeeded.',
      [...timeToOnline].flatMap(([technology, { counts, sumSeconds }]) => [
        ...buckets({ technology }, timeToOnlineBounds, counts),
        ['_count', { technology }, sumOf(counts)] as const,
        ['_sum', { technology }, sumSeconds] as const,
      ]),
    ),
    family('connman_route_switches', 'counter', 'Moves of the default route to another link.', [
      ['_total', {}, routeSwitches],
    ]),
    ...(dns ? dnsFamilies(dns) : []),
    ...(clients.length > 0 ? [clientFamily(clients)] : []),
  ];
  return `${families.join('')}# EOF\n`;
}

function clientFamily(clients: readonly ClientTraffic[]): string {
  const samples = clients.flatMap(({ mac: client, carried }) =>
    ([4, 6] as const).flatMap((version) =>
      (['sent', 'received'] as const).map((direction): Sample => {
        return ['_total', { client, family: `ipv${version}`, direction }, carried[version][direction]];
      }),
    ),
  );
  return family(
    'connman_tethering_client_bytes',
    'counter',
    'What clients of a shared connection have carried.',
    samples,
  );
}

function dnsFamilies({ hits, misses, local, stale, failed, servers }: DnsStatistics): string[] {
  const questions = { cache: hits, server: misses, local, stale, failed };
  const labelsOf = ({ address, interfaceName }: DnsServerStatistics) => ({ server: address, interface: interfaceName });
  return [
    family(
      'connman_dns_questions',
      'counter',
      'Names asked for by programs, by where the answer came from.',
      Object.entries(questions).map(([answer, count]) => ['_total', { answer }, count]),
    ),
    family(
      'connman_dns_round_trip_seconds',
      'histogram',
      'Answers of each name server.',
      servers.flatMap((server) => {
        const counts = server.rttHistogram;
        const bounds = counts.slice(1).map((_, place) => 2 ** place / 1000);
        return buckets(labelsOf(server), bounds, counts);
      }),
    ),
    family(
      'connman_dns_failures',
      'counter',
      'Questions that a name server did not answer, by how.',
      servers.flatMap((server) =>
        Object.entries(server.failures).map(
          ([kind, count]) => ['_total', { ...labelsOf(server), kind }, count] as const,
        ),
      ),
    ),
  ];
}

/** Added up, as the format wants it; the last of `counts` is above all bounds. */
function buckets(labels: Labels, bounds: readonly number[], counts: readonly number[]): Sample[] {
  let sum = 0;
  return counts.map((count, place) => {
    sum += count;
    const le = place < bounds.length ? boundText(bounds[place] as number) : '+Inf';
    return ['_bucket', { ...labels, le }, sum];
  });
}

/** A canonical number has a point (OpenMetrics 1.0, "Considerations: Canonical Numbers"). */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
}

function family(name: string, type: 'counter' | 'histogram', help: string, samples: readonly Sample[]): string {
  const unit = /_(seconds|bytes)$/.exec(name)?.[1];
  const lines = samples.map(([suffix, labels, value]) => `${name}${suffix}${labelText(labels)} ${value}\n`);
  return `# TYPE ${name} ${type}\n${unit ? `# UNIT ${name} ${unit}\n` : ''}# HELP ${name} ${help}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
