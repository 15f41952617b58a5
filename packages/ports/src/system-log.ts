/** The log of the system, that of syslog(3). */
import type { LogLevel } from '@connman/base';

export interface SystemLog {
  /** One line, without its newline. Never blocks and never throws; a line that no one takes now waits. */
  write(line: string, level: LogLevel): void;
  /** The last chance of what waits: the program ends. */
  flush(): void;
}
