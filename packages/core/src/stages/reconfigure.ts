/** main.conf was read again: what is decided from here on goes by it. What is connected stays so, with the lease it has. */
import type { EngineConfig } from '../model/config';
import type { Turn } from '../turn';
import { stepAndCarryOut } from './check-online';

export function absorbConfig(turn: Turn, config: EngineConfig): void {
  const { world } = turn;
  const hasOtherChecks = JSON.stringify(config.online) !== JSON.stringify(world.config.online);
  world.config = config;
  if (hasOtherChecks) stepAndCarryOut(turn, { kind: 'configured', at: world.now });
  for (const id of world.services.keys()) world.recent.services.add(id);
  for (const ifindex of world.observed.links.keys()) world.recent.links.add(ifindex);
}
