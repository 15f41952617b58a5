// One process of the laboratory: its output lines as events, its end as a promise, and a way to signal exactly it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { EventRecord } from './record';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Child {
  readonly output: EventRecord<string>;
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #behind: boolean;
  exit: Exit | undefined;

  /** `behindNsenter`: the program itself is the child of the process we start, because it enters a pid namespace. */
  constructor(
    argv: readonly string[],
    options: { env?: NodeJS.ProcessEnv; output?: EventRecord<string> | undefined; behindNsenter?: boolean } = {},
  ) {
    const [program, ...args] = argv;
    if (program === undefined) throw new Error('no program to start');
    this.output = options.output ?? new EventRecord();
    this.#behind = options.behindNsenter ?? false;
    this.#process = spawn(program, args, { env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stdin?.on('error', () => undefined); // a program that is gone does not read its input
    this.#readLines(this.#process.stdout);
    this.#readLines(this.#process.stderr);
    this.exited = new Promise((resolve) => {
      this.#process.once('error', (error) => this.output.add(`cannot start ${program}: ${error.message}`));
      this.#process.once('close', (code, signal) => {
        this.exit = { code, signal };
        this.output.add(`(${program} ended: ${signal ?? code})`);
        resolve(this.exit);
      });
    });
  }

  /** The pid, in the machine's own numbering, of the program itself. */
  get pid(): number {
    const started = this.#process.pid ?? 0;
    if (!this.#behind) return started;
    return firstChild(started) ?? started;
  }

  /** The first line, past or future, that matches; fails at once when the program ends without it. */
  async line(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray> {
    const look = () => {
      for (const line of this.output.items) {
        const match = pattern.exec(line);
        if (match) return match;
      }
      if (this.exit)
        throw new Error(`it ended (${this.exit.signal ?? this.exit.code}) without ${pattern}\n${this.output.tail()}`);
      return undefined;
    };
    return this.output.until(`a line like ${pattern}`, look, deadlineMs);
  }

  /** Without input to its end. @returns its output; @throws Error with the output when it fails. */
  async succeeded(what: string): Promise<string> {
    this.closeInput();
    const { code, signal } = await this.exited;
    const text = this.output.items.slice(0, -1).join('\n');
    if (code !== 0) throw new Error(`${what} failed (${signal ?? code}): ${text}`);
    return text;
  }

  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  closeInput(): void {
    this.#process.stdin?.end();
  }

  signal(name: NodeJS.Signals): void {
    if (this.exit) return;
    process.kill(this.pid, name);
    // nsenter stops itself when its child is stopped.
    if (name === 'SIGCONT') this.#process.kill(name);
  }

  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    try {
      this.signal(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH' && (error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw error;
    }
    return this.exited;
  }

  #readLines(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) this.output.add(part);
    });
    stream?.on('end', () => {
      if (rest !== '') this.output.add(rest);
    });
  }
}

function firstChild(parent: number): number | undefined {
  const list = `/proc/${parent}/task/${parent}/children`;
  if (existsSync(list)) {
    const [child] = readFileSync(list, 'utf8').trim().split(' ');
    return child ? Number(child) : undefined;
  }
  // A kernel without CONFIG_PROC_CHILDREN.
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : '';
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) return Number(pid);
  }
  return undefined;
}
