/**
 * Stage: what connected services with a data budget carry. One whose budget is used up comes behind others (model/service/order.ts).
 * Nothing is counted, and no timer runs, where no connected service has one.
 */
import { after } from '@connman/base';
import { budgetText, isToKeep, isUsedUp, monthOf, usedAfter } from '../model/service/data-budget';
import type { Service } from '../model/service/service';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';

/** At 100 Mbit/s a budget is overdrawn by 125 MB at most before others come first. */
const countMs = 10_000;

export function countTraffic(turn: Turn): void {
  const { world } = turn;
  const { counts, leavingCounts, services, now } = world;
  const budgeted = services.budgeted.of('budgeted');
  if (budgeted.length === 0 && counts.size === 0) return;
  const fresh = budgeted.filter(({ id }) => !counts.has(id));
  const ids = new Set(budgeted.map(({ id }) => id));
  const over = [...counts].filter(([id]) => !ids.has(id));
  for (const [id, count] of over) {
    counts.delete(id);
    leavingCounts.set(id, count);
  }
  for (const { id } of fresh) counts.set(id, undefined);
  const isDue = world.countDueAt !== undefined && world.countDueAt <= now;
  if (fresh.length === 0 && over.length === 0 && !isDue) return;
  turn.emit({ kind: 'count-traffic' });
  world.countDueAt = counts.size > 0 ? after(now, countMs) : undefined;
}

export function countDeadlines({ countDueAt }: World): Moments {
  return [countDueAt];
}

/** What was carried, as asked for; a service that is not named has only begun. */
export function absorbCounts(
  turn: Turn,
  carried: readonly (readonly [service: string, bytes: number])[],
  isLast = false,
): void {
  const { world } = turn;
  const { counts, leavingCounts } = world;
  const found = new Map(carried);
  world.countedAt = world.now;
  for (const [id, before] of leavingCounts) count(turn, id, before, found.get(id), true);
  for (const [id, before] of counts) {
    // What was counted is of the connection before this one.
    const now = leavingCounts.has(id) ? 0 : (found.get(id) ?? 0);
    if (before === undefined) counts.set(id, now);
    else if (count(turn, id, before, now, isLast)) counts.set(id, now);
  }
  leavingCounts.clear();
}

/** @returns whether it was kept; what was not is in the next count as well. */
function count(turn: Turn, id: string, before = 0, now = before, isLast: boolean): boolean {
  const { world } = turn;
  const service = world.services.get(id);
  if (!service?.settings.dataBudget) return true;
  const { settings } = service;
  // The link was made again, and has begun from zero.
  const grown = now >= before ? now - before : now;
  const dataUsed = usedAfter(settings, grown, monthOf(world.wall), world.clock.synced);
  if (!isToKeep(settings, dataUsed, isLast)) return false;
  const counted = turn.store({ ...service, settings: { ...settings, dataUsed } });
  if (isUsedUp(counted) && !isUsedUp(service)) logUsedUp(turn, counted);
  return true;
}

function logUsedUp(turn: Turn, { id, settings }: Service): void {
  const change = `connmanctl config ${id} --data-budget changes it`;
  turn.log('warning', `${id}: ${budgetText(settings)}; other services come first; ${change}`);
}
