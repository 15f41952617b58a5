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

/** Lists of arguments are read when a message has them: of a hundred members a start uses ten. */
export class CompiledMethod {
  readonly name: string;
  private readonly spec: MethodSpec;

  constructor(name: string, spec: MethodSpec) {
    this.name = name;
    this.spec = spec;
  }

  get in(): Arguments {
    return parseArguments(this.spec.in);
  }

  get out(): Arguments {
    return parseArguments(this.spec.out);
  }

  get deprecated(): boolean {
    return this.spec.deprecated === true;
  }

  get noReply(): boolean {
    return this.spec.noReply === true;
  }
}

export interface CompiledInterface {
  readonly name: string;
  readonly methods: ReadonlyMap<string, CompiledMethod>;
  /** Name to arguments, as the table writes them. */
  readonly signals: ReadonlyMap<string, string>;
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

/** The table in the form the dispatcher uses. Throws Invariant if a name in it is wrong, and at its first use if a list is. */
export function compileInterface(spec: InterfaceSpec): CompiledInterface {
  const found = compiled.get(spec);
  if (found) return found;
  if (!isInterfaceName(spec.name)) throw new Invariant(`"${spec.name}" is no interface name`);
  const methods = new Map<string, CompiledMethod>();
  for (const [name, method] of Object.entries(spec.methods)) {
    if (!isMemberName(name)) throw new Invariant(`"${name}" is no method name`);
    methods.set(name, new CompiledMethod(name, method));
  }
  const signals = new Map(Object.entries(spec.signals));
  for (const name of signals.keys()) if (!isMemberName(name)) throw new Invariant(`"${name}" is no signal name`);
  const result = { name: spec.name, methods, signals };
  compiled.set(spec, result);
  return result;
}
