/** How much of its data budget a service has used: what it carried since the budget was set, or in this month. */
import { formatBytes, formatDataBudget } from '@connman/base';
import type { Service } from './service';
import type { DataUsed, ServiceSettings } from './settings';

type Budgeted = Pick<ServiceSettings, 'dataBudget' | 'dataUsed'>;

/** Changes of less than this part of the budget are not kept: each is a write to the disk and a signal to every client. */
const keptPart = 1 / 100;

export function isUsedUp({ settings: { dataBudget, dataUsed } }: Pick<Service, 'settings'>): boolean {
  return dataBudget !== undefined && dataUsed !== undefined && dataUsed.bytes >= dataBudget.bytes;
}

/** As 2026-11. In UTC, so that it does not depend on where the machine is. */
export function monthOf(wall: number): string {
  return new Date(wall).toISOString().slice(0, 7);
}

/**
 * Behind so many bytes more. A clock that has not been set yet shows an earlier month, and must not begin the count again;
 * one that was set back is believed when it is known to be right.
 */
export function usedAfter(
  { dataBudget, dataUsed }: Budgeted,
  grown: number,
  month: string,
  isTimeKnown: boolean,
): DataUsed {
  if (!dataUsed) return { bytes: grown, month };
  if (dataBudget?.isMonthly && month > dataUsed.month) return { bytes: grown, month };
  return { bytes: dataUsed.bytes + grown, month: isTimeKnown ? month : dataUsed.month };
}

/** Whether the new count is to be kept now. `isLast`: there is none after it in this connection. */
export function isToKeep({ dataBudget, dataUsed }: Budgeted, now: DataUsed, isLast: boolean): boolean {
  if (!dataBudget || !dataUsed || now.month !== dataUsed.month) return true;
  const isCrossed = now.bytes >= dataBudget.bytes && dataUsed.bytes < dataBudget.bytes;
  const grown = now.bytes - dataUsed.bytes;
  return isCrossed || grown >= dataBudget.bytes * keptPart || (isLast && grown > 0);
}

/** In words; undefined without a budget. */
export function budgetText({ dataBudget, dataUsed }: Budgeted): string | undefined {
  if (!dataBudget) return undefined;
  const used = formatBytes(dataUsed?.bytes ?? 0);
  const period = dataBudget.isMonthly ? ` in ${dataUsed?.month ?? 'this month'}` : '';
  return `${used} of its data budget of ${formatDataBudget(dataBudget)} used${period}`;
}
