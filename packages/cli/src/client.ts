/** A connection to the bus, the objects behind it, and where text goes: what every command works with. */
import {
  clockInterface,
  connmanBusName,
  connmanPaths,
  managerInterface,
  peerInterface,
  serviceInterface,
  sessionInterface,
  technologyInterface,
  vpnConnectionInterface,
  vpnManagerInterface,
} from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { Agents } from './agent';
import type { Monitor } from './commands/monitor';
import type { Session } from './commands/session';

/** Where text goes, and, when somebody sits there, where answers come from. */
export interface Terminal {
  out(text: string): void;
  error(text: string): void;
  /** Undefined in one-shot mode. Gives undefined when the signal takes the question back. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<string | undefined>;
}

/** A daemon may wait for a person, or for a network: connect takes up to two minutes. */
export const patience = { timeoutMs: 120_000 } as const;

const vpnBusName = 'net.connman.vpn';

export class Client {
  readonly bus: Bus;
  readonly terminal: Terminal;
  /** The path of the objects that this client offers itself. */
  readonly ownPath = `/net/connman/connmanctl${process.pid}`;
  // What outlives the command that started it.
  monitor: Monitor | undefined;
  session: Session | undefined;
  agents: Agents | undefined;

  constructor(bus: Bus, terminal: Terminal) {
    this.bus = bus;
    this.terminal = terminal;
  }

  get manager() {
    return this.bus.object(managerInterface, { name: connmanBusName, path: connmanPaths.root });
  }

  get clock() {
    return this.bus.object(clockInterface, { name: connmanBusName, path: connmanPaths.root });
  }

  technology(name: string) {
    return this.bus.object(technologyInterface, { name: connmanBusName, path: connmanPaths.technology(name) });
  }

  service(name: string) {
    return this.bus.object(serviceInterface, { name: connmanBusName, path: connmanPaths.service(name) });
  }

  peer(name: string) {
    return this.bus.object(peerInterface, { name: connmanBusName, path: `/net/connman/peer/${name}` });
  }

  sessionAt(path: string) {
    return this.bus.object(sessionInterface, { name: connmanBusName, path });
  }

  get vpnManager() {
    return this.bus.object(vpnManagerInterface, { name: vpnBusName, path: '/' });
  }

  connection(name: string) {
    return this.bus.object(vpnConnectionInterface, {
      name: vpnBusName,
      path: `/net/connman/vpn/connection/${name}`,
    });
  }

  out(text: string): void {
    this.terminal.out(text);
  }

  /** `Error WHAT: the daemon's words`; without `what`, `Error: ...`. */
  tell(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.terminal.error(`Error${what === '' ? '' : ` ${what}`}: ${text}\n`);
  }

  /** Prints what a call answers, or its error. */
  async show<T>(answer: Promise<T>, format: (value: T) => string, what = ''): Promise<void> {
    try {
      this.out(format(await answer));
    } catch (error) {
      this.tell(what, error);
    }
  }
}
