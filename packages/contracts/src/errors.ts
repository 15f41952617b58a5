/** The one table of the bus's errors: names and texts as ConnMan has them (both daemons use net.connman.Error). */

const texts = {
  /** The text is the errno's own; this one stands for EIO. */
  Failed: 'Input/output error',
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
  InvalidService: 'Invalid service',
  InvalidProperty: 'Invalid property',
  OperationCanceled: 'Operation canceled',
} as const;

export type ErrorName = keyof typeof texts;

/** The full name and the usual text of an error. */
export function connmanError(error: ErrorName): { readonly name: string; readonly text: string } {
  return { name: `net.connman.Error.${error}`, text: texts[error] };
}
