/** What `connmand --check` prints: a line for each problem, and one about the whole. */
import { formatPlacedProblem } from '../problem';
import type { CheckResult } from './check-files';

/** Problems are for standard output, the rest for standard error; the status is 1 when there are any. */
export function checkReport({ checked, problems, skipped }: CheckResult): {
  readonly out: string;
  readonly error: string;
  readonly status: 0 | 1;
} {
  const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join('');
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return {
    out: lines(problems.map(formatPlacedProblem)),
    error: lines([
      ...skipped.map(({ file, reason }) => `not checked: ${file}: ${reason}; run this as root to check it`),
      `${count(checked.length, 'file')} checked, ${count(problems.length, 'problem')}`,
    ]),
    status: problems.length > 0 ? 1 : 0,
  };
}
