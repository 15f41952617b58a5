/** What the shell reports of the firewall: tables that a former run has left, and one that the kernel refused. */
import type { Happening } from '../events';
import { guardTable, lockTable, whatHolds } from '../model/firewall/tunnel-firewall';
import { countTable, natTable } from '../model/tethering/tethering';
import type { Turn } from '../turn';
import { unlock } from './guard-tunnels';
import { fail } from './lifecycle';
import { refuseTranslation } from './route-clients';

export function absorbFirewallFound(turn: Turn, { guards, locked }: Happening & { kind: 'firewall-found' }): void {
  const { world } = turn;
  if (guards) world.handedOut.set(guardTable, 'of a former run');
  if (locked.length > 0) world.handedOut.set(lockTable, 'of a former run');
  for (const id of locked) {
    if (!world.locks.has(id)) world.locks.set(id, undefined);
    turn.log('info', `${id}: the kill switch of an earlier run holds; "connmanctl disconnect ${id}" ends it`);
  }
}

/** A kill switch that does not hold ends its connection; one that the kernel has from before stays. */
export function absorbFirewallRefusal(
  turn: Turn,
  { table, reason, held }: Happening & { kind: 'firewall-refused' },
): void {
  const { world } = turn;
  if (table === natTable)
    return refuseTranslation(turn, `${reason}; it needs nf_tables with NAT in the kernel, or iptables`);
  if (table === countTable) return turn.log('info', `what clients carry is not counted: ${reason}`);
  if (table !== lockTable) return turn.log('error', `${reason}; packets for tunnels are taken from any link`);
  if (held.length === 0) world.handedOut.delete(table);
  for (const id of [...world.locks.keys()]) {
    if (held.includes(id)) {
      turn.log('error', `${id}: ${reason}; the kill switch holds as before`);
      continue;
    }
    unlock(turn, id);
    const service = world.services.get(id);
    if (service) fail(turn, service, 'connect-failed', `the kill switch cannot hold: ${reason}; ${whatHolds}`);
  }
}
