/** Stage: time passes for what routers say of names; who is to be asked again before it is over (ConnMan rule 143). */
import { passTime } from '../model/observed/advertised';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';

export function endAdvertised(turn: Turn): void {
  const { world } = turn;
  for (const ifindex of passTime(world.observed, world.now)) {
    world.namesAwaited.add(ifindex);
    world.recent.links.add(ifindex);
  }
}

export function advertisedDeadlines({ observed, now }: World): Moments {
  return [observed.advertised.moments.next(now)];
}
