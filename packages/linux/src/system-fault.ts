/** The errors Node's own calls throw, told by their shape (a test runner has an Error class of its own). */
import { OsError } from '@connman/base';

export interface SystemFault extends Error {
  readonly code: string;
  /** Minus the errno, as libuv has it. */
  readonly errno: number;
  readonly syscall?: string;
}

export function isSystemFault(error: unknown): error is SystemFault {
  return typeof error === 'object' && typeof (error as Partial<SystemFault> | null)?.errno === 'number';
}

/** The fault as an OsError; anything else as it is. */
export function asOsError(error: unknown, object: string): unknown {
  if (!isSystemFault(error) || error instanceof OsError) return error;
  return new OsError(error.syscall ?? 'system call', Math.abs(error.errno), object);
}
