/**
 * The firewall of a kernel without nf_tables, by the program iptables(8) and its sister for IPv6. Our chains begin with the name
 * of our table; of the kernel's own chains we add and remove the one rule that leads to ours.
 */
import { err, ok, type Result } from '@connman/base';
import type { Family } from '@connman/inet';
import type { ProgramRunner } from '@connman/ports';
import { linesOf, placeOf } from './iptables-rules';
import type { TrafficCount } from './nft-counts';
import type { ChainFact, FirewallBackend, FirewallChain } from './nftables';

/** One chain of ours in a table of the kernel; what leads to it hangs at `builtin`, where packets come to it by themselves. */
interface OwnChain {
  readonly table: string;
  readonly name: string;
  readonly lines: readonly string[];
  readonly builtin?: string;
}

/** One table of the kernel is changed. */
interface Step {
  readonly family: Family;
  readonly table: string;
  readonly before: readonly OwnChain[];
  readonly after: readonly OwnChain[];
}

/** Of chains that no packet comes to, each is a comment in this one. */
const namesChain = 'names';
const lockSeconds = '3';

export class IptablesFirewall implements FirewallBackend {
  private readonly programs: ProgramRunner;
  private readonly hasIpv6: () => boolean;

  /** `hasIpv6`: of the kernel; without it there is nothing to filter. */
  constructor(programs: ProgramRunner, hasIpv6: () => boolean) {
    this.programs = programs;
    this.hasIpv6 = hasIpv6;
  }

  close(): void {}

  /** Each table of the kernel changes as a whole; what was changed before one is refused is changed back. */
  replace(name: string, chains: readonly FirewallChain[]): Result<void, Error> {
    const done: Step[] = [];
    try {
      for (const family of this.families()) {
        const after = ownChains(name, chains, family);
        for (const step of stepsOf(family, this.own(family, name), after)) {
          this.restore(step);
          done.push(step);
        }
      }
      return ok(undefined);
    } catch (error) {
      for (const { before, after, ...step } of done.reverse()) this.tryBack({ ...step, before: after, after: before });
      return err(error as Error);
    }
  }

  chainsOf(name: string): Result<readonly string[], Error> {
    try {
      const names = this.families().flatMap((family) =>
        this.own(family, name).flatMap((chain) => {
          const short = chain.name.slice(name.length + 1);
          if (short === namesChain)
            return chain.lines.flatMap((line) => /--comment "?([^" ]+)"?/.exec(line)?.[1] ?? []);
          return /-\d+$/.test(short) ? [] : [short];
        }),
      );
      return ok([...new Set(names)]);
    } catch (error) {
      return err(error as Error);
    }
  }

  allChains(): Result<readonly ChainFact[], Error> {
    try {
      return ok(
        this.families().flatMap((family) => parseChains(this.run(family, 'save', ['-t', 'filter'], ''), family)),
      );
    } catch (error) {
      return err(error as Error);
    }
  }

  /** None: each client would need a rule. */
  countsOf(): Result<readonly TrafficCount[], Error> {
    return ok([]);
  }

  private families(): readonly Family[] {
    return this.hasIpv6() ? [4, 6] : [4];
  }

  private tryBack(step: Step): void {
    try {
      this.restore(step);
    } catch {
      // The first error is the one that says what to do.
    }
  }

  private restore(step: Step): void {
    this.run(step.family, 'restore', ['--noflush', '-w', lockSeconds], script(step));
  }

  /** What the kernel has of ours. */
  private own(family: Family, name: string): readonly OwnChain[] {
    return parseSaved(this.run(family, 'save', [], ''), `${name}-`);
  }

  private run(family: Family, action: 'save' | 'restore', args: readonly string[], input: string): string {
    const base = family === 4 ? 'iptables' : 'ip6tables';
    // Where nf_tables is missing, the program that speaks to it is of no use.
    const program = [`${base}-legacy-${action}`, `${base}-${action}`].flatMap(
      (one) => this.programs.find(one) ?? [],
    )[0];
    if (program === undefined) throw new Error(`${base} is not installed`);
    const { code, output, errors } = this.programs.run(program, args, input);
    if (code === 0) return output;
    throw new Error(`${program}: ${errors.trim().replace(/\s*\n\s*/g, '; ') || `failed (${code ?? 'killed'})`}`);
  }
}

function ownChains(table: string, chains: readonly FirewallChain[], family: Family): OwnChain[] {
  const own = chains.flatMap(({ name, base, rules }): OwnChain[] => {
    if (!base) return [];
    const place = placeOf(base);
    const made = linesOf(`${table}-${name}`, rules, family);
    // A chain that looks at nothing needs no table of the kernel.
    if (made.every(({ lines }) => lines.length === 0)) return [];
    return made.map((chain, i) => ({ table: place.table, ...chain, ...(i === 0 && { builtin: place.builtin }) }));
  });
  const marks = chains.filter(({ base }) => !base);
  if (marks.length === 0) return own;
  const name = `${table}-${namesChain}`;
  const lines = marks.map((chain) => `-A ${name} -m comment --comment "${chain.name}"`);
  return [...own, { table: 'filter', name, lines }];
}

function stepsOf(family: Family, before: readonly OwnChain[], after: readonly OwnChain[]): Step[] {
  const tables = new Set([...before, ...after].map(({ table }) => table));
  return [...tables].map((table) => {
    const of = (chains: readonly OwnChain[]) => chains.filter((chain) => chain.table === table);
    return { family, table, before: of(before), after: of(after) };
  });
}

/** What iptables-restore reads. */
function script({ table, before, after }: Step): string {
  const kept = new Set(after.map(({ name }) => name));
  const leads = (chains: readonly OwnChain[]) =>
    chains.flatMap(({ builtin, name }) => (builtin ? `${builtin} -j ${name}` : []));
  const known = leads(before);
  const wanted = leads(after);
  return [
    `*${table}`,
    // A chain that exists is emptied.
    ...[...new Set([...before, ...after].map(({ name }) => name))].map((name) => `:${name} - [0:0]`),
    ...after.flatMap(({ lines }) => lines),
    ...known.filter((lead) => !wanted.includes(lead)).map((lead) => `-D ${lead}`),
    ...wanted.filter((lead) => !known.includes(lead)).map((lead) => `-I ${lead}`),
    ...before.flatMap(({ name }) => (kept.has(name) ? [] : `-X ${name}`)),
    'COMMIT',
    '',
  ].join('\n');
}

/** The chains with this prefix in what iptables-save writes. */
function parseSaved(text: string, prefix: string): readonly OwnChain[] {
  const lines = new Map<string, { table: string; lines: string[]; builtin?: string }>();
  let table = '';
  for (const line of text.split('\n')) {
    const [word = '', name = '', verb, target = ''] = line.split(' ');
    if (word.startsWith('*')) table = word.slice(1);
    else if (word.startsWith(`:${prefix}`)) lines.set(`${table} ${word.slice(1)}`, { table, lines: [] });
    else if (word !== '-A') continue;
    else if (name.startsWith(prefix)) lines.get(`${table} ${name}`)?.lines.push(line);
    else if (verb === '-j' && target.startsWith(prefix)) {
      const own = lines.get(`${table} ${target}`);
      if (own) own.builtin = name;
    }
  }
  return [...lines].map(([key, own]) => ({ name: key.slice(own.table.length + 1), ...own }));
}

/** All chains of one table in what iptables-save writes. */
function parseChains(text: string, family: Family): ChainFact[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? [];
    const dropsForwarded = name === 'FORWARD' && policy === 'DROP';
    return name === '' ? [] : { family: family === 4 ? 'ip' : 'ip6', table: 'filter', name, dropsForwarded };
  });
}
