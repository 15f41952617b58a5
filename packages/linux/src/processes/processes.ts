/** Other programs, through Node's child processes; those of an earlier run through a pidfd. */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { OsError } from '@connman/base';
import type { Process, ProcessExit, Processes, ProcessIdentity, ProcessOptions, ProcessUser } from '@connman/ports';
import { addon } from '../addon';
import { Descriptor, READABLE } from '../descriptor';

export const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const ENOENT = 2;
/** The field with the start time, counted behind the program's name (proc(5): 22 of all). */
const START_TIME_FIELD = 19;

export const processes: Processes = {
  find: (name) => searchPath.map((folder) => `${folder}/${name}`).find(isExecutable),
  start: (options) => new StartedProcess(options),
  identify: identityOf,
  adopt(identity, onExit) {
    const fd = addon().pidfdOpen(identity.pid);
    if (fd < 0) return undefined;
    // Behind the descriptor it can no longer become another process.
    if (identityOf(identity.pid)?.startTime !== identity.startTime) {
      addon().close(fd);
      return undefined;
    }
    return new AdoptedProcess(identity, fd, onExit);
  },
};

const signalNumber = (name: NodeJS.Signals) => process.getBuiltinModule('node:os').constants.signals[name];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined if there is no such process, or only its body (state Z). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return { pid, startTime: Number(fields[START_TIME_FIELD - 1]) };
  } catch {
    return undefined;
  }
}

/** setpriv sets what Node cannot: supplementary groups. It becomes the program. */
function commandOf({ program, args, runAs }: ProcessOptions): readonly [string, readonly string[]] {
  if (!runAs) return [program, args];
  const setpriv = processes.find('setpriv');
  if (setpriv === undefined)
    throw new OsError('spawn', ENOENT, 'setpriv', 'running a program as another user needs it');
  return [setpriv, [...privilegeArguments(runAs), '--', program, ...args]];
}

function privilegeArguments({ user, group, supplementaryGroups = [] }: ProcessUser): readonly string[] {
  return [
    ...(user === undefined ? [] : [`--reuid=${user}`]),
    ...(group === undefined ? [] : [`--regid=${group}`]),
    supplementaryGroups.length > 0 ? `--groups=${supplementaryGroups.join(',')}` : '--clear-groups',
    ...(user === undefined ? [] : ['--inh-caps=-all']),
  ];
}

class StartedProcess implements Process {
  readonly identity: ProcessIdentity | undefined;
  private readonly child: ChildProcess | undefined;

  constructor(options: ProcessOptions) {
    const finish = once(options.onExit);
    try {
      const [program, args] = commandOf(options);
      // Loaded on use.
      const { spawn } = process.getBuiltinModule('node:child_process');
      this.child = spawn(program, args, spawnOptions(options));
    } catch (error) {
      process.nextTick(() => finish(notStarted(options.program, error)));
      return;
    }
    const { child } = this;
    this.identity = child.pid === undefined ? undefined : identityOf(child.pid);
    child.once('error', (error) => finish(notStarted(options.program, error)));
    child.once('close', (code, signal) =>
      finish(code === null ? { kind: 'signal', signal: signal ?? 'SIGKILL' } : { kind: 'code', code }),
    );
    // One that ends early does not read its input.
    child.stdin?.on('error', () => {});
    if (options.output === 'lines') {
      const onPrompt = (text: string) => options.onPrompt?.(text);
      readLines(child.stdout, (line) => options.onLine?.(line, 'out'), onPrompt);
      readLines(child.stderr, (line) => options.onLine?.(line, 'error'), onPrompt);
    }
    if (options.input !== undefined) child.stdin?.write(options.input);
    if (!options.keepInput) child.stdin?.end();
    // It may outlive us.
    child.unref();
  }

  write(text: string): void {
    this.child?.stdin?.write(text);
  }

  endInput(): void {
    this.child?.stdin?.end();
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }
}

class AdoptedProcess implements Process {
  readonly identity: ProcessIdentity;
  private readonly descriptor: Descriptor;

  constructor(identity: ProcessIdentity, fd: number, onExit: (exit: ProcessExit) => void) {
    this.identity = identity;
    this.descriptor = new Descriptor(fd, READABLE, `process ${identity.pid}`, () => {
      this.descriptor.close();
      onExit({ kind: 'unknown' });
    });
  }

  write(): void {}

  endInput(): void {}

  signal(name: NodeJS.Signals): void {
    if (this.descriptor.isOpen) addon().pidfdSignal(this.descriptor.fd, signalNumber(name));
  }
}

function spawnOptions({ environment, input, keepInput, output }: ProcessOptions): SpawnOptions {
  const stdin = input !== undefined || keepInput ? 'pipe' : 'ignore';
  const stdout = output === 'lines' ? 'pipe' : output === 'inherit' ? 2 : 'ignore';
  return {
    env: { PATH: searchPath.join(':'), ...environment },
    stdio: [stdin, stdout, stdout],
    detached: true,
    cwd: '/',
  };
}

function notStarted(program: string, error: unknown): ProcessExit {
  if (error instanceof OsError) return { kind: 'not-started', error };
  const { errno = -ENOENT } = error as NodeJS.ErrnoException;
  return { kind: 'not-started', error: new OsError('spawn', Math.abs(errno), program) };
}

function once<T>(callback: (value: T) => void): (value: T) => void {
  let called = false;
  return (value) => {
    if (called) return;
    called = true;
    callback(value);
  };
}

function readLines(
  stream: NodeJS.ReadableStream | null,
  onLine: (line: string) => void,
  onPrompt: (text: string) => void,
): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    if (rest !== '') onPrompt(rest);
  });
  stream?.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
