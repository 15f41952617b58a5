// The table of medians and ratios, and what was promised of them.
import type { Samples } from './samples';

const MANY = ', 10,000 routes';

/** Ours may be at most `most` times the median of `than`, or `most` itself. */
interface Target {
  readonly figure: string;
  readonly most: number;
  readonly than?: string;
}

const targets: readonly Target[] = [
  { figure: 'link up -> address', most: 1.0, than: 'networkmanager' },
  { figure: 'link up -> online', most: 0.3, than: 'connmand' },
  { figure: 'exec -> address', most: 2.0, than: 'connmand' },
  { figure: 'cable loss -> default route moved', most: 2.0, than: 'connmand' },
  { figure: 'cable loss -> name servers moved', most: 2.0, than: 'connmand' },
  { figure: 'idle, anonymous kB', most: 10_240 },
  ...[
    'exec -> bus name',
    'link up -> address',
    'link up -> ready',
    'link up -> online',
    'cable loss -> default route moved',
    'idle, anonymous kB',
  ].map((figure) => ({ figure, most: 1.05, than: 'before' })),
];
/** With many foreign routes nothing may take longer than this many times what it takes without. */
const GROWTH = 1.5;

export function printTable(samples: Samples, subjects: readonly string[]): void {
  const [first = 'ours', ...others] = subjects;
  const rows = [['median', first, ...others.flatMap((name) => [name, 'ratio'])]];
  for (const figure of samples.figures(subjects)) {
    const own = samples.median(first, figure);
    const cells = others.flatMap((name) => {
      const other = samples.median(name, figure);
      return [show(other), own !== undefined && other !== undefined ? (own / other).toFixed(2) : '-'];
    });
    rows.push([figure, show(own), ...cells]);
  }
  printRows(rows);
  const floors = samples.figures(['floor']).map((figure) => [figure, show(samples.median('floor', figure))]);
  if (floors.length > 0) printRows([['floor', 'median'], ...floors]);
  const verdicts = [...judgeTargets(samples, first), ...judgeGrowth(samples, first)];
  if (verdicts.length > 0) printRows([['target of ours', 'is', 'at most', ''], ...verdicts]);
  for (const name of subjects) {
    if (samples.failures(name) > 0) console.log(`${name}: ${samples.failures(name)} parts of rounds failed`);
  }
}

function judgeTargets(samples: Samples, subject: string): string[][] {
  return targets.flatMap(({ figure, most, than }) => {
    const own = samples.median(subject, figure);
    const other = than === undefined ? 1 : samples.median(than, figure);
    if (subject !== 'ours' || own === undefined || other === undefined) return [];
    const ratio = own / other;
    const named = than === undefined ? figure : `${figure} / ${than}'s`;
    return [
      [named, than ? ratio.toFixed(2) : show(ratio), than ? most.toFixed(2) : String(most), verdict(ratio <= most)],
    ];
  });
}

function judgeGrowth(samples: Samples, subject: string): string[][] {
  return samples.figures([subject]).flatMap((figure) => {
    const many = samples.median(subject, figure + MANY);
    const few = samples.median(subject, figure);
    if (subject !== 'ours' || many === undefined || few === undefined) return [];
    return [
      [
        `${figure}: with 10,000 routes / without`,
        (many / few).toFixed(2),
        String(GROWTH),
        verdict(many / few <= GROWTH),
      ],
    ];
  });
}

const verdict = (met: boolean) => (met ? 'met' : 'MISSED');

function show(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

function printRows(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  console.log(`\n${rows.map(line).join('\n')}`);
}
