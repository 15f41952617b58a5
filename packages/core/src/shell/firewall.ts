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

  replace(table: string, chains: readonly FirewallChain[]): void {
    const effect =
      table === lockTable ? 'the kill switch does NOT hold' : 'packets for tunnels are taken from any link';
    try {
      const replaced = this.open().replace(table, chains);
      if (!replaced.ok) throw replaced.error;
    } catch (error) {
      const advice = 'the kernel needs nf_tables with NF_TABLES_INET';
      this.log.error(
        `${(error as Error).message}; ${chains.length > 0 ? `${effect}: ${advice}` : 'it is still in place'}`,
      );
    }
  }

  /** What a former run has left; undefined if nothing. */
  found(): Happening | undefined {
    try {
      const socket = this.open();
      const [guards, locks] = [socket.chainsOf(guardTable), socket.chainsOf(lockTable)];
      const locked = locks.ok ? locks.value.filter((name) => !baseChains.has(name)) : [];
      const isGuarding = guards.ok && guards.value.length > 0;
      return locked.length > 0 || isGuarding ? { kind: 'firewall-found', guards: isGuarding, locked } : undefined;
    } catch {
      // Without netfilter there is nothing to be found.
      return undefined;
    }
  }

  close(): void {
    this.socket?.close();
  }

  private open(): FirewallSocket {
    this.socket ??= new FirewallSocket(this.netlink);
    return this.socket;
  }
}
