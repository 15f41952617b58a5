/** Why a context could not be activated, as oFono puts it, and what the user can do about it. */
import type { AssociationError } from '@connman/contracts';
import { BusError, busErrorName } from '@connman/dbus';
import type { Modem } from './modem';

export interface Failure {
  readonly error: AssociationError;
  /** In words; ends with what to do where something helps. */
  readonly reason: string;
}

export function failureOf(error: unknown, { name, pinRequired, isAttached }: Modem, apn: string): Failure {
  const text = error instanceof Error ? error.message : String(error);
  if (pinRequired) return { error: 'pin-missing', reason: lockedSim(name, pinRequired) };
  if (error instanceof BusError && error.errorName === busErrorName.noReply)
    return { error: 'connect-failed', reason: `${name} did not answer in time` };
  if (!isAttached)
    return { error: 'out-of-range', reason: `${name} is in no network that it may use for data (${text})` };
  return {
    error: 'connect-failed',
    reason: `${name}: ${text}; is "${apn}" the operator's access point name, with the right user and password?`,
  };
}

/** @param kind as oFono has it: pin, puk, phone, ... */
export function lockedSim(modem: string, kind: string): string {
  return `the SIM of ${modem} is locked; oFono wants its ${kind} (org.ofono.SimManager.${kind.includes('puk') ? 'ResetPin' : 'EnterPin'})`;
}

/** Only a client that connects it can be asked. */
export function withoutApn(modem: string): Failure {
  return {
    error: 'connect-failed',
    reason: `${modem} needs the operator's access point name (APN); connect the service with an agent, which is asked for it`,
  };
}
