/** What a program does about itself: its name, its privileges, a word to the service manager. */
import { addon } from './addon';
import { must } from './calls';
import { AF_UNIX, encodeUnix } from './sockaddr';

const SOCK_DGRAM = 2;

/** The name that ps, top and `ss -p` show; the kernel keeps its first 15 bytes. */
export function setProgramName(name: string): void {
  must(addon().setThreadName(name), 'prctl', 'the program name');
}

/**
 * Tells the service manager, as sd_notify(3): 'READY=1', 'STOPPING=1', 'STATUS=...'. False when no manager has asked for
 * it (no NOTIFY_SOCKET) or it cannot be reached: a daemon goes on all the same.
 */
export function notifyServiceManager(state: string, socketName = process.env.NOTIFY_SOCKET): boolean {
  if (!socketName?.startsWith('/') && !socketName?.startsWith('@')) return false;
  const native = addon();
  const fd = native.socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return false;
  const sent = native.sendto(fd, new TextEncoder().encode(state), 0, encodeUnix(socketName));
  native.close(fd);
  return sent >= 0;
}

/** CAP_ numbers (linux/capability.h). */
export const capability = {
  dacOverride: 1,
  netBindService: 10,
  netBroadcast: 11,
  netAdmin: 12,
  netRaw: 13,
  sysAdmin: 21,
  sysTime: 25,
} as const;

export interface PrivilegeOptions {
  /** A user's and a group's number; stays who it is if not given. */
  readonly user?: number;
  readonly group?: number;
  /** CAP_ numbers that are kept; all others are gone for good. */
  readonly keep: readonly number[];
}

/**
 * Gives away what the program does not need: its user, its group, its capabilities, and the possibility to gain any again.
 * Node's other threads lose all capabilities; the main thread, which makes the system calls of this package, keeps `keep`.
 * Throws OsError, and then the program must not go on.
 */
export function dropPrivileges({ user, group, keep }: PrivilegeOptions): void {
  const native = addon();
  const changesUser = user !== undefined && process.getuid?.() === 0;
  if (changesUser) must(native.keepCapabilities(1), 'PR_SET_KEEPCAPS', 'the program');
  if (group !== undefined) must(native.setGroup(group), 'setresgid', `group ${group}`);
  if (user !== undefined) must(native.setUser(user), 'setresuid', `user ${user}`);
  let low = 0;
  let high = 0;
  for (const number of keep) {
    if (number < 32) low |= 1 << number;
    else high |= 1 << (number - 32);
  }
  must(native.limitCapabilities(low, high), 'capset', 'the program');
  if (changesUser) must(native.keepCapabilities(0), 'PR_SET_KEEPCAPS', 'the program');
}
