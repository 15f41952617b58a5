/** What a failed Connect2 means for the service. */
import type { AssociationError } from '@connman/contracts';
import { BusError } from '@connman/dbus';

export function associationError(error: unknown): AssociationError {
  return nameOf(error).endsWith('.PermissionDenied') ? 'auth-failed' : 'connect-failed';
}

/** The user was asked and gave up (rule 181). */
export function isCanceled(error: unknown): boolean {
  return nameOf(error).endsWith('.OperationCanceled');
}

function nameOf(error: unknown): string {
  return error instanceof BusError ? error.errorName : '';
}
