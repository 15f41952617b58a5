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
import { hintFor, isAbsence } from './hints';
import { jsonLine, type View } from './json';
import { fitted } from './narrow';
import { printable } from './print';
import { exitStatus } from './words';

/** Where text goes, and, when a person sits there, where answers come from. */
export interface Terminal {
  out(text: string): void;
  error(text: string): void;
  /** Undefined in one-shot mode. Gives undefined when the signal takes the question back. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<string | undefined>;
}

/** A daemon may wait for a person, or for a network: connect takes up to two minutes. */
export const patience = { timeoutMs: 120_000 } as const;

const vpnBusName = 'net.connman.vpn';

export interface ClientOptions {
  /** Answers as JSON. */
  readonly json: boolean;
  /** Exit statuses of ConnMan's client, and its errors to the letter. */
  readonly compat: boolean;
}

export class Client {
  readonly bus: Bus;
  readonly terminal: Terminal;
  readonly options: ClientOptions;
  /** What went wrong so far, as an exit status; 0 while nothing has. */
  failure = 0;
  /** The path of the objects that this client offers itself. */
  readonly ownPath = `/net/connman/connmanctl${process.pid}`;

  constructor(bus: Bus, terminal: Terminal, options: ClientOptions = { json: false, compat: false }) {
    this.bus = bus;
    this.terminal = terminal;
    this.options = options;
  }

  get manager() {
    return this.bus.object(managerInterface, { name: connmanBusName, path: connmanPaths.root });
  }

  get clock() {
    return this.bus.object(clockInterface, { name: connmanBusName, path: connmanPaths.root });
  }

  /** The same connection, with answers as JSON. */
  withJson(): Client {
    return new Client(this.bus, this.terminal, { ...this.options, json: true });
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
    this.terminal.out(this.options.json ? text : fitted(text));
  }

  /** `Error WHAT: the daemon's words`, and what to do about it; without `what`, `Error: ...`. */
  tell(what: string, error: unknown): void {
    const { compat } = this.options;
    // A peer may have a part in it, as a VPN server has in what it refuses.
    const text = printable(error instanceof Error ? error.message : String(error));
    const hint = compat ? undefined : hintFor(error);
    const head = `Error${what === '' ? '' : ` ${what}`}: ${compat ? text : text.trimEnd()}\n`;
    const status = isAbsence(error) ? exitStatus.noDaemon : exitStatus.failed;
    this.complain(hint === undefined ? head : `${head}  ${hint}\n`, status);
  }

  complain(text: string, status: number = exitStatus.failed): void {
    this.terminal.error(fitted(text));
    this.failed(status);
  }

  /** The first failure is the exit status. */
  failed(status: number): void {
    this.failure ||= status;
  }

  /** Prints what a call answers, or its error. */
  async show<T>(answer: Promise<T>, view: View<T> | ((value: T) => string), what = ''): Promise<void> {
    try {
      const value = await answer;
      if (typeof view === 'function') this.out(view(value));
      else this.out(this.options.json ? jsonLine(view.json(value)) : view.text(value));
    } catch (error) {
      this.tell(what, error);
    }
  }
}
