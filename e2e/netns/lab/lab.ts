// The laboratory: one machine with a daemon under test and its own system bus, and any number of networks on cables.
//
//   await inLab(ours, async (lab) => {
//     const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
//     const connman = await lab.startDaemon();
//     await network.plug();
//     await connman.until('online', () => connman.state === 'online');
//   });
//
// Everything is made of namespaces, so nothing here can touch the machine it runs on; see host.ts for how it ends.
import { startBus } from './bus';
import type { Child, Exit } from './child';
import { Host, type StartOptions } from './host';
import { Network, type NetworkWish } from './network';
import { assertPresent, type Subject } from './subject';
import { ConnmanView } from './view';

/** The daemon's main.conf in a test: as installed, plus what the test needs. */
export interface DaemonOptions {
  readonly args?: readonly string[];
  /** Text of /etc/connman/main.conf; empty for no file at all. */
  readonly mainConf?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Another daemon than the laboratory was made for. */
  readonly subject?: Subject;
}

const MAIN_CONF = '[General]\nPreferredTechnologies=ethernet\n';

let labs = 0;

export class Lab {
  readonly subject: Subject;
  readonly machine: Host;
  readonly connman: ConnmanView;
  readonly #networks: Network[] = [];
  #daemon: Child | undefined;
  #options: DaemonOptions = {};

  private constructor(subject: Subject, machine: Host, connman: ConnmanView) {
    this.subject = subject;
    this.machine = machine;
    this.connman = connman;
  }

  static async open(subject: Subject): Promise<Lab> {
    assertPresent(subject);
    const machine = await Host.open(`cm${process.pid}-${labs++}`);
    try {
      await startBus(machine);
      return new Lab(subject, machine, await ConnmanView.open(machine));
    } catch (error) {
      await machine.close();
      throw error;
    }
  }

  /** Lays an unplugged cable to a new network. */
  async network(wish: NetworkWish): Promise<Network> {
    const network = await Network.open(this.machine, wish, this.subject.offload);
    this.#networks.push(network);
    return network;
  }

  /** Starts the daemon and waits until it has answered what its objects are. */
  async startDaemon(options: DaemonOptions = this.#options): Promise<ConnmanView> {
    if (this.#daemon && !this.#daemon.exit) throw new Error('the daemon runs already');
    this.#options = options;
    const { mainConf = MAIN_CONF, args = [], env = {}, subject = this.subject } = options;
    if (mainConf !== '') this.machine.write('/etc/connman/main.conf', mainConf);
    const daemon = this.machine.start([...subject.daemon, ...args], { env: { ...subject.env, ...env } });
    this.#daemon = daemon;
    this.connman.lost = undefined;
    void daemon.exited.then(() => {
      this.connman.lost = 'the daemon ended';
      this.connman.events.add('(the daemon ended)');
    });
    await this.connman.until('the daemon on the bus', () => {
      if (daemon.exit) throw new Error(`the daemon ended at its start:\n${daemon.output.tail()}`);
      return this.connman.complete;
    });
    return this.connman;
  }

  /** Where most scenarios begin: a network on eth0 with its cable in, and the daemon online there. */
  async online(wish: Partial<NetworkWish> = {}, options?: DaemonOptions) {
    const plan = { link: 'eth0', subnet: '10.77.1', ...wish };
    const network = await this.network(plan);
    await network.plug();
    const connman = await this.startDaemon(options);
    const { path } = await connman.untilOnline(plan.link);
    return { network, connman, path };
  }

  get daemon(): Child {
    if (!this.#daemon) throw new Error('no daemon was started');
    return this.#daemon;
  }

  /** Ends the daemon and waits until its name is gone from the bus. */
  async stopDaemon(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    const exit = await this.daemon.stop(signal);
    await this.connman.events.until('the name to be given up', () => this.connman.owner === '');
    return exit;
  }

  /** Runs the subject's connmanctl. @returns what it printed, standard error included. */
  async connmanctl(...args: string[]): Promise<string> {
    return this.machine.run(['timeout', '30', ...this.subject.client, ...args], { env: this.subject.env });
  }

  /** Asks the name servers of resolv.conf for an IPv4 address, as any program of the machine would. */
  async resolve(name: string): Promise<string> {
    return this.machine.run(['dig', '+short', '+tries=2', '+time=2', name, 'A']);
  }

  start(argv: readonly string[], options?: StartOptions): Child {
    return this.machine.start(argv, options);
  }

  /** What happened, for the message of a failed test. */
  report(): string {
    const daemon = this.#daemon ? `\n--- ${this.subject.name}\n${this.#daemon.output.tail(60)}` : '';
    const networks = this.#networks.map((network) => `\n--- ${network.far.name}\n${network.report()}`).join('');
    return `\n--- bus\n${this.connman.events.tail(40)}\n--- kernel\n${this.machine.kernel.tail(30)}${daemon}${networks}`;
  }

  async close(): Promise<void> {
    this.connman.close();
    await Promise.all([...this.#networks.map((network) => network.close()), this.machine.close()]);
  }
}

/** Runs one scenario in a fresh laboratory; a failure carries the story of the machine. */
export async function inLab(subject: Subject, scenario: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await Lab.open(subject);
  try {
    await scenario(lab);
  } catch (error) {
    if (error instanceof Error) error.message += lab.report();
    throw error;
  } finally {
    await lab.close();
  }
}
