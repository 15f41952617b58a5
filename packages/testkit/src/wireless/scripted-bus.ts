/**
 * A message bus without a daemon or sockets: programs that the test plays, and one client that is the code under test. Calls,
 * answers and their time limits are timers of the given clock, so that a conversation is the same each time. Values are handed
 * over as they are, not marshalled.
 */
import { type Bus, BusError, busErrorName, type InterfaceSpec, replyLater } from '@connman/dbus';
import type { Clock } from '@connman/ports';

export interface ScriptedCall {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly args: readonly unknown[];
  answer(value?: unknown): void;
  refuse(errorName: string, text?: string): void;
}

export interface ScriptedProgram {
  /** Answers at once or later; throws BusError to refuse. */
  call(call: ScriptedCall): void;
}

interface Match {
  readonly sender?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly path?: string;
}

type Listener = (args: readonly unknown[], source: { readonly path: string; readonly sender: string }) => void;
type Handler = (args: readonly unknown[], call: unknown) => unknown;

const latencyMs = 1;
const defaultTimeoutMs = 25_000;

export class ScriptedBus {
  private readonly clock: Clock;
  private readonly programs = new Map<string, ScriptedProgram>();
  /** What programs that hang, or have just gone on, are to do, in its order. */
  private readonly hung = new Map<string, { isHung: boolean; readonly acts: (() => void)[] }>();
  private readonly owners: { readonly name: string; readonly listener: (owner: string | undefined) => void }[] = [];
  private readonly listeners: { readonly match: Match; readonly listener: Listener }[] = [];
  private readonly exported = new Map<string, Readonly<Record<string, Handler>>>();
  /** Calls under way, by the program that is to answer. */
  private readonly open = new Map<string, Set<() => void>>();
  /** What StartServiceByName does for a name; nothing can be started if it is not there. */
  readonly activatable = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** As the code under test sees it: the part of Bus that a client needs. */
  get client(): Bus {
    return this as unknown as Bus;
  }

  // The test's side.

  /** The program has the name from now on. */
  own(name: string, program: ScriptedProgram): void {
    this.programs.set(name, program);
    this.hung.delete(name);
    this.tellOwner(name);
  }

  /** It has ended: calls under way are answered by the bus. */
  disown(name: string): void {
    if (!this.programs.delete(name)) return;
    for (const fail of [...(this.open.get(name) ?? [])]) fail();
    this.tellOwner(name);
  }

  /** It is stopped: calls wait for it, and what it has to say; nothing of that is lost when it goes on. */
  hang(name: string, isHung: boolean): void {
    const waiting = this.hung.get(name);
    if (isHung) {
      if (waiting) waiting.isHung = true;
      else this.hung.set(name, { isHung, acts: [] });
    } else if (waiting?.isHung) {
      waiting.isHung = false;
      // What comes of one comes after all that waits.
      while (!waiting.isHung && waiting.acts.length > 0) waiting.acts.shift()?.();
      if (!waiting.isHung && this.hung.get(name) === waiting) this.hung.delete(name);
    }
  }

  /** Now, or once the program goes on. */
  private whenGoing(name: string, act: () => void): void {
    const waiting = this.programs.has(name) && this.hung.get(name);
    if (waiting) waiting.acts.push(act);
    else act();
  }

  emit(sender: string, path: string, interfaceName: string, member: string, args: readonly unknown[]): void {
    this.whenGoing(sender, () => this.signal(sender, path, interfaceName, member, args));
  }

  private signal(sender: string, path: string, interfaceName: string, member: string, args: readonly unknown[]): void {
    if (!this.programs.has(sender)) return;
    for (const { match, listener } of [...this.listeners]) {
      const isMatch =
        (match.sender ?? sender) === sender &&
        (match.interface ?? interfaceName) === interfaceName &&
        (match.member ?? member) === member &&
        (match.path ?? path) === path;
      if (isMatch) listener(args, { path, sender });
    }
  }

  /** A program calls an object of the client; a refusal is answered as BusError. */
  callClient(
    path: string,
    member: string,
    args: readonly unknown[],
    answered: (value: unknown) => void,
    sender = '',
  ): void {
    const handler = this.exported.get(path)?.[member];
    if (!handler) return answered(new BusError(busErrorName.unknownObject, path));
    const call = {
      sender,
      finish: (value: unknown) => answered(value),
      reply: (value: unknown) => answered(value),
      error: (name: string, text: string) => answered(new BusError(name, text)),
    };
    try {
      const value = handler(args, call);
      if (value !== replyLater) answered(value);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      answered(error);
    }
  }

  // The client's side.

  object(spec: InterfaceSpec, address: { readonly name: string; readonly path: string }) {
    return {
      address,
      call: (member: string, args: readonly unknown[], { timeoutMs = defaultTimeoutMs } = {}) =>
        this.call(address.name, { path: address.path, interface: spec.name, member, args }, timeoutMs),
    };
  }

  subscribe(match: Match, _signature: string, listener: Listener): () => void {
    const entry = { match, listener };
    this.listeners.push(entry);
    return () => void this.listeners.splice(this.listeners.indexOf(entry), 1);
  }

  watchOwner(name: string, listener: (owner: string | undefined) => void): () => void {
    const entry = { name, listener };
    this.owners.push(entry);
    this.clock.setTimer(latencyMs, () => this.owners.includes(entry) && listener(this.ownerOf(name)));
    return () => void this.owners.splice(this.owners.indexOf(entry), 1);
  }

  startService(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.clock.setTimer(latencyMs, () => {
        const start = this.activatable.get(name);
        if (!start) return reject(new BusError(busErrorName.serviceUnknown, `${name} cannot be started`));
        start();
        resolve();
      });
    });
  }

  export(path: string, _spec: InterfaceSpec, handlers: Readonly<Record<string, Handler>>): { unexport(): void } {
    this.exported.set(path, handlers);
    return { unexport: () => void this.exported.delete(path) };
  }

  private call(name: string, call: Omit<ScriptedCall, 'answer' | 'refuse'>, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const open = this.open.get(name) ?? new Set<() => void>();
      this.open.set(name, open);
      let cancelTimer = (): void => {};
      const settle = (act: () => void) => {
        if (!open.delete(fail)) return;
        cancelTimer();
        act();
      };
      const refuse = (errorName: string, text = errorName) => settle(() => reject(new BusError(errorName, text)));
      const fail = () => refuse(busErrorName.noReply, `${name} has ended`);
      open.add(fail);
      if (timeoutMs !== Number.POSITIVE_INFINITY) {
        cancelTimer = this.clock.setTimer(timeoutMs, () => refuse(busErrorName.noReply, `${name} does not answer`));
      }
      const program = this.programs.get(name);
      const deliver = (): void => {
        if (!program || this.programs.get(name) !== program) {
          return refuse(busErrorName.serviceUnknown, `${name} is not running`);
        }
        try {
          program.call({ ...call, answer: (value) => settle(() => resolve(value)), refuse });
        } catch (error) {
          if (!(error instanceof BusError)) throw error;
          refuse(error.errorName, error.message);
        }
      };
      this.clock.setTimer(latencyMs, () => {
        if (this.programs.get(name) === program) this.whenGoing(name, deliver);
        else deliver();
      });
    });
  }

  private ownerOf(name: string): string | undefined {
    return this.programs.has(name) ? `:1.${name}` : undefined;
  }

  private tellOwner(name: string): void {
    const owner = this.ownerOf(name);
    for (const one of [...this.owners]) if (one.name === name) one.listener(owner);
  }
}
