/** Amounts of data that may be used, as people write them: `5G/month`, `500M`. Units are decimal, as tariffs have them. */

export interface DataBudget {
  readonly bytes: number;
  /** It begins again with each calendar month, UTC; otherwise it is for once. */
  readonly isMonthly: boolean;
}

export const dataBudgetPattern = /^(\d{1,15}(?:\.\d{1,3})?)([KMGT]?)(\/month)?$/i;

const units = ['', 'K', 'M', 'G', 'T'];

/** Undefined where it is none, or less than a byte. */
export function parseDataBudget(text: string): DataBudget | undefined {
  const [, number, unit = '', month] = dataBudgetPattern.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(number) * 1000 ** units.indexOf(unit.toUpperCase()));
  if (!(bytes >= 1) || bytes > Number.MAX_SAFE_INTEGER) return undefined;
  return { bytes, isMonthly: month !== undefined };
}

/** With the largest unit that leaves a whole number, so that it is read back the same. */
export function formatDataBudget({ bytes, isMonthly }: DataBudget): string {
  const power = units.findLastIndex((_, n) => bytes % 1000 ** n === 0);
  return `${bytes / 1000 ** power}${units[power]}${isMonthly ? '/month' : ''}`;
}

/** For people: `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.max(0, Math.floor(Math.log10(bytes || 1) / 3)), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}B`;
}
