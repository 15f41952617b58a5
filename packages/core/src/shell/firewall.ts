/** The firewall's tables for tunnels, put in place as the engine wants them and read again at the start. */
import type { Logger } from '@connman/base';
import { type FirewallChain, FirewallSocket } from '@connman/netlink';
import type { NetlinkPort } from '@connman/ports';
import type { Happening } from '../events';
import { guardTable, lockTable } from '../model/firewall/tunnel-firewall';

/** Chains that packets go through; the others are named after the services that hold the kill switch. */
const baseChains = new Set(['output', 'forward']);

export class Firewall {
  private readonly netlink: NetlinkPort;
  private readonly log: Logger;
  private socket: FirewallSocket | undefined;

  constructor(netlink: NetlinkPort, log: Logger) {
    this.netlink = netlink;
    this.log = log;
  }

  /** What the kernel refused of it; undefined if all is in place. */
  replace(table: string, chains: readonly FirewallChain[]): Happening | undefined {
    try {
      const replaced = this.open().replace(table, chains);
      if (!replaced.ok) throw replaced.error;
      return undefined;
    } catch (error) {
      const reason = (error as Error).message;
      if (chains.length > 0) return { kind: 'firewall-refused', table, reason, held: this.locked() };
      if (this.chainsOf(table).length > 0) this.log.error(`${reason}; the table is still in place`);
      return undefined;
    }
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

  /** The services whose kill switch holds. */
  private locked(): readonly string[] {
    return this.chainsOf(lockTable).filter((name) => !baseChains.has(name));
  }

  /** Without netfilter there are none. */
  private chainsOf(table: string): readonly string[] {
    try {
      const chains = this.open().chainsOf(table);
      return chains.ok ? chains.value : [];
    } catch {
      return [];
    }
  }

  private open(): FirewallSocket {
    this.socket ??= new FirewallSocket(this.netlink);
    return this.socket;
  }
}
