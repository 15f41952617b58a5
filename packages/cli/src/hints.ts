/** What to do about an error of a daemon: the line behind its own words. Pure. */
import { connmanErrors, isConnmanError } from '@connman/contracts';
import { BusError, busErrorName } from '@connman/dbus';

const absences: readonly string[] = [busErrorName.serviceUnknown, busErrorName.nameHasNoOwner];

/** Whether the daemon that was asked does not run. */
export function isAbsence(error: unknown): boolean {
  return error instanceof BusError && absences.includes(error.errorName);
}

const advice = {
  PermissionDenied: 'root may do this, and whom the policy of the bus or polkit allows it',
  PassphraseRequired: 'no agent answered: run connmanctl without a command, enter "agent on" and connect from there',
  NoCarrier: 'the link is down: check the cable, or the access point',
  OperationTimeout: 'connmanctl why shows what the service waits for',
  InProgress: 'an attempt is under way: connmanctl monitor shows how it goes',
  NotRegistered: 'connmanctl agent on registers an agent',
  InvalidService: 'connmanctl services lists the services',
} as const;

const unitAdvice: Readonly<Record<string, string>> = {
  'net.connman': 'connmand does not run: start it with "systemctl start connman"',
  'net.connman.vpn': 'connman-vpnd does not run: start it with "systemctl start connman-vpn"',
};

/** Undefined when the error's own words say it all. */
export function hintFor(error: unknown): string | undefined {
  if (!(error instanceof BusError)) return undefined;
  if (isAbsence(error)) return unitAdvice[/^The name (\S+)/.exec(error.message)?.[1] ?? ''];
  if (error.errorName === 'org.freedesktop.DBus.Error.AccessDenied') return advice.PermissionDenied;
  if (error.errorName === busErrorName.unknownObject || error.errorName === busErrorName.unknownMethod)
    return 'there is no such object, or it cannot do that: connmanctl services and connmanctl technologies list them';
  if (error.errorName === busErrorName.noReply) return 'the daemon did not answer in time: see its log';
  for (const [name, text] of Object.entries(advice))
    if (isConnmanError(error, name as keyof typeof advice))
      return hasReason(error, name as keyof typeof advice) ? undefined : text;
  return undefined;
}

/** The daemon has said which of several causes it is. */
function hasReason({ message }: BusError, name: keyof typeof advice): boolean {
  return message.startsWith(`${connmanErrors[name]}: `);
}
