/** What is wrong in a settings file, and where: such faults are values that the program logs, the rest of the file counts. */
export interface Problem {
  /** Path, as it was given. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Undefined when the line as a whole could not be read. */
  readonly key?: string;
  readonly found: string;
  readonly expected: string;
}

/** `main.conf:12: InputRequestTimeout is "-1"; expected seconds, 0 or more`: never contains a secret, see `Field.secret`. */
export function formatProblem(problem: Problem): string {
  const what = problem.key === undefined ? `found "${problem.found}"` : `${problem.key} is "${problem.found}"`;
  return `${problem.file}:${problem.line}: ${what}; expected ${problem.expected}`;
}
