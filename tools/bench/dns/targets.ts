// What was promised of the figures, and whether it is kept in this run.

interface Target {
  readonly figure: string;
  /** Ours divided by this one's; ours alone if not given. */
  readonly than?: string;
  readonly most?: number;
  readonly least?: number;
}

const targets: readonly Target[] = [
  { figure: 'hits, 100 outstanding: CPU us/query', than: 'dnsmasq', most: 0.83 },
  { figure: 'hits, 100 outstanding: CPU us/query', than: 'unbound', most: 1 },
  { figure: 'lone miss: added p50 us', than: 'connmand', most: 0.8 },
  { figure: 'misses, 20 outstanding: queries/s', than: 'connmand', least: 1 },
  { figure: 'misses, 100 outstanding: queries/s', than: 'connmand', least: 1 },
  { figure: 'TCP hits: queries/s', than: 'resolved', least: 1 },
  { figure: 'hits at 80 % of its peak: lost %', most: 0 },
  { figure: 'hits offered twice its peak: lost %', than: 'unbound', most: 1 },
  { figure: 'misses offered its hit peak: lost %', than: 'unbound', most: 1 },
  { figure: '10,000 names: growth, kB', most: 8192 },
  // Not promised, but told: how near the hit path comes to a server that does nothing.
  { figure: 'hits, 100 outstanding: CPU us/query', than: 'echo' },
];

/** Lines of a table: figure, ours or the ratio, what was promised, and the verdict. */
export function judge(median: (figure: string, subject: string) => number): string[] {
  return targets.flatMap(({ figure, than, most, least }) => {
    const own = median(figure, 'ours');
    const value = than === undefined ? own : own / median(figure, than);
    if (!Number.isFinite(value)) return [];
    const name = than === undefined ? figure : `${figure} / ${than}'s`;
    const bound = most !== undefined ? `at most ${most}` : least !== undefined ? `at least ${least}` : '';
    const isMet = (most === undefined || value <= most) && (least === undefined || value >= least);
    const verdict = bound === '' ? '' : isMet ? 'met' : 'MISSED';
    return [`${name.padEnd(60)}${value.toFixed(2).padStart(10)}  ${bound.padEnd(16)}${verdict}`];
  });
}
