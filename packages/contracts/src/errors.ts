/** The one table of error names and texts on the bus (contract, "errors"): what clients compare and people read. */
import { BusError } from '@connman/dbus';

/** Name after `net.connman.Error.`, and its text. `Failed` carries the system's text for an errno instead. */
export const connmanErrors = {
  Failed: '',
  InvalidArguments: 'Invalid arguments',
  PermissionDenied: 'Permission denied',
  PassphraseRequired: 'Passphrase required',
  NotRegistered: 'Not registered',
  NotUnique: 'Not unique',
  NotSupported: 'Not supported',
  NotImplemented: 'Not implemented',
  NotFound: 'Not found',
  NoCarrier: 'No carrier',
  InProgress: 'In progress',
  AlreadyExists: 'Already exists',
  AlreadyEnabled: 'Already enabled',
  AlreadyDisabled: 'Already disabled',
  AlreadyConnected: 'Already connected',
  NotConnected: 'Not connected',
  OperationAborted: 'Operation aborted',
  OperationTimeout: 'Operation timeout',
  OperationCanceled: 'Operation canceled',
  InvalidService: 'Invalid service',
  InvalidProperty: 'Invalid property',
} as const;

export type ConnmanErrorName = keyof typeof connmanErrors;

const prefix = 'net.connman.Error.';

/** An error of the table, perhaps with the reason behind ConnMan's text: `throw connmanError('NotFound')`. */
export function connmanError(name: Exclude<ConnmanErrorName, 'Failed'>, reason?: string): BusError {
  const text = connmanErrors[name];
  return new BusError(prefix + name, reason === undefined ? text : `${text}: ${reason}`);
}

export function invalidArguments(reason: string): BusError {
  return connmanError('InvalidArguments', reason);
}

/** True if an error that came over the bus is this one. */
export function isConnmanError(error: unknown, name: ConnmanErrorName): boolean {
  return error instanceof BusError && error.errorName === prefix + name;
}

/** What ConnMan answers for an errno; every other one is Failed with the system's text. */
const byErrno: Readonly<Record<string, Exclude<ConnmanErrorName, 'Failed'>>> = {
  EINVAL: 'InvalidArguments',
  EPERM: 'PermissionDenied',
  EACCES: 'PermissionDenied',
  ENOKEY: 'PassphraseRequired',
  ESRCH: 'NotRegistered',
  ENOTUNIQ: 'NotUnique',
  EOPNOTSUPP: 'NotSupported',
  ENOSYS: 'NotImplemented',
  ENXIO: 'NotFound',
  ENOLINK: 'NoCarrier',
  EALREADY: 'InProgress',
  EINPROGRESS: 'InProgress',
  EEXIST: 'AlreadyExists',
  EISCONN: 'AlreadyConnected',
  ENOTCONN: 'NotConnected',
  ECONNREFUSED: 'NotConnected',
  ECONNABORTED: 'OperationAborted',
  ETIMEDOUT: 'OperationTimeout',
  ECANCELED: 'OperationCanceled',
};

/** glibc's texts, which libuv words otherwise; those that network calls and files give. */
const errnoTexts: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EAGAIN: 'Resource temporarily unavailable',
  EBADE: 'Invalid exchange',
  EBADF: 'Bad file descriptor',
  EBUSY: 'Device or resource busy',
  ECONNRESET: 'Connection reset by peer',
  EDESTADDRREQ: 'Destination address required',
  EHOSTUNREACH: 'No route to host',
  EINTR: 'Interrupted system call',
  EIO: 'Input/output error',
  EMFILE: 'Too many open files',
  EMSGSIZE: 'Message too long',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  ENOBUFS: 'No buffer space available',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOMEM: 'Cannot allocate memory',
  ENOSPC: 'No space left on device',
  ERANGE: 'Numerical result out of range',
  EROFS: 'Read-only file system',
};

/** The error for an errno by its name: `errnoError('EBUSY')` is Failed, "Device or resource busy". */
export function errnoError(code: string): BusError {
  const name = byErrno[code];
  return name ? connmanError(name) : new BusError(`${prefix}Failed`, errnoTexts[code] ?? code);
}

/** The same error with words of our own, where the table's do not say what to do: 'openvpn is not installed; ...'. */
export function explainedError(name: ConnmanErrorName, text: string): BusError {
  return new BusError(prefix + name, text);
}

/** What an agent answers instead of input, and what it means to the daemon. */
export const agentErrors = {
  /** The user gave up: the operation is aborted. */
  canceled: 'net.connman.Agent.Error.Canceled',
  /** After ReportError: connect again. */
  retry: 'net.connman.Agent.Error.Retry',
  /** Answer to a portal's RequestInput: RequestBrowser follows. */
  launchBrowser: 'net.connman.Agent.Error.LaunchBrowser',
  /** A peer is refused. */
  rejected: 'net.connman.Agent.Error.Rejected',
} as const;
