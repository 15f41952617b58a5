/** Type signatures: text such as `a(oa{sv})` parsed into a tree that the codec walks (D-Bus specification, "Type System"). */
import { type DecodeError, err, Invariant, ok, type Result } from '@connman/base';

/** What a type is, as the codec switches on it: the type code's character, with two shapes of array set apart. */
export const kind = {
  byte: 121,
  boolean: 98,
  int16: 110,
  uint16: 113,
  int32: 105,
  uint32: 117,
  int64: 120,
  uint64: 116,
  double: 100,
  string: 115,
  objectPath: 111,
  signature: 103,
  variant: 118,
  unixFd: 104,
  array: 97,
  struct: 40,
  /** An array of dictionary entries. */
  dict: 123,
  /** `ay`, which is read and written as a Uint8Array. */
  byteArray: 89,
} as const;

/** One complete type. */
export interface Type {
  /** One of `kind`. */
  readonly kind: number;
  readonly signature: string;
  /** In bytes: 1, 2, 4 or 8. */
  readonly alignment: number;
  /** Element of an array; key and value of a dictionary; members of a struct. */
  readonly children: readonly Type[];
}

const maxSignatureLength = 255;
const maxArrayDepth = 32;
const maxStructDepth = 32;

const basicAlignment: Readonly<Record<string, number>> = {
  y: 1,
  b: 4,
  n: 2,
  q: 2,
  i: 4,
  u: 4,
  x: 8,
  t: 8,
  d: 8,
  s: 4,
  o: 4,
  g: 1,
  h: 4,
};

class SignatureParser {
  private readonly text: string;
  private at = 0;
  private reason = '';

  constructor(text: string) {
    this.text = text;
  }

  all(): Result<readonly Type[], DecodeError> {
    if (this.text.length > maxSignatureLength) return this.fault(`is longer than ${maxSignatureLength} bytes`);
    const types: Type[] = [];
    while (this.at < this.text.length) {
      const type = this.one(0, 0);
      if (!type) return this.fault(this.reason);
      types.push(type);
    }
    return ok(types);
  }

  private fault(reason: string): Result<readonly Type[], DecodeError> {
    return err({ layer: 'dbus', offset: this.at, reason: `signature "${this.text.slice(0, 64)}" ${reason}` });
  }

  private fail(reason: string): undefined {
    this.reason = reason;
    return undefined;
  }

  private one(arrays: number, structs: number): Type | undefined {
    const start = this.at;
    const code = this.text[start];
    if (code === undefined) return this.fail('ends inside a type');
    this.at = start + 1;
    const basic = basicAlignment[code];
    if (basic !== undefined) return this.type(start, code.charCodeAt(0), basic, []);
    if (code === 'v') return this.type(start, kind.variant, 1, []);
    if (code === 'a') return this.array(start, arrays + 1, structs);
    if (code === '(') return this.struct(start, arrays, structs + 1);
    return this.fail(`has no type "${code}"`);
  }

  private array(start: number, arrays: number, structs: number): Type | undefined {
    if (arrays > maxArrayDepth) return this.fail(`nests more than ${maxArrayDepth} arrays`);
    if (this.text[this.at] === '{') return this.dict(start, arrays, structs);
    const element = this.one(arrays, structs);
    if (!element) return undefined;
    return this.type(start, element.kind === kind.byte ? kind.byteArray : kind.array, 4, [element]);
  }

  private dict(start: number, arrays: number, structs: number): Type | undefined {
    this.at += 1;
    const keyCode = this.text[this.at] ?? '';
    if (basicAlignment[keyCode] === undefined) return this.fail('has a dictionary key that is not a basic type');
    const key = this.one(arrays, structs);
    const value = key && this.one(arrays, structs);
    if (!key || !value) return undefined;
    if (this.text[this.at] !== '}') return this.fail('has a dictionary entry without its closing brace');
    this.at += 1;
    return this.type(start, kind.dict, 4, [key, value]);
  }

  private struct(start: number, arrays: number, structs: number): Type | undefined {
    if (structs > maxStructDepth) return this.fail(`nests more than ${maxStructDepth} structs`);
    const members: Type[] = [];
    while (this.text[this.at] !== ')') {
      const member = this.one(arrays, structs);
      if (!member) return undefined;
      members.push(member);
    }
    this.at += 1;
    return members.length === 0 ? this.fail('has an empty struct') : this.type(start, kind.struct, 8, members);
  }

  private type(start: number, typeKind: number, alignment: number, children: readonly Type[]): Type {
    return { kind: typeKind, signature: this.text.slice(start, this.at), alignment, children };
  }
}

const known = new Map<string, readonly Type[]>();
const maxKnown = 512;

/** The complete types that a signature lists. */
export function parseSignature(text: string): Result<readonly Type[], DecodeError> {
  const found = known.get(text);
  if (found) return ok(found);
  const parsed = new SignatureParser(text).all();
  if (parsed.ok) {
    // Peers choose signatures too: what they send must not stay for ever.
    if (known.size >= maxKnown) known.clear();
    known.set(text, parsed.value);
  }
  return parsed;
}

/** A signature written in this program; throws Invariant if it is wrong. */
export function typesOf(text: string): readonly Type[] {
  const parsed = known.get(text);
  if (parsed) return parsed;
  const result = parseSignature(text);
  if (!result.ok) throw new Invariant(result.error.reason);
  return result.value;
}

/** The one complete type of a variant written in this program; throws Invariant if there is not exactly one. */
export function typeOf(text: string): Type {
  const [type, ...more] = typesOf(text);
  if (!type || more.length > 0) throw new Invariant(`signature "${text}" is not exactly one complete type`);
  return type;
}
