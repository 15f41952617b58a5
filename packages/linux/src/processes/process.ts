/** What a program does about itself: its name, its privileges, a word to the service manager. */
import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { addon } from '../addon';
import { must } from '../calls';
import { AF_UNIX, encodeUnix } from '../sockaddr';

const SOCK_DGRAM = 2;

/**
 * The name that ps, top, `ss -p` and pidof show in place of node's, of which the kernel keeps 15 bytes; the command line becomes
 * the program's own: its name and options.
 */
export function setProgramName(name: string): void {
  process.title = [name, ...process.argv.slice(2)].join(' ');
  must(addon().setThreadName(name), 'prctl', 'the program name');
}

/** Gives back what memory can be given back: some milliseconds in which nothing else happens. */
export function releaseMemory(): void {
  addon().releaseHeap();
}

/**
 * Writes to standard error, without the stream that Node.js would load for it: that takes milliseconds and 2 MB. A reader that
 * went away (EPIPE) is no reason for a daemon to end.
 */
export function writeStandardError(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // There is no reader, and nowhere else to say so.
  }
}

/**
 * Writes what the user asked for (version, usage, a report) on standard output, as the last thing a program does. A reader that has
 * left has seen what it wanted; any other fault is a line on standard error and exit status 1.
 */
export function printLast(text: string): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    process.exitCode = 1;
    process.stderr.write(
      `${path.basename(process.argv[1] ?? '', '.js')}: the output could not be written: ${message}\n`,
    );
  });
  process.stdout.write(text);
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
  dacReadSearch: 2,
  netBindService: 10,
  netBroadcast: 11,
  netAdmin: 12,
  netRaw: 13,
  sysPtrace: 19,
  sysAdmin: 21,
  sysTime: 25,
} as const;

export interface Account {
  readonly user: number;
  readonly group: number;
}

/** An account that owns nothing: the kernel's overflow ids, "nobody" and "nogroup" on most systems. */
const nobody: Account = { user: 65534, group: 65534 };

/** The account of a name, from /etc/passwd; undefined if there is none. */
export function accountOf(name: string): Account | undefined {
  for (const line of passwd().split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { user: Number(uid), group: Number(gid) };
  }
  return undefined;
}

function passwd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

export interface PrivilegeOptions {
  /** Who to be from now on, when root now; "nobody" where no such account exists. */
  readonly account: Account | undefined;
  /** CAP_ numbers that are kept; all others are gone for good. */
  readonly keep: readonly number[];
}

/**
 * Gives away what the program does not need: its user, its group, its capabilities, and the possibility to gain any again.
 * Becoming another user takes all capabilities from Node's other threads; the main thread, which makes the system calls of this
 * package, keeps those of `keep` that it has: in a container it may lack some, and the call that needs one says so. A process that
 * is not root keeps who it is; when its capabilities are right already, as by our units, no call is made, and the unit may forbid it.
 * Throws OsError, and then the program must not go on.
 */
export function dropPrivileges({ account = nobody, keep }: PrivilegeOptions): void {
  const native = addon();
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    must(native.keepCapabilities(1), 'PR_SET_KEEPCAPS', 'the program');
    must(native.setGroup(account.group), 'setresgid', `group ${account.group}`);
    must(native.setUser(account.user), 'setresuid', `user ${account.user}`);
  }
  const { permitted, effective, noNewPrivileges } = rights();
  const kept = keep.reduce((set, number) => set | (1n << BigInt(number)), 0n) & permitted;
  if (!isRoot && noNewPrivileges && permitted === kept && effective === kept) return;
  must(native.limitCapabilities(Number(kept & 0xffff_ffffn), Number(kept >> 32n)), 'capset', 'the program');
  if (isRoot) must(native.keepCapabilities(0), 'PR_SET_KEEPCAPS', 'the program');
}

/** The capabilities of the main thread as masks, and whether more can be gained. */
function rights() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(status)?.[1] ?? '0';
  const mask = (name: string) => BigInt(`0x${field(name)}`);
  return { permitted: mask('CapPrm'), effective: mask('CapEff'), noNewPrivileges: field('NoNewPrivs') === '1' };
}
