/** The kinds of fault: a peer's bytes (DecodeError, a value), the environment (OsError) and our own mistakes (Invariant). */
/** Bytes that do not follow their specification. */
export interface DecodeError {
  /** What was being read, in the specification's words: 'dhcpv4', 'dns', 'rtnetlink'. */
  readonly layer: string;
  /** Where, in bytes from the start of the message. */
  readonly offset: number;
  /** What is wrong there. */
  readonly reason: string;
}

export function formatDecodeError(error: DecodeError): string {
  return `${error.layer}: ${error.reason} at byte ${error.offset}`;
}

/** The name of an errno: 'ENODEV'. */
export type ErrnoCode = keyof typeof import('node:os').constants.errno;

let codes: ReadonlyMap<number, string> | undefined;

/** Loaded and made for the first error: every program would pay for it at its start. */
function codeOf(errno: number): string | undefined {
  codes ??= new Map(Object.entries(errnos()).map(([code, number]) => [number, code]));
  return codes.get(errno);
}

const errnos = () => process.getBuiltinModule('node:os').constants.errno;

/** A system call that failed: which call, with which errno, on what. */
export class OsError extends Error {
  override readonly name = 'OsError';
  readonly call: string;
  /** Positive errno. */
  readonly errno: number;
  /** The errno's name: 'ENODEV'. */
  readonly code: string;
  /** What the call was made on: an interface, a file, an address. */
  readonly object: string;

  constructor(call: string, error: number | ErrnoCode, object: string, detail?: string) {
    const errno = typeof error === 'number' ? error : errnos()[error];
    const code = codeOf(errno) ?? `errno ${errno}`;
    super(`${object}: ${call} failed: ${code}${detail ? ` (${detail})` : ''}`);
    this.call = call;
    this.errno = errno;
    this.code = code;
    this.object = object;
  }
}

/** A mistake of this program: a state its author held for impossible. */
export class Invariant extends Error {
  override readonly name = 'Invariant';
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Invariant(message);
}
