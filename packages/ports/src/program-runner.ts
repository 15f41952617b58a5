/** Other programs that end at once, for what has to be done before anything else goes on. */
export interface ProgramRunner {
  /** Where the program is on the search path of system programs; undefined if it is not installed. */
  find(name: string): string | undefined;
  /**
   * Runs it to its end, while this program stands still. `program` is an absolute path; nothing of the environment is inherited.
   * Throws OsError when it does not start.
   */
  run(program: string, args: readonly string[], input: string): ProgramOutcome;
}

export interface ProgramOutcome {
  /** Undefined when a signal, or the time it may take, ended it. */
  readonly code: number | undefined;
  readonly output: string;
  readonly errors: string;
}
