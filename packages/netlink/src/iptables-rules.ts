/** Rules of the firewall in the words of iptables(8), for one family: the lines of iptables-restore that make a chain. */
import { type Family, familyOf } from '@connman/inet';
import type { FirewallChain, FirewallMatch, FirewallRule } from './nftables';

/** Where a chain hangs: a table of the kernel, and the chain of it that packets go through. */
export interface Place {
  readonly table: string;
  readonly builtin: string;
}

/** What packets see before anything is made of them, what changes them, what filters them (NF_IP_PRI_*). */
const rawPriority = -300;
const manglePriority = -150;

const builtins = { prerouting: 'PREROUTING', forward: 'FORWARD', output: 'OUTPUT', nat: 'POSTROUTING' } as const;
const protocols: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' };
const ICMPV6 = 58;

/** iptables has three tables where nftables has any priority. */
export function placeOf({ hook, priority }: NonNullable<FirewallChain['base']>): Place {
  const filters = priority <= rawPriority ? 'raw' : priority <= manglePriority ? 'mangle' : 'filter';
  return { table: hook === 'nat' ? 'nat' : filters, builtin: builtins[hook] };
}

export interface ChainLines {
  readonly name: string;
  readonly lines: readonly string[];
}

/**
 * The chain and those it needs beside it. iptables takes one link for each direction in a rule: further ones are looked at in a
 * chain of their own, and both go on in one with the rules that follow. `goto` keeps the way back: what is accepted anywhere
 * returns to where the first chain was called from.
 */
export function linesOf(name: string, rules: readonly FirewallRule[], family: Family): readonly ChainLines[] {
  const chains: { readonly name: string; readonly lines: string[] }[] = [];
  const open = () => {
    const chain = { name: chains.length === 0 ? name : `${name}-${chains.length}`, lines: [] as string[] };
    chains.push(chain);
    return chain;
  };
  let chain = open();
  const add = (matches: readonly FirewallMatch[], what: string) => {
    for (const words of alternatives(matches)) chain.lines.push(`-A ${chain.name} ${[...words, what].join(' ')}`);
  };
  for (const { matches, verdict } of rules) {
    if (!matches.every((match) => isOf(match, family))) continue;
    const [fitting, further] = split(matches);
    if (further.length === 0) {
      add(fitting, target(verdict));
      continue;
    }
    const first = chain;
    const second = open();
    const rest = open();
    add(fitting, `-g ${second.name}`);
    chain = second;
    add(further, target(verdict));
    for (const { lines, name } of [first, second]) lines.push(`-A ${name} -g ${rest.name}`);
    chain = rest;
  }
  return chains;
}

/** The matches that fit into one rule, and the rest. */
function split(matches: readonly FirewallMatch[]): readonly [fitting: FirewallMatch[], further: FirewallMatch[]] {
  const seen = new Set<string>();
  const fitting: FirewallMatch[] = [];
  const further: FirewallMatch[] = [];
  for (const match of matches) {
    const isSecond = match.kind.endsWith('-interface') && seen.has(match.kind);
    (isSecond ? further : fitting).push(match);
    seen.add(match.kind);
  }
  return [fitting, further];
}

function isOf(match: FirewallMatch, family: Family): boolean {
  if (match.kind === 'source' || match.kind === 'destination') return familyOf(match.prefix.address) === family;
  return family === 6 || !(match.kind === 'icmp-type' || (match.kind === 'protocol' && match.number === ICMPV6));
}

/** A range of ICMP types is a rule for each. */
function alternatives(matches: readonly FirewallMatch[]): readonly (readonly string[])[] {
  return matches.reduce<readonly (readonly string[])[]>(
    (all, match) => all.flatMap((words) => wordsOf(match).map((more) => [...words, more])),
    [[]],
  );
}

function wordsOf(match: FirewallMatch): readonly string[] {
  switch (match.kind) {
    case 'in-interface':
      return [`${match.not ? '! ' : ''}-i ${match.name}`];
    case 'out-interface':
      return [`${match.not ? '! ' : ''}-o ${match.name}`];
    case 'source':
      return [`-s ${match.prefix.address}/${match.prefix.length}`];
    case 'destination':
      return [`-d ${match.prefix.address}/${match.prefix.length}`];
    case 'known-connection':
      return ['-m conntrack --ctstate RELATED,ESTABLISHED'];
    case 'protocol':
      return [`-p ${protocols[match.number] ?? match.number}`];
    case 'ports':
      return [`--sport ${match.source} --dport ${match.destination}`];
    case 'icmp-type':
      return Array.from({ length: match.to - match.from + 1 }, (_, i) => `--icmpv6-type ${match.from + i}`);
  }
}

/** What is accepted goes on to the rules of others, as it does from one chain of nftables to the next. */
function target(verdict: FirewallRule['verdict']): string {
  switch (verdict) {
    case 'accept':
      return '-j RETURN';
    case 'drop':
      return '-j DROP';
    case 'masquerade':
      return '-j MASQUERADE';
    case 'clamp-mss':
      return '-p tcp -m tcp --tcp-flags SYN SYN -j TCPMSS --clamp-mss-to-pmtu';
    case 'count-sent':
    case 'count-received':
      throw new Error('iptables counts what a rule sees, and not by client');
  }
}
