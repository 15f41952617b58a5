/** Stage: what the default service's network calls this host (ConnMan rule 195). */

import { isConnected } from '../model/service/service';
import { defaultService, type Turn } from '../turn';

export function offerNames(turn: Turn): void {
  const { world } = turn;
  const service = defaultService(world);
  const lease = service && isConnected(service.state) ? service.connection?.dhcp4.lease : undefined;
  if (!lease || (lease.hostname === '' && lease.domain === '')) return;
  const { hostname, domain } = lease;
  const text = JSON.stringify({ hostname, domain });
  if (world.handedOut.get('host-names') === text) return;
  world.handedOut.set('host-names', text);
  turn.emit({ kind: 'host-names', hostname, domain });
}
