/** A program's place on a message bus: its objects, its names, and what it asks of and hears from others. */
import { type Logger, silentLogger } from '@connman/base';
import type { BusStreamPort } from '@connman/ports';
import { parseAddresses } from './address';
import { BusError, busErrorName } from './bus-error';
import { Connection, type ConnectionLimits, defaultLimits } from './connection';
import { type InterfaceSpec, parseArguments } from './interface';
import type { SignalMatch } from './match-rule';
import type { Handlers } from './method-call';
import { type Exported, type ExportOptions, ObjectTree } from './object-tree';
import { type ObjectAddress, RemoteObject } from './remote-object';
import { type SignalSource, Signals } from './signals';
import { busAddress, busInterface } from './standard';
import type { ArgsOf } from './types';

export interface BusOptions {
  /** The kind of socket to use: `nodeBusStream`, or the native one of @connman/linux. */
  readonly stream: BusStreamPort;
  /** A D-Bus address list; see `systemBusAddress`. */
  readonly address: string;
  readonly log?: Logger;
  readonly limits?: Partial<ConnectionLimits>;
}

const allowReplacement = 1;
const replaceExisting = 2;
const doNotQueue = 4;

export interface NameManner {
  /** Wait in the name's queue: it is ours when its owner leaves. */
  readonly wait?: boolean;
  /** Another connection may take it from us (and we wait for it again, with `wait`). */
  readonly replaceable?: boolean;
  /** Take it from an owner that is replaceable. */
  readonly replace?: boolean;
}
const primaryOwner = 1;
const alreadyOwner = 4;

export class Bus {
  private readonly connection: Connection;
  private readonly signals: Signals;
  private readonly tree: ObjectTree;
  private readonly driver: RemoteObject<typeof busInterface>;
  private readonly lostListeners: ((reason: string) => void)[] = [];
  private readonly callListeners: (() => void)[] = [];
  private name = '';

  private constructor(log: Logger, limits: ConnectionLimits) {
    this.connection = new Connection(
      {
        onCall: (message) => {
          for (const listener of this.callListeners) listener();
          this.tree.dispatch(message);
        },
        onSignal: (message) => this.signals.deliver(message),
        onLost: (reason) => {
          for (const listener of this.lostListeners) listener(reason);
        },
      },
      log,
      limits,
    );
    this.signals = new Signals(this.connection, log);
    this.tree = new ObjectTree(this.connection, log);
    this.driver = new RemoteObject(busInterface, busAddress, this.connection, this.signals);
  }

  /** Connects to the first socket of the address list that answers. Rejects with OsError or BusError. */
  static async connect(options: BusOptions): Promise<Bus> {
    const sockets = parseAddresses(options.address);
    if (!sockets.ok) throw new BusError(busErrorName.failed, `The bus address ${sockets.error.reason}`);
    let lastFault: unknown;
    for (const socket of sockets.value) {
      const bus = new Bus(options.log ?? silentLogger, { ...defaultLimits, ...options.limits });
      try {
        await bus.connection.open(options.stream, socket);
        bus.name = await bus.driver.call('Hello', []);
        return bus;
      } catch (fault) {
        bus.close();
        lastFault = fault;
      }
    }
    throw lastFault;
  }

  /** `:1.42` */
  get uniqueName(): string {
    return this.name;
  }

  get passesFds(): boolean {
    return this.connection.passesFds;
  }

  /** Asks for a well-known name; false if another connection has it. Asked again, the manner is changed. */
  async requestName(name: string, manner: NameManner = {}): Promise<boolean> {
    const flags =
      (manner.replaceable ? allowReplacement : 0) |
      (manner.replace ? replaceExisting : 0) |
      (manner.wait ? 0 : doNotQueue);
    const result = await this.driver.call('RequestName', [name, flags]);
    return result === primaryOwner || result === alreadyOwner;
  }

  async releaseName(name: string): Promise<void> {
    await this.driver.call('ReleaseName', [name]);
  }

  /** Has the bus start the program of a name, if it is not running. Rejects with BusError if it cannot. */
  async startService(name: string): Promise<void> {
    await this.driver.call('StartServiceByName', [name, 0]);
  }

  /** The user id of a name's owner. Rejects with BusError if there is none. */
  userOf(name: string): Promise<number> {
    return this.driver.call('GetConnectionUnixUser', [name]);
  }

  /** The SELinux context of a name's owner. Rejects with BusError where SELinux is not in use. */
  async seLinuxContextOf(name: string): Promise<string> {
    const context = await this.driver.call('GetConnectionSELinuxSecurityContext', [name]);
    return Buffer.from(context).toString('latin1').replace(/\0$/, '');
  }

  /** Settles when the bus has done everything asked of it before. */
  async sync(): Promise<void> {
    await this.driver.call('GetId', []);
  }

  /** Puts an interface on an object of ours. */
  export<I extends InterfaceSpec>(
    path: string,
    spec: I,
    handlers: NoInfer<Handlers<I>>,
    options?: ExportOptions,
  ): Exported<I> {
    return this.tree.export(path, spec, handlers, options);
  }

  /** Offers org.freedesktop.DBus.ObjectManager at a path, for all objects below it. */
  manageObjects(path: string): void {
    this.tree.manage(path);
  }

  /** An object of another program. Nothing is asked of it yet. */
  object<I extends InterfaceSpec>(spec: I, address: ObjectAddress): RemoteObject<I> {
    return new RemoteObject(spec, address, this.connection, this.signals);
  }

  /** Signals by any rule; `list` says their arguments, as in an interface table. The returned function ends it. */
  subscribe<const L extends string>(
    match: SignalMatch,
    list: L,
    listener: (args: ArgsOf<L>, source: SignalSource) => void,
  ): () => void {
    // Only signals with the list's signature are delivered.
    return this.signals.subscribe(
      match,
      parseArguments(list),
      listener as (args: unknown[], source: SignalSource) => void,
    );
  }

  /** Tells who owns a name: once it is known, and at each change. The returned function ends it. */
  watchOwner(name: string, listener: (owner: string | undefined) => void): () => void {
    return this.signals.watchOwner(name, listener);
  }

  /** Calls back once, when a client (by its unique name) is gone, or was gone already. */
  watchName(uniqueName: string, onGone: () => void): () => void {
    const end = this.signals.watchOwner(uniqueName, (owner) => {
      if (owner !== undefined) return;
      end();
      onGone();
    });
    return end;
  }

  /** Calls back when the bus has gone away by itself; every pending call has been rejected then. */
  onLost(listener: (reason: string) => void): void {
    this.lostListeners.push(listener);
  }

  /** Called before each call that others make is handled. */
  onCall(listener: () => void): void {
    this.callListeners.push(listener);
  }

  close(): void {
    this.connection.close();
  }
}
