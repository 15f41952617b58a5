/**
 * Where connmand's lines go: to standard error and to the system's log (ConnMan rule 2). Detached, standard error is
 * no one's, and the system's log has them alone; under systemd the journal reads standard error, and once is enough.
 */
import { fstatSync, writeSync } from 'node:fs';
import { type Logger, type LogLevel, lineLogger } from '@connman/base';
import type { SystemLog } from '@connman/ports';

export interface DaemonLog extends Logger {
  /** For the system's log alone: standard error has been told otherwise. */
  aside(message: string): void;
}

export interface DaemonLogOptions {
  readonly systemLog: SystemLog;
  /** The most talkative one that is written. */
  readonly level: LogLevel;
  /** JOURNAL_STREAM (systemd.exec(5)): device and inode of the journal's stream. */
  readonly journalStream?: string | undefined;
  /** Descriptor of standard error. */
  readonly standardError?: number;
}

export function daemonLog({ systemLog, level, journalStream, standardError = 2 }: DaemonLogOptions): DaemonLog {
  const isJournal = isStream(standardError, journalStream);
  const aside = (line: string, of: LogLevel) => systemLog.write(line.trimEnd(), of);
  const write = (line: string, of: LogLevel) => {
    writeLine(standardError, line);
    if (!isJournal) aside(line, of);
  };
  const logger = lineLogger({ write, level, severityPrefix: isJournal, prefix: '' });
  const quiet = lineLogger({ write: isJournal ? () => {} : aside, level, severityPrefix: false, prefix: '' });
  return { ...logger, aside: quiet.error };
}

/** A variable that was inherited says nothing of a standard error that was not. */
function isStream(descriptor: number, stream: string | undefined): boolean {
  if (!stream) return false;
  try {
    const { dev, ino } = fstatSync(descriptor);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** To standard error, without the stream that Node would load for it. */
function writeLine(descriptor: number, line: string): void {
  try {
    writeSync(descriptor, line);
  } catch {
    // There is no reader, and nowhere else to say so.
  }
}
