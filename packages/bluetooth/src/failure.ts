/** Why a Connect failed, as BlueZ and the kernel put it, and what the user can do about it. */
import type { AssociationError } from '@connman/contracts';
import { BusError, busErrorName } from '@connman/dbus';

export interface Failure {
  readonly error: AssociationError;
  /** In words; ends with what to do where something helps. */
  readonly reason: string;
}

/** Texts of errno values, and BlueZ's own for them: the other end did not answer. */
const unheard = /host is down|page-timeout|no route to host|timed out|timeout|not-available/i;
/** The link key is missing or wrong at one of the ends. */
const unpaired =
  /invalid exchange|permission denied|not authorized|authentication|key-missing|operation not permitted/i;
const notOffered = /connection refused|not supported|profile-unavailable|refused/i;

export function failureOf(error: unknown, name: string, address: string): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const kind = error instanceof BusError ? error.errorName : '';
  const all = `${kind} ${text}`;
  const pairing = `pair it again: "bluetoothctl remove ${address}", then "bluetoothctl pair ${address}"`;
  if (kind === busErrorName.noReply)
    return { error: 'out-of-range', reason: `${name} did not answer; is it in range, and its Bluetooth on?` };
  if (unpaired.test(all))
    return { error: 'auth-failed', reason: `${name} does not accept the pairing (${text}); ${pairing}` };
  if (unheard.test(all))
    return { error: 'out-of-range', reason: `${name} is not reached (${text}); is it in range, and its Bluetooth on?` };
  if (notOffered.test(all))
    return { error: 'connect-failed', reason: `${name} refuses a network (${text}); switch its tethering on` };
  return { error: 'connect-failed', reason: `${name}: ${text}` };
}
