/** What is wrong in a settings file, and where: such faults are values that the program logs, the rest of the file counts. */
export interface Problem {
  /** Path, as it was given. */
  readonly file: string;
  /** From 1; 0 when it is about the file as a whole. */
  readonly line: number;
  /** From 1, in characters; absent when it is about the line or the file as a whole. */
  readonly column?: number;
  /** Undefined when the line as a whole could not be read. */
  readonly key?: string;
  readonly found: string;
  readonly expected: string;
}

const maxReported = 10;

/** The problems of one file as they are logged: a damaged file may have thousands. */
export function summarised(problems: readonly Problem[]): readonly Problem[] {
  const [first] = problems;
  if (!first || problems.length <= maxReported) return problems;
  const found = `${problems.length - maxReported} further problems`;
  const expected = 'none; connmand --check lists them all';
  return [...problems.slice(0, maxReported), { file: first.file, line: 0, found, expected }];
}

/** `/etc/connman/main.conf:12: InputRequestTimeout is "-1"; expected whole seconds, 0 or more`. */
export function formatProblem({ file, line, key, found, expected }: Problem): string {
  const place = line === 0 ? file : `${file}:${line}`;
  return `${place}: ${key === undefined ? `found "${found}"` : `${key} is "${found}"`}; expected ${expected}`;
}

/** The same with the column, as compilers write it: `main.conf:12:21: ...`; of a line as a whole it is the first. */
export function formatPlacedProblem(problem: Problem): string {
  const { file, line, column = 1 } = problem;
  if (line === 0) return formatProblem(problem);
  return formatProblem({ ...problem, file: `${file}:${line}:${column}`, line: 0 });
}
