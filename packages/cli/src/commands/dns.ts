/** `dns`: the name servers in use and how well they do, one name resolved with the reason why, the cache emptied. */
import { oneLine } from '@connman/base';
import {
  type DnsDomain,
  type DnsExplanation,
  type DnsLinkConfiguration,
  type DnsListening,
  DnsProxyClient,
  type DnsServerStatistics,
  type DnsStatistics,
} from '@connman/contracts';
import { BusError } from '@connman/dbus';
import type { Client } from '../client';
import { isAbsence } from '../hints';
import type { View } from '../json';
import { fine, missing, type Outcome, takeAtMost, wrong } from '../words';

export async function dns(client: Client, words: readonly string[]): Promise<Outcome> {
  const [what, name, type = 'A'] = words;
  const show = async <T>(answer: Promise<T>, view: View<T>, about: string): Promise<Outcome> => {
    await client.show(answer.catch(explainAbsence), view, about);
    return fine;
  };
  const proxy = new DnsProxyClient(client.bus);
  switch (what) {
    case undefined:
      return show(overview(proxy), overviewView, 'dns');
    case 'flush':
      takeAtMost(1, words);
      return show(proxy.flush(), { text: () => '', json: () => ({}) }, 'dns');
    case 'query':
      takeAtMost(3, words);
      if (name === undefined) throw missing('a name');
      return show(proxy.query(name, type), { text: formatExplanation, json: (explanation) => explanation }, name);
    default:
      throw wrong(what, 'query or flush');
  }
}

interface Overview {
  readonly listening: DnsListening;
  readonly links: readonly DnsLinkConfiguration[];
  readonly statistics: DnsStatistics;
}

async function overview(proxy: DnsProxyClient): Promise<Overview> {
  const [listening, links, statistics] = await Promise.all([proxy.listening(), proxy.links(), proxy.statistics()]);
  return { listening, links, statistics };
}

const overviewView: View<Overview> = {
  text: ({ listening, links, statistics }) => formatOverview(listening, links, statistics),
  json: (value) => value,
};

function explainAbsence(error: unknown): never {
  if (!(error instanceof BusError) || !isAbsence(error)) throw error;
  throw new BusError(
    error.errorName,
    'no DNS proxy runs: connmand does not run, or leaves names to others (-r, or systemd-resolved: see resolvectl)',
  );
}

const origins: Readonly<Record<DnsExplanation['source'], string>> = {
  cache: ' from the cache',
  stale: ' from the cache, expired',
  local: ' from this machine',
  server: ' from a server',
  none: '',
};

export function formatExplanation(explanation: DnsExplanation): string {
  const { rcode, records, source, server, durationMs, reason } = explanation;
  const from = `${origins[source]}${server === '' ? '' : `, ${oneLine(server)}`}`;
  return lines([
    ...records.map(oneLine),
    `${rcode === '' ? 'No answer' : oneLine(rcode)}${from} in ${milliseconds(durationMs)}`,
    `because: ${oneLine(reason)}`,
  ]);
}

export function formatOverview(
  listening: DnsListening,
  links: readonly DnsLinkConfiguration[],
  statistics: DnsStatistics,
): string {
  const { queries, hits, misses, local, stale, failed, cacheEntries, cacheBytes, servers } = statistics;
  const share = queries === 0 ? 0 : Math.round((100 * hits) / queries);
  const others = servers.filter((server) => !links.some((link) => link.ifindex === server.ifindex));
  return lines([
    `Answers on ${listening.addresses.join(', ') || 'no address'}`,
    ...listening.refused.map(({ address, reason }) => `  not on ${address}: ${oneLine(reason)}`),
    ...links.flatMap((link) => [
      formatLink(link),
      ...servers.filter((server) => server.ifindex === link.ifindex).flatMap(formatServer),
    ]),
    ...(others.length === 0 ? [] : ['Fallback servers, asked when no link is the default']),
    ...others.flatMap(formatServer),
    `${queries} questions: ${hits} from the cache (${share} %), ${misses} asked, ${local} answered here, ${stale} stale, ${failed} failed`,
    `Cache: ${cacheEntries} answers in ${Math.ceil(cacheBytes / 1024)} KiB`,
  ]);
}

/** `eth0: default, lab.example, ~corp.example`: with a ~ what is no search domain. */
function formatLink({ interfaceName, ifindex, isDefault, domains, servers }: DnsLinkConfiguration): string {
  const takes = [...(isDefault ? ['default'] : []), ...domains.map(formatDomain)];
  const name = interfaceName === '' ? `link ${ifindex}` : oneLine(interfaceName);
  return `${name}: ${takes.join(', ') || 'nothing'}${servers.length === 0 ? '; no servers' : ''}`;
}

function formatDomain({ name, search }: DnsDomain): string {
  return `${search ? '' : '~'}${name === '' ? '.' : oneLine(name)}`;
}

function formatServer(server: DnsServerStatistics): readonly string[] {
  const { address, port, tls, queries, answers, rttMs, restsMs, trouble, failures } = server;
  const speed = rttMs < 0 ? 'speed not known' : milliseconds(rttMs);
  const failed = Object.entries(failures)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  return [
    `  ${address} port ${port}${tls === 'off' ? '' : `, TLS ${tls}`}: ${answers} of ${queries} answered, ${speed}`,
    ...(failed.length === 0 ? [] : [`    failures: ${failed.join(', ')}`]),
    ...(restsMs === 0 ? [] : [`    rests for ${Math.ceil(restsMs / 1000)} s: ${oneLine(trouble)}`]),
  ];
}

/** Tenths where they say something. */
function milliseconds(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

const lines = (texts: readonly string[]): string => `${texts.join('\n')}\n`;
