// The program that connmand drives its radios through: wpa_supplicant or iwd, as Debian ships them.
import type { Child } from '../../netns/lab/child';
import type { BusNames } from './bus-names';
import type { Machine } from './machine';

export type BackendName = 'wpa_supplicant' | 'iwd';

export const backendNames: readonly BackendName[] = ['wpa_supplicant', 'iwd'];

const programs: Record<BackendName, { readonly argv: readonly string[]; readonly busName: string }> = {
  wpa_supplicant: {
    argv: ['wpa_supplicant', '-u', '-t', '-d', '-O', '/run/wpa_supplicant'],
    busName: 'fi.w1.wpa_supplicant1',
  },
  iwd: { argv: ['/usr/libexec/iwd', '-d'], busName: 'net.connman.iwd' },
};

export class Backend {
  readonly name: BackendName;
  readonly #machine: Machine;
  readonly #names: BusNames;
  #program: Child | undefined;

  constructor(name: BackendName, machine: Machine, names: BusNames) {
    this.name = name;
    this.#machine = machine;
    this.#names = names;
  }

  get program(): Child {
    if (!this.#program) throw new Error(`${this.name} was not started`);
    return this.#program;
  }

  /** Starts it and waits until it is on the bus. */
  async start(): Promise<void> {
    const { argv, busName } = programs[this.name];
    this.#program = this.#machine.start(argv, { log: this.name });
    await this.#names.until(busName, true);
  }

  /** Ends it and waits until its name is gone from the bus; SIGKILL for a crash. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.program.stop(signal);
    await this.#names.until(programs[this.name].busName, false);
  }

  report(count = 40): string {
    return `--- ${this.name}\n${this.#program?.output.tail(count) ?? '  (not started)'}`;
  }
}
