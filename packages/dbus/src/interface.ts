/**
 * A D-Bus interface as data: its methods and signals with their argument lists, from which come the types of handlers
 * and remote objects, the check of incoming calls, and introspection.
 */
import { Invariant } from '@connman/base';
import { isInterfaceName, isMemberName } from './names';
import { type Type, typesOf } from './signature';

export interface MethodSpec {
  /** Arguments as `s name, v value`; empty for none. */
  readonly in: string;
  /** Results, written the same way. */
  readonly out: string;
  /** Introspection says org.freedesktop.DBus.Deprecated. */
  readonly deprecated?: true;
  /** Callers expect no reply; remote objects do not wait for one. */
  readonly noReply?: true;
}

export interface InterfaceSpec {
  readonly name: string;
  readonly methods: Readonly<Record<string, MethodSpec>>;
  /** Name to arguments, written as those of methods. */
  readonly signals: Readonly<Record<string, string>>;
}

/** Keeps the literal types of a table, so that the compiler can read the signatures in it. */
export function defineInterface<const I extends InterfaceSpec>(spec: I): I {
  return spec;
}

/** The same interface with only some of its members: for a program that does not offer all of them (yet). */
export function selectMembers<
  I extends InterfaceSpec,
  const M extends readonly (keyof I['methods'] & string)[],
  const S extends readonly (keyof I['signals'] & string)[] = readonly [],
>(
  spec: I,
  members: { readonly methods: M; readonly signals?: S },
): {
  readonly name: I['name'];
  readonly methods: Pick<I['methods'], M[number]>;
  readonly signals: Pick<I['signals'], S[number]>;
} {
  const pick = <T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
    Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
  return {
    name: spec.name,
    methods: pick<I['methods'], M[number]>(spec.methods, members.methods),
    signals: pick<I['signals'], S[number]>(spec.signals, members.signals ?? []),
  };
}

/** A list of arguments, read once. */
export interface Arguments {
  readonly signature: string;
  readonly types: readonly Type[];
  /** As many as types; empty where there is none. */
  readonly names: readonly string[];
  /** File descriptors are among them. */
  readonly fds: boolean;
}

export interface CompiledMethod {
  readonly name: string;
  readonly in: Arguments;
  readonly out: Arguments;
  readonly deprecated: boolean;
  readonly noReply: boolean;
}

export interface CompiledInterface {
  readonly name: string;
  readonly methods: ReadonlyMap<string, CompiledMethod>;
  readonly signals: ReadonlyMap<string, Arguments>;
}

/** Tables say the same few lists again and again. */
const parsed = new Map<string, Arguments>();

/** Reads `s name, v value`. Throws Invariant if a signature in it is wrong. */
export function parseArguments(list: string): Arguments {
  const known = parsed.get(list);
  if (known) return known;
  const parts = list === '' ? [] : list.split(', ').map((part) => part.split(' ', 2));
  const signature = parts.map(([type]) => type).join('');
  const types = typesOf(signature);
  if (types.length !== parts.length) throw new Invariant(`"${list}" does not name one complete type for each argument`);
  const result = { signature, types, names: parts.map(([, name]) => name ?? ''), fds: signature.includes('h') };
  parsed.set(list, result);
  return result;
}

const compiled = new WeakMap<InterfaceSpec, CompiledInterface>();

/** The table in the form the dispatcher uses. Throws Invariant if the table is wrong. */
export function compileInterface(spec: InterfaceSpec): CompiledInterface {
  const found = compiled.get(spec);
  if (found) return found;
  if (!isInterfaceName(spec.name)) throw new Invariant(`"${spec.name}" is no interface name`);
  const methods = new Map<string, CompiledMethod>();
  for (const [name, method] of Object.entries(spec.methods)) {
    if (!isMemberName(name)) throw new Invariant(`"${name}" is no method name`);
    methods.set(name, {
      name,
      in: parseArguments(method.in),
      out: parseArguments(method.out),
      deprecated: method.deprecated === true,
      noReply: method.noReply === true,
    });
  }
  const signals = new Map<string, Arguments>();
  for (const [name, list] of Object.entries(spec.signals)) {
    if (!isMemberName(name)) throw new Invariant(`"${name}" is no signal name`);
    signals.set(name, parseArguments(list));
  }
  const result = { name: spec.name, methods, signals };
  compiled.set(spec, result);
  return result;
}
