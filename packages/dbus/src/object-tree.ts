/**
 * The objects this program offers: which handler an incoming call reaches, and what is answered when none does.
 *
 * The wording of the errors is the reference implementation's, which clients of ConnMan know (contract, "general").
 */
import { formatDecodeError, Invariant, type Logger } from '@connman/base';
import { readArguments } from './arguments';
import { BusError, busErrorName } from './bus-error';
import type { Connection } from './connection';
import {
  type CompiledInterface,
  type CompiledMethod,
  compileInterface,
  type InterfaceSpec,
  parseArguments,
} from './interface';
import { introspectionXml } from './introspect';
import { type Message, messageFlag, messageType } from './message';
import { type Answerer, type Handlers, MethodCall, replyLater } from './method-call';
import { isObjectPath } from './names';
import { ObjectManager } from './object-manager';
import { type PropertyTable, StandardProperties } from './properties';
import { introspectableInterface, objectManagerInterface, peerInterface, propertiesInterface } from './standard';
import type { ArgsOf } from './types';

type AnyHandler = (args: unknown[], call: MethodCall) => unknown;

/** An interface on an object, with its handlers. */
export interface Implementation {
  readonly compiled: CompiledInterface;
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  /** What its GetProperties answers, if it has any. */
  readonly properties?: () => PropertyTable;
}

export interface ExportOptions {
  /**
   * The interface's properties as they are now. With it org.freedesktop.DBus.Properties and the ObjectManager show them, too;
   * each PropertyChanged signal is repeated there.
   */
  readonly properties?: () => PropertyTable;
}

/** An interface that is on the bus at a path. */
export interface Exported<I extends InterfaceSpec> {
  readonly path: string;
  /** Sends a signal; nothing happens once the interface has been taken back. */
  emit<S extends keyof I['signals'] & string>(signal: S, args: ArgsOf<I['signals'][S], 'write'>): void;
  /** Takes the interface back; the object goes with its last one. Calls that wait may still be answered. */
  unexport(): void;
}

export class ObjectTree implements Answerer {
  private readonly connection: Connection;
  private readonly log: Logger;
  private readonly objects = new Map<string, Map<string, Implementation>>();
  private manager: ObjectManager | undefined;
  private readonly properties = new StandardProperties(this.objects, (path, args) =>
    this.emit(path, compileInterface(propertiesInterface), 'PropertiesChanged', args),
  );
  /** What every object that has properties has. */
  private readonly standardProperties: ReadonlyMap<string, Implementation> = new Map([
    [propertiesInterface.name, implement(propertiesInterface, this.properties.handlers)],
  ]);
  /** What every object has. */
  private readonly standard: ReadonlyMap<string, Implementation> = new Map([
    [
      introspectableInterface.name,
      implement(introspectableInterface, { Introspect: (_args, call) => this.introspect(call.path) }),
    ],
    [peerInterface.name, implement(peerInterface, { Ping: () => {}, GetMachineId: () => machineId() })],
  ]);

  constructor(connection: Connection, log: Logger) {
    this.connection = connection;
    this.log = log;
  }

  /** Puts an interface on an object; throws Invariant if it is there already. */
  export<I extends InterfaceSpec>(
    path: string,
    spec: I,
    handlers: NoInfer<Handlers<I>>,
    options: ExportOptions = {},
  ): Exported<I> {
    const compiled = compileInterface(spec);
    if (!isObjectPath(path)) throw new Invariant(`"${path}" is no object path`);
    let interfaces = this.objects.get(path);
    if (interfaces?.has(compiled.name)) throw new Invariant(`${compiled.name} is on ${path} already`);
    const first = !interfaces;
    if (!interfaces) {
      interfaces = new Map();
      this.objects.set(path, interfaces);
    }
    interfaces.set(compiled.name, { ...implement(spec, handlers), ...options });
    this.manager?.added(path, compiled.name, first);
    let exported = true;
    return {
      path,
      emit: (signal, args) => {
        if (!exported) return;
        this.emit(path, compiled, signal, args);
        if (signal === 'PropertyChanged' && options.properties) {
          this.properties.changed(path, compiled.name, String(args[0]));
        }
      },
      unexport: () => {
        if (!exported) return;
        exported = false;
        this.remove(path, compiled.name);
      },
    };
  }

  /** Offers org.freedesktop.DBus.ObjectManager at a path, for all objects below it. */
  manage(path: string): void {
    const manager = new ObjectManager(path, this.objects);
    const exported = this.export(path, objectManagerInterface, {
      GetManagedObjects: () => manager.managedObjects(),
    });
    manager.attach(exported);
    this.manager = manager;
  }

  private remove(path: string, name: string): void {
    const interfaces = this.objects.get(path);
    interfaces?.delete(name);
    const last = interfaces?.size === 0;
    if (last) this.objects.delete(path);
    this.manager?.removed(path, name, last);
  }

  private emit(path: string, compiled: CompiledInterface, signal: string, args: readonly unknown[]): void {
    const text = compiled.signals.get(signal);
    if (text === undefined) throw new Invariant(`${compiled.name} has no signal ${signal}`);
    const list = parseArguments(text);
    this.manager?.flush();
    this.connection.send({
      type: messageType.signal,
      flags: messageFlag.noReplyExpected,
      path,
      interface: compiled.name,
      member: signal,
      signature: list.signature,
      types: list.types,
      body: args,
    });
  }

  /** The object an incoming call is for does what it is asked, or the caller is told why not. */
  dispatch(message: Message): void {
    const own = this.objects.get(message.path);
    // Like libdbus, which answers Peer and Introspectable at any path.
    const found =
      (own && findMethod(own, message)) ??
      findMethod(this.standard, message) ??
      (this.properties.hasAny(message.path) ? findMethod(this.standardProperties, message) : undefined);
    if (found) return this.run(message, found.implementation, found.method);
    this.connection.discardFds(message.fds);
    const known = own !== undefined || this.hasBelow(message.path);
    const text =
      `Method "${message.member}" with signature "${message.signature}" ` +
      `on interface "${message.interface || '(null)'}" doesn't exist\n`;
    this.connection.replyError(message, known ? busErrorName.unknownMethod : busErrorName.unknownObject, text);
  }

  private hasBelow(path: string): boolean {
    const prefix = path === '/' ? '/' : `${path}/`;
    for (const other of this.objects.keys()) if (other.startsWith(prefix)) return true;
    return false;
  }

  private introspect(path: string): string {
    const prefix = path === '/' ? '/' : `${path}/`;
    const children = new Set<string>();
    for (const other of this.objects.keys())
      if (other.startsWith(prefix) && other !== path) children.add(other.slice(prefix.length).split('/')[0] as string);
    const own = this.objects.get(path)?.values() ?? [];
    // Where there is no object there is no interface either; Peer is never listed.
    const interfaces = this.objects.has(path) ? [compileInterface(introspectableInterface)] : [];
    for (const { compiled } of own) interfaces.push(compiled);
    if (this.properties.hasAny(path)) interfaces.push(compileInterface(propertiesInterface));
    return introspectionXml(interfaces, [...children].sort());
  }

  private run(message: Message, implementation: Implementation, method: CompiledMethod): void {
    const args = readArguments(method.in, message, this.connection);
    if (!args.ok) {
      const text = `The arguments of ${method.name} cannot be read: ${formatDecodeError(args.error)}`;
      this.log.debug(`dbus: ${message.sender}: ${text}`);
      return this.connection.replyError(message, busErrorName.invalidArgs, text);
    }
    const call = new MethodCall(message, implementation.compiled.name, method.out, this);
    try {
      const handler = implementation.handlers[method.name] as AnyHandler;
      const answer = handler.call(implementation.handlers, args.value, call);
      if (answer instanceof Promise) this.settle(call, answer);
      else if (answer !== replyLater) call.finish(answer);
    } catch (error) {
      this.fail(call, error);
    }
  }

  private settle(call: MethodCall, answer: Promise<unknown>): void {
    answer.then(
      (value) => {
        if (value !== replyLater) call.finish(value);
      },
      (error: unknown) => this.fail(call, error),
    );
  }

  private fail(call: MethodCall, error: unknown): void {
    if (error instanceof BusError) {
      call.error(error.errorName, error.message);
      return;
    }
    const where = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.error(`dbus: ${call.interface}.${call.member} on ${call.path} failed, a defect of this program: ${where}`);
    call.error(busErrorName.failed, error instanceof Error ? error.message : String(error));
  }

  answer(call: MethodCall, value: unknown): void {
    const { results } = call;
    const count = results.types.length;
    const body = count === 1 ? [value] : count === 0 ? [] : (value as unknown[]);
    if (call.noReply) return this.connection.discardFdsOf({ types: results.types, body });
    this.manager?.flush();
    try {
      this.connection.send({
        type: messageType.reply,
        flags: messageFlag.noReplyExpected,
        replySerial: call.serial,
        destination: call.sender,
        signature: results.signature,
        types: results.types,
        body,
      });
    } catch (error) {
      this.fail(call, error);
      this.answerError(call, busErrorName.failed, error instanceof Error ? error.message : String(error));
    }
  }

  answerError(call: MethodCall, errorName: string, text: string): void {
    this.manager?.flush();
    const flags = call.noReply ? messageFlag.noReplyExpected : 0;
    this.connection.replyError({ serial: call.serial, sender: call.sender, flags }, errorName, text);
  }
}

interface FoundMethod {
  readonly implementation: Implementation;
  readonly method: CompiledMethod;
}

/** A call may leave the interface out: the first one with such a method is meant then. */
function findMethod(interfaces: ReadonlyMap<string, Implementation>, message: Message): FoundMethod | undefined {
  if (message.interface === '') {
    for (const implementation of interfaces.values()) {
      const method = implementation.compiled.methods.get(message.member);
      if (method?.in.signature === message.signature) return { implementation, method };
    }
    return undefined;
  }
  const implementation = interfaces.get(message.interface);
  const method = implementation?.compiled.methods.get(message.member);
  return implementation && method?.in.signature === message.signature ? { implementation, method } : undefined;
}

/** Implementations hold handlers of any interface: the compiler has checked them against their table before. */
function implement<I extends InterfaceSpec>(spec: I, handlers: Handlers<I>): Implementation {
  return { compiled: compileInterface(spec), handlers: handlers as unknown as Implementation['handlers'] };
}

function machineId(): string {
  // Loaded on use: next to no one asks.
  const { readFileSync } = process.getBuiltinModule('node:fs');
  try {
    return readFileSync('/etc/machine-id', 'latin1').trim();
  } catch {
    throw new BusError(busErrorName.failed, 'This machine has no /etc/machine-id');
  }
}
