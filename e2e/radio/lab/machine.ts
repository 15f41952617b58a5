// A machine of the radio laboratory: the guest itself, or a network namespace in it that plays another machine.
//
// Nothing is cleaned up here: the guest is thrown away as a whole.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Child } from '../../netns/lab/child';
import { EventRecord } from '../../netns/lab/record';

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Also writes its output to /out/NAME.log. */
  readonly log?: string;
  readonly output?: EventRecord<string>;
}

const BASE_ENVIRONMENT = { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: '/root' };

/**
 * Ends the guest at once with an exit status. Without ceremony: programs that lose their peers may keep each other so busy that,
 * with no time passing, nothing else gets its turn.
 */
export function switchOff(status: number): void {
  writeFileSync('/out/status', `${status}\n`);
  writeFileSync('/proc/sysrq-trigger', 'o');
}

/** Writes the lines of a turn at once: back ends say hundreds of them for each scan, and each write is one of the host's. */
function logWriter(file: string): (line: string) => void {
  let lines: string[] = [];
  return (line) => {
    if (lines.push(`${line}\n`) > 1) return;
    process.nextTick(() => {
      appendFileSync(file, lines.join(''));
      lines = [];
    });
  };
}

export class Machine {
  readonly name: string;
  /** Lines of `ip monitor`: every change of a link, an address or a route. */
  readonly kernel = new EventRecord<string>();
  readonly #enter: readonly string[];

  private constructor(name: string, enter: readonly string[]) {
    this.name = name;
    this.#enter = enter;
  }

  /** The guest itself, whose radios and links are those a daemon under test manages. */
  static async itself(): Promise<Machine> {
    const machine = new Machine('machine', []);
    machine.start(['ip', 'monitor', 'link', 'address', 'route'], { output: machine.kernel, log: 'kernel-events' });
    return machine;
  }

  /** Another machine: a network namespace. */
  static async beside(itself: Machine, name: string): Promise<Machine> {
    await itself.run(['ip', 'netns', 'add', name]);
    const machine = new Machine(name, ['ip', 'netns', 'exec', name]);
    await machine.run('ip link set lo up');
    return machine;
  }

  start(argv: readonly string[], options: StartOptions = {}): Child {
    const { env, log, output } = options;
    const child = new Child([...this.#enter, ...argv], { env: { ...BASE_ENVIRONMENT, ...env }, output });
    if (log !== undefined) child.output.follow(logWriter(`/out/${log}.log`));
    return child;
  }

  /** Runs a program to its end. @returns its output; @throws Error with the output when it fails. */
  async run(argv: readonly string[] | string, options?: StartOptions): Promise<string> {
    const words = typeof argv === 'string' ? argv.split(' ') : argv;
    return this.start(words, options).succeeded(`${this.name}: ${words.join(' ')}`);
  }

  /** All machines of a guest share its files. */
  path(inside: string): string {
    return inside;
  }

  read(file: string): string {
    return readFileSync(file, 'utf8');
  }

  write(file: string, text: string | Buffer, mode?: number): void {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
  }

  /** Waits, from one kernel event to the next, until `look` answers. */
  async until<R>(what: string, look: () => R | Promise<R>, deadlineMs?: number): Promise<NonNullable<R>> {
    return this.kernel.until(`${what} on ${this.name}`, look, deadlineMs);
  }

  /** IPv4 addresses of a link as "192.0.2.7/24". */
  async addresses(link: string): Promise<string[]> {
    const [entry] = JSON.parse((await this.run(`ip -j -4 address show dev ${link}`)) || '[]') as AddressDump[];
    return (entry?.addr_info ?? []).map((info) => `${info.local}/${info.prefixlen}`);
  }

  async defaultRoutes(): Promise<{ dev: string; gateway?: string }[]> {
    return JSON.parse((await this.run('ip -j -4 route show default')) || '[]');
  }
}

interface AddressDump {
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}
