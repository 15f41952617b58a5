import type { OsError } from '@connman/base';

/** The user a program runs as; that of this program, where nothing is given. */
export interface ProcessUser {
  readonly user?: string;
  readonly group?: string;
  readonly supplementaryGroups?: readonly string[];
}

export interface ProcessOptions {
  /** Absolute path. */
  readonly program: string;
  /** Never a secret: other users can read them. */
  readonly args: readonly string[];
  /** The whole environment but PATH; nothing is inherited. Never a secret. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to its standard input, which then ends; without it the input is empty, with `keepInput` it stays open. */
  readonly input?: string;
  readonly keepInput?: boolean;
  /**
   * `lines`: to `onLine`, and the program is likely to end when this one does. `inherit`: to this program's standard error, so
   * that it can outlive this program. `none`: nowhere.
   */
  readonly output: 'lines' | 'inherit' | 'none';
  readonly runAs?: ProcessUser;
  /** A line of standard output or error, without its newline. */
  onLine?(line: string, stream: 'out' | 'error'): void;
  /** What stands behind the last newline: a question that waits for its answer. May come more than once, growing. */
  onPrompt?(text: string): void;
  /** Called once, after the last line. */
  onExit(exit: ProcessExit): void;
}

/** `unknown` where an earlier run of this program had started the process. */
export type ProcessExit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'unknown' }
  /** It never ran. */
  | { readonly kind: 'not-started'; readonly error: OsError };

/** A process for good: pids are used again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot (field 22 of /proc/PID/stat). */
  readonly startTime: number;
}

export interface Process {
  /** Undefined when it could not be started, or is gone already. */
  readonly identity: ProcessIdentity | undefined;
  write(text: string): void;
  endInput(): void;
  /** Nothing happens once it is gone. */
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2'): void;
}

/** Other programs: found, started, watched, ended. */
export interface Processes {
  /** Where the program is on the search path of system programs; undefined if it is not installed. */
  find(name: string): string | undefined;
  /** Starts it in a session of its own, so that it outlives this program. `onExit` tells when it could not be started. */
  start(options: ProcessOptions): Process;
  /** The process with this pid now; undefined if there is none. */
  identify(pid: number): ProcessIdentity | undefined;
  /** Watches a process that an earlier run started; undefined if it is gone. */
  adopt(identity: ProcessIdentity, onExit: (exit: ProcessExit) => void): Process | undefined;
}
