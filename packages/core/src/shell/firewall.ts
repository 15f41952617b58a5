/**
 * The firewall's tables, put in place as the engine wants them and read again at the start: by netlink, or by iptables where the
 * kernel has no nf_tables.
 */
import { err, type Logger, type Result } from '@connman/base';
import {
  type ChainFact,
  type FirewallBackend,
  type FirewallChain,
  FirewallSocket,
  type TrafficCount,
} from '@connman/netlink';
import type { Files, NetlinkPort } from '@connman/ports';
import type { Happening } from '../events';
import { guardTable, lockTable, probeChains, whatHolds } from '../model/firewall/tunnel-firewall';
import { droppedBy } from '../model/tethering/foreign-firewall';
import { natTable } from '../model/tethering/tethering';

export interface FirewallParts {
  readonly netlink: NetlinkPort;
  readonly files: Pick<Files, 'read'>;
  /** Undefined where the part is not installed. */
  readonly loadIptables: () => FirewallBackend | undefined;
  readonly log: Logger;
}

const probeTable = 'connman-probe';
/** Chains that packets go through; the others are named after the services that hold the kill switch. */
const baseChains = new Set(['output', 'forward']);
/** The tables of the kernel that iptables-legacy has touched, a line for each. */
const legacyTables = '/proc/net/ip_tables_names';

export class Firewall {
  private readonly parts: FirewallParts;
  private socket: FirewallSocket | undefined;
  private program: FirewallBackend | undefined;
  /** Tables that are certainly not in the care of iptables. */
  private readonly byNetlink = new Set<string>();
  private readonly warned = new Set<string>();

  constructor(parts: FirewallParts) {
    this.parts = parts;
  }

  /** What the kernel refused of it; undefined if all is in place. */
  replace(table: string, chains: readonly FirewallChain[]): Happening | undefined {
    const refused = chains.length > 0 ? this.put(table, chains) : this.remove(table);
    if (refused !== undefined) {
      if (chains.length > 0) return { kind: 'firewall-refused', table, reason: refused, held: this.locked() };
      if (this.chainsOf(table).length > 0) this.parts.log.error(`${refused}; the table is still in place`);
    } else if (table === natTable) this.warnOfOthers(chains);
    return undefined;
  }

  /** What the rules of a table have counted; nothing where iptables has it. */
  countsOf(table: string): readonly TrafficCount[] {
    const counts = this.ask((nftables) => nftables.countsOf(table));
    return counts.ok ? counts.value : [];
  }

  /** Why a kill switch would not hold; undefined if it would: a table is put in place and removed. */
  probe(): string | undefined {
    const refused = this.put(probeTable, probeChains());
    if (refused === undefined) this.remove(probeTable);
    return refused && `${refused}; ${whatHolds}`;
  }

  /** What a former run has left; undefined if nothing. */
  found(): Happening | undefined {
    const locked = this.locked();
    const guards = this.chainsOf(guardTable).length > 0;
    return locked.length > 0 || guards ? { kind: 'firewall-found', guards, locked } : undefined;
  }

  close(): void {
    this.socket?.close();
  }

  private put(table: string, chains: readonly FirewallChain[]): string | undefined {
    const first = this.ask((nftables) => nftables.replace(table, chains));
    if (first.ok) {
      this.byNetlink.add(table);
      return undefined;
    }
    const second = this.iptables()?.replace(table, chains);
    if (second?.ok) return undefined;
    return second ? `${first.error.message}; ${second.error.message}` : first.error.message;
  }

  private remove(table: string): string | undefined {
    const first = this.ask((nftables) => nftables.replace(table, []));
    if (first.ok && this.byNetlink.delete(table)) return undefined;
    const second = this.iptables()?.replace(table, []);
    return first.ok || second?.ok ? undefined : first.error.message;
  }

  /** What other programs drop is not ours to accept: an accept in one chain does not undo a drop in the next. */
  private warnOfOthers(chains: readonly FirewallChain[]): void {
    const matches = chains.flatMap(({ rules }) => rules.flatMap((rule) => rule.matches));
    const links = new Set(matches.flatMap((match) => (match.kind === 'in-interface' && !match.not ? match.name : [])));
    if (links.size === 0) return;
    const all = this.allChains();
    for (const link of links) {
      for (const text of droppedBy(all, link)) {
        if (this.warned.has(text)) continue;
        this.warned.add(text);
        this.parts.log.warning(`${link}: ${text}`);
      }
    }
  }

  private allChains(): readonly ChainFact[] {
    const byNetlink = this.ask((nftables) => nftables.allChains());
    const isLegacy = this.parts.files.read(legacyTables)?.split('\n').includes('filter');
    const byProgram = isLegacy ? this.iptables()?.allChains() : undefined;
    return [...(byNetlink.ok ? byNetlink.value : []), ...(byProgram?.ok ? byProgram.value : [])];
  }

  /** The services whose kill switch holds. */
  private locked(): readonly string[] {
    return this.chainsOf(lockTable).filter((name) => !baseChains.has(name));
  }

  /** Without a firewall there are none. */
  private chainsOf(table: string): readonly string[] {
    const chains = this.ask((nftables) => nftables.chainsOf(table));
    if (chains.ok) return chains.value;
    const byProgram = this.iptables()?.chainsOf(table);
    return byProgram?.ok ? byProgram.value : [];
  }

  private ask<T>(question: (nftables: FirewallSocket) => Result<T, Error>): Result<T, Error> {
    try {
      this.socket ??= new FirewallSocket(this.parts.netlink);
      return question(this.socket);
    } catch (error) {
      return err(error as Error);
    }
  }

  private iptables(): FirewallBackend | undefined {
    this.program ??= this.parts.loadIptables();
    return this.program;
  }
}
