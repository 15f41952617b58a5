/** Stage: what the default service's network calls this host (ConnMan rule 195). */

import { isInUse } from '../model/service/order';
import { defaultService, type Turn } from '../turn';

export function offerNames(turn: Turn): void {
  const { world } = turn;
  const service = defaultService(world);
  const isUsed = service !== undefined && isInUse(service);
  const before = world.handedOut.get('host-names');
  // At the start the network that gave this host its names may be still to come.
  if (!world.synced || (!isUsed && before === undefined && world.formerLeases.size > 0)) return;
  const { hostname = '', domain = '' } = (isUsed && service.connection?.dhcp4.lease) || {};
  const text = JSON.stringify({ hostname, domain });
  if (before === text) return;
  world.handedOut.set('host-names', text);
  turn.emit({ kind: 'host-names', hostname, domain });
}
