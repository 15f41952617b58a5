/** `dns`: the name servers in use and how well they do, one name resolved with the reason why, the cache emptied. */
import { oneLine } from '@connman/base';
import { type DnsExplanation, DnsProxyClient, type DnsServerStatistics, type DnsStatistics } from '@connman/contracts';
import { BusError, busErrorName } from '@connman/dbus';
import type { Client } from '../client';
import { fine, invalid, type Outcome, tooMany } from '../words';

export async function dns(client: Client, words: readonly string[]): Promise<Outcome> {
  const [what, name, type = 'A'] = words;
  if (words.length > 3) return tooMany;
  if (what === undefined) {
    await client.show(
      ask(client, (proxy) => proxy.statistics()),
      formatStatistics,
      'dns',
    );
    return fine;
  }
  if (what === 'flush' && words.length === 1) {
    await client.show(
      ask(client, (proxy) => proxy.flush()),
      () => '',
      'dns',
    );
    return fine;
  }
  if (what !== 'query' || name === undefined) return invalid;
  await client.show(
    ask(client, (proxy) => proxy.query(name, type)),
    formatExplanation,
    name,
  );
  return fine;
}

const absent: readonly string[] = [busErrorName.serviceUnknown, busErrorName.nameHasNoOwner];

async function ask<T>(client: Client, question: (proxy: DnsProxyClient) => Promise<T>): Promise<T> {
  try {
    return await question(new DnsProxyClient(client.bus));
  } catch (error) {
    if (!(error instanceof BusError) || !absent.includes(error.errorName)) throw error;
    throw new Error('no DNS proxy runs: connmand is not there, or was started with -r');
  }
}

export function formatExplanation(explanation: DnsExplanation): string {
  const { rcode, records, source, server, durationMs, reason } = explanation;
  const from = {
    cache: 'the cache',
    stale: 'the cache, expired',
    local: 'this machine',
    server: 'a server',
    none: 'nobody',
  };
  const lines = records.map(oneLine);
  lines.push(
    `${rcode === '' ? 'No answer' : rcode} from ${from[source]}${server === '' ? '' : `, ${server}`} in ${durationMs} ms`,
  );
  lines.push(`because: ${oneLine(reason)}`);
  return `${lines.join('\n')}\n`;
}

export function formatStatistics(statistics: DnsStatistics): string {
  const { queries, hits, misses, local, stale, failed, cacheEntries, cacheBytes, servers } = statistics;
  const share = queries === 0 ? 0 : Math.round((100 * hits) / queries);
  const lines = [
    `${queries} questions: ${hits} from the cache (${share} %), ${misses} asked, ${local} answered here, ${stale} stale, ${failed} failed`,
    `Cache: ${cacheEntries} answers in ${Math.ceil(cacheBytes / 1024)} KiB`,
  ];
  for (const server of servers) lines.push(...formatServer(server));
  return `${lines.join('\n')}\n`;
}

function formatServer(server: DnsServerStatistics): readonly string[] {
  const { interfaceName, address, port, tls, queries, answers, rttMs, restsMs, trouble, failures } = server;
  const link = interfaceName === '' ? '' : ` on ${oneLine(interfaceName)}`;
  const speed = rttMs < 0 ? 'speed not known' : `${rttMs.toFixed(1)} ms`;
  const failed = Object.entries(failures)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const lines = [
    `${address} port ${port}${link}${tls === 'off' ? '' : `, TLS ${tls}`}: ${answers} of ${queries} answered, ${speed}`,
  ];
  if (failed.length > 0) lines.push(`  failures: ${failed.join(', ')}`);
  if (restsMs > 0) lines.push(`  rests for ${Math.ceil(restsMs / 1000)} s: ${oneLine(trouble)}`);
  return lines;
}
