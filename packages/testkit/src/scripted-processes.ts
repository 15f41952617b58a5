/** Other programs as a test plays them: every start is listed with what it was given, and a script is what the program does. */
import { OsError } from '@connman/base';
import type { Clock, Process, ProcessExit, Processes, ProcessIdentity, ProcessOptions } from '@connman/ports';

/** What a program does once it runs. */
export type Program = (process: ScriptedProcess) => void;
type Signal = Parameters<Process['signal']>[0];

const ENOENT = 2;

export class ScriptedProcess implements Process {
  readonly name: string;
  readonly options: ProcessOptions;
  readonly identity: ProcessIdentity;
  readonly signals: Signal[] = [];
  isRunning = true;
  /** What was written to its standard input, `input` first. */
  written: string;
  onWritten: () => void = () => {};
  /** By default it ends by the signal, a moment later. */
  onSignal: (name: Signal) => void = (name) =>
    void this.clock.setTimer(1, () => this.end({ kind: 'signal', signal: name }));
  /** Its scripts' own clean-up. */
  onEnd: () => void = () => {};
  private readonly clock: Clock;
  private onExit: (exit: ProcessExit) => void;

  constructor(options: ProcessOptions, pid: number, clock: Clock) {
    this.clock = clock;
    this.options = options;
    this.name = options.program.slice(options.program.lastIndexOf('/') + 1);
    this.identity = { pid, startTime: 1000 + pid };
    this.written = options.input ?? '';
    this.onExit = (exit) => options.onExit(exit);
  }

  say(line: string, stream: 'out' | 'error' = 'error'): void {
    if (this.isRunning) this.options.onLine?.(line, stream);
  }

  ask(text: string): void {
    if (this.isRunning) this.options.onPrompt?.(text);
  }

  exit(code: number): void {
    this.end({ kind: 'code', code });
  }

  end(exit: ProcessExit): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.onEnd();
    this.onExit(exit);
  }

  /** A later run of the program that started it watches it: that one learns no more than that it has ended. */
  adoptedBy(onExit: (exit: ProcessExit) => void): void {
    this.onExit = () => onExit({ kind: 'unknown' });
  }

  write(text: string): void {
    this.written += text;
    if (this.isRunning) this.onWritten();
  }

  endInput(): void {}

  signal(name: Signal): void {
    if (!this.isRunning) return;
    this.signals.push(name);
    if (name === 'SIGKILL') this.clock.setTimer(1, () => this.end({ kind: 'signal', signal: name }));
    else this.onSignal(name);
  }
}

export class ScriptedProcesses implements Processes {
  /** By name; what is not in here is not installed. */
  readonly installed = new Map<string, Program>();
  readonly started: ScriptedProcess[] = [];
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get running(): readonly ScriptedProcess[] {
    return this.started.filter(({ isRunning }) => isRunning);
  }

  find(name: string): string | undefined {
    return this.installed.has(name) ? `/usr/sbin/${name}` : undefined;
  }

  start(options: ProcessOptions): Process {
    const process = new ScriptedProcess(options, 100 + this.started.length, this.clock);
    this.started.push(process);
    // As a real one, it does nothing before this has returned.
    this.clock.setTimer(1, () => {
      if (!process.isRunning) return;
      const program = this.installed.get(process.name);
      if (program) program(process);
      else process.end({ kind: 'not-started', error: new OsError('execve', ENOENT, options.program) });
    });
    return process;
  }

  identify(pid: number): ProcessIdentity | undefined {
    return this.running.find(({ identity }) => identity.pid === pid)?.identity;
  }

  adopt(identity: ProcessIdentity, onExit: (exit: ProcessExit) => void): Process | undefined {
    const found = this.running.find(
      (one) => one.identity.pid === identity.pid && one.identity.startTime === identity.startTime,
    );
    found?.adoptedBy(onExit);
    return found;
  }
}
