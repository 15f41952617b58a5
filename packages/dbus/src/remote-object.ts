/** Objects of other programs, typed by the same tables as our own. */
import { err, formatDecodeError, ok, type Result } from '@connman/base';
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
import { type Message, messageFlag, messageType } from './message';
import type { SignalSource, Signals } from './signals';
import { typesOf } from './signature';
import type { AnswerOf, ArgsOf } from './types';

export interface CallOptions {
  /** Milliseconds until the call is given up with NoReply; 25000 unless told, Infinity for never. */
  readonly timeoutMs?: number;
  /** Gives the call up: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Have the bus start the program if it is not running (default true). */
  readonly autoStart?: boolean;
}

export interface ObjectAddress {
  /** Bus name, unique or well-known. */
  readonly name: string;
  readonly path: string;
}

const defaultTimeoutMs = 25_000;

export class RemoteObject<I extends InterfaceSpec> {
  readonly address: ObjectAddress;
  private readonly compiled: CompiledInterface;
  private readonly connection: Connection;
  private readonly signals: Signals;

  constructor(spec: I, address: ObjectAddress, connection: Connection, signals: Signals) {
    this.compiled = compileInterface(spec);
    this.address = address;
    this.connection = connection;
    this.signals = signals;
  }

  /**
   * Calls a method. Rejects with BusError: the peer's error, or NoReply, Disconnected, InvalidArgs from here. File
   * descriptors in the answer belong to the caller.
   */
  call<M extends keyof I['methods'] & string>(
    method: M,
    args: ArgsOf<I['methods'][M]['in'], 'write'>,
    options: CallOptions = {},
  ): Promise<AnswerOf<I['methods'][M]['out'], 'read'>> {
    const compiled = this.compiled.methods.get(method) as CompiledMethod;
    return new Promise((resolve, reject) => {
      this.start(compiled, args, options, (answer) => {
        // The reader has checked the answer's signature against the table's.
        if (answer.ok) resolve(answer.value as AnswerOf<I['methods'][M]['out'], 'read'>);
        else reject(answer.error);
      });
    });
  }

  /** Calls a method without waiting for, or wanting, an answer. */
  send<M extends keyof I['methods'] & string>(method: M, args: ArgsOf<I['methods'][M]['in'], 'write'>): void {
    const compiled = this.compiled.methods.get(method) as CompiledMethod;
    this.connection.send({ ...this.message(compiled, args), flags: messageFlag.noReplyExpected });
  }

  private message(method: CompiledMethod, args: readonly unknown[]) {
    return {
      type: messageType.call,
      destination: this.address.name,
      path: this.address.path,
      interface: this.compiled.name,
      member: method.name,
      signature: method.in.signature,
      types: method.in.types,
      body: args,
    };
  }

  private start(
    method: CompiledMethod,
    args: readonly unknown[],
    options: CallOptions,
    done: (answer: Result<unknown, unknown>) => void,
  ): void {
    const { signal } = options;
    if (signal?.aborted) return done(err(signal.reason));
    const flags =
      (options.autoStart === false ? messageFlag.noAutoStart : 0) | (method.noReply ? messageFlag.noReplyExpected : 0);
    const message = { ...this.message(method, args), flags };
    if (method.noReply) {
      const sent = this.connection.send(message) !== 0;
      return done(
        sent ? ok(undefined) : err(new BusError(busErrorName.disconnected, 'The connection to the bus is closed')),
      );
    }
    const abort = (): void => {
      cancel();
      done(err(signal?.reason));
    };
    const cancel = this.connection.call(message, options.timeoutMs ?? defaultTimeoutMs, (reply) => {
      signal?.removeEventListener('abort', abort);
      done(reply.ok ? readReply(reply.value, method, this.connection) : reply);
    });
    signal?.addEventListener('abort', abort, { once: true });
  }

  /** Calls back for each signal of this object. The returned function ends it. */
  on<S extends keyof I['signals'] & string>(
    signal: S,
    listener: (args: ArgsOf<I['signals'][S], 'read'>, source: SignalSource) => void,
  ): () => void {
    const list = this.compiled.signals.get(signal);
    if (list === undefined) throw new TypeError(`${this.compiled.name} has no signal ${signal}`);
    const match = {
      sender: this.address.name,
      path: this.address.path,
      interface: this.compiled.name,
      member: signal,
    };
    // Only signals with the table's signature are delivered.
    return this.signals.subscribe(
      match,
      parseArguments(list),
      listener as (args: unknown[], source: SignalSource) => void,
    );
  }
}

function readReply(message: Message, method: CompiledMethod, connection: Connection): Result<unknown, BusError> {
  if (message.type === messageType.error) return err(readError(message, connection));
  const { out } = method;
  if (message.signature !== out.signature) {
    connection.discardFds(message.fds);
    const text = `${method.name} answers with the signature "${message.signature}" instead of "${out.signature}"`;
    return err(new BusError(busErrorName.invalidArgs, text));
  }
  const values = readArguments(out, message, connection);
  if (!values.ok)
    return err(
      new BusError(
        busErrorName.invalidArgs,
        `The answer of ${method.name} cannot be read: ${formatDecodeError(values.error)}`,
      ),
    );
  return ok(out.types.length === 1 ? values.value[0] : out.types.length === 0 ? undefined : values.value);
}

/** The text of an error is its first argument, if that is a string. */
function readError(message: Message, connection: Connection): BusError {
  let text = '';
  if (message.signature.startsWith('s')) {
    const list = { signature: message.signature, types: typesOf(message.signature), names: [], fds: false };
    const values = readArguments(list, message, connection);
    if (values.ok) text = values.value[0] as string;
  } else {
    connection.discardFds(message.fds);
  }
  return new BusError(message.errorName, text);
}
