/**
 * The system's log (syslog(3)): lines as datagrams to /dev/log, from facility daemon. It never blocks and never throws; what
 * no one takes now waits, so that a syslogd that starts late or again still gets it.
 */
import { after, type Instant, instant, type LogLevel, syslogSeverity } from '@connman/base';
import type { Clock, SystemLog } from '@connman/ports';
import { addon } from './addon';
import { AF_UNIX, encodeUnix } from './sockaddr';

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK_CLOEXEC = 0o2004000;
const MSG_NOSIGNAL = 0x4000;
const EPROTOTYPE = 91;

/** LOG_DAEMON (RFC 5424 section 6.2.1: 3). */
const facility = 3 << 3;
/** Lines that wait at most; then the oldest go. */
const waitingLimit = 256;
const firstWaitMs = 500;
/** After this much of waiting in vain only the next line brings another try: a daemon at rest is not woken for nothing. */
const longestWaitMs = 64_000;

export interface SystemLogOptions {
  /** Stands before each line, with the process number behind it. */
  readonly ident: string;
  readonly clock: Clock;
  readonly path?: string;
}

interface Line {
  readonly wall: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** Opens nothing before the first line. */
export function systemLog({ ident, clock, path = '/dev/log' }: SystemLogOptions): SystemLog {
  const waiting: Line[] = [];
  let lost = 0;
  let socket: Socket | undefined;
  let waitMs = firstWaitMs;
  let notBefore: Instant = instant(0);

  const send = ({ wall, level, text }: Line): boolean => {
    const message = `<${facility | syslogSeverity[level]}>${timestamp(wall)} ${ident}[${process.pid}]: ${text}`;
    socket ??= openSocket(path);
    if (socket?.send(message)) return true;
    // A new syslogd has a new socket.
    if (socket?.isConnected) {
      socket.close();
      socket = openSocket(path);
      if (socket?.send(message)) return true;
    }
    socket?.close();
    socket = undefined;
    return false;
  };

  const flush = (): void => {
    if (
      lost > 0 &&
      send({ wall: clock.wallTime(), level: 'warning', text: `${lost} earlier lines found no syslogd` })
    ) {
      lost = 0;
    }
    let sent = 0;
    while (sent < waiting.length && send(waiting[sent] as Line)) sent++;
    waiting.splice(0, sent);
    // Some were taken: syslogd is there, and only slow.
    if (sent > 0) waitMs = firstWaitMs;
    if (waiting.length === 0) {
      notBefore = instant(0);
      return;
    }
    notBefore = after(clock.now(), waitMs);
    if (waitMs < longestWaitMs) clock.setTimer(waitMs, tryAgain);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  };
  const tryAgain = () => {
    if (waiting.length > 0 && clock.now() >= notBefore) flush();
  };

  return {
    write: (text, level) => {
      waiting.push({ wall: clock.wallTime(), level, text });
      if (waiting.length > waitingLimit) {
        waiting.shift();
        lost++;
      }
      if (clock.now() >= notBefore) flush();
    },
    flush: () => {
      if (waiting.length > 0) flush();
    },
  };
}

interface Socket {
  /** False if it was not taken. */
  send(message: string): boolean;
  /** It belongs to one syslogd, and ends with it. */
  readonly isConnected: boolean;
  close(): void;
}

/** A datagram socket; a connection where syslogd listens for those, as with s6. */
function openSocket(path: string): Socket | undefined {
  const native = addon();
  const address = encodeUnix(path);
  let fd = native.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK_CLOEXEC, 0);
  if (fd < 0) return undefined;
  let isConnected = false;
  const connect = (): boolean => {
    native.close(fd);
    fd = native.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK_CLOEXEC, 0);
    isConnected = fd >= 0 && native.connect(fd, address) >= 0;
    return isConnected;
  };
  return {
    get isConnected() {
      return isConnected;
    },
    send: (message) => {
      if (fd < 0) return false;
      if (!isConnected) {
        const sent = native.sendto(fd, new TextEncoder().encode(message), MSG_NOSIGNAL, address);
        if (sent !== -EPROTOTYPE) return sent >= 0;
        if (!connect()) return false;
      }
      const bytes = new TextEncoder().encode(`${message}\0`);
      return native.send(fd, bytes, MSG_NOSIGNAL) === bytes.length;
    },
    close: () => {
      if (fd >= 0) native.close(fd);
      fd = -1;
    },
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 3164 section 4.1.2, local time. */
function timestamp(wall: number): string {
  const date = new Date(wall);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${months[date.getMonth()]} ${String(date.getDate()).padStart(2, ' ')} ${time}`;
}
