/** The program as a user runs it: bundled once, started as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';

export interface Finished {
  readonly out: string;
  readonly error: string;
  readonly status: number | null;
}

export class Connmanctl {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'connmanctl-test-'));
  readonly program = path.join(this.folder, 'connmanctl.js');

  /** @param entry the program's file below src. */
  constructor(entry = 'main.ts') {
    buildSync({
      entryPoints: [path.join(__dirname, '../src', entry)],
      outfile: this.program,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      define: { BUILD_VERSION: '"1.2.3"' },
      logLevel: 'warning',
    });
  }

  start(words: readonly string[], busAddress: string): Running {
    const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: busAddress };
    return new Running(spawn(process.execPath, [this.program, ...words], { env, stdio: 'pipe' }));
  }

  /** With a shell around it, for redirections: `$0` is the program. */
  runInShell(command: string, busAddress: string): Promise<Finished> {
    const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: busAddress };
    const shell = spawn('sh', ['-c', command, `${process.execPath} ${this.program}`], { env, stdio: 'pipe' });
    const running = new Running(shell);
    running.end();
    return running.finished;
  }

  /** On a terminal of its own; script(1) makes it. */
  startOnTerminal(busAddress: string, columns = 100): Running {
    const command = `stty cols ${columns} rows 40; exec ${process.execPath} ${this.program}`;
    const env = { ...process.env, TERM: 'xterm', DBUS_SYSTEM_BUS_ADDRESS: busAddress };
    return new Running(spawn('script', ['-qfec', command, '/dev/null'], { env, stdio: 'pipe' }));
  }

  run(words: readonly string[], busAddress: string): Promise<Finished> {
    const running = this.start(words, busAddress);
    running.end();
    return running.finished;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Running {
  readonly finished: Promise<Finished>;
  private readonly child: ChildProcess;
  private out = '';
  private error = '';
  private read = 0;
  private changed = (): void => {};

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
      this.changed();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.error += text;
    });
    this.finished = new Promise((resolve) => {
      child.once('close', (status) => resolve({ out: this.out, error: this.error, status }));
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Closes its input. */
  end(): void {
    this.child.stdin?.end();
  }

  /** Settles with what has been printed since the last time, once that has the text in it. */
  async until(text: string): Promise<string> {
    for (;;) {
      const at = this.out.indexOf(text, this.read);
      if (at >= 0) {
        const fresh = this.out.slice(this.read, at + text.length);
        this.read = at + text.length;
        return fresh;
      }
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }
}
