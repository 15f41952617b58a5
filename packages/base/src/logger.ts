/** Log lines. Libraries return; the shells above them log, and every line says what happened, to which object, and what next. */

const logLevels = ['error', 'warning', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Logger {
  error(message: string): void;
  warning(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

/** The syslog severities (RFC 5424 section 6.2.1); systemd reads them from the start of a line, too. */
export const syslogSeverity: Record<LogLevel, number> = { error: 3, warning: 4, info: 6, debug: 7 };

export interface LineLoggerOptions {
  /** Where a finished line goes, newline included. */
  readonly write: (line: string, level: LogLevel) => void;
  /** The most talkative level that is written. */
  readonly level: LogLevel;
  /** Put `<6>` in front of a line, for a journal that reads it. */
  readonly severityPrefix: boolean;
  /** Goes before each message: the program's or the part's name. */
  readonly prefix: string;
}

export function lineLogger(options: LineLoggerOptions): Logger {
  const threshold = logLevels.indexOf(options.level);
  const at = (level: LogLevel) => {
    if (logLevels.indexOf(level) > threshold) return () => {};
    const head = `${options.severityPrefix ? `<${syslogSeverity[level]}>` : ''}${options.prefix}`;
    // One line is one entry: a peer's text must not be able to forge a second one.
    return (message: string) => options.write(`${head}${oneLine(message)}\n`, level);
  };
  return { error: at('error'), warning: at('warning'), info: at('info'), debug: at('debug') };
}

/** The same log for a part of a program, whose lines begin with its name: `dns: ...`. */
export function scoped(log: Logger, scope: string): Logger {
  const at = (level: LogLevel) => (message: string) => log[level](`${scope}: ${message}`);
  return { error: at('error'), warning: at('warning'), info: at('info'), debug: at('debug') };
}

export const silentLogger: Logger = { error() {}, warning() {}, info() {}, debug() {} };

/** The text with every control character, and every byte that is no text, written out: nothing breaks a line or steers a terminal. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const hidden = /[\u0000-\u001f\u007f-\u009f\udc80-\udcff]/gu;
  return text.replace(hidden, (c) => `\\x${(c.charCodeAt(0) & 0xff).toString(16).padStart(2, '0')}`);
}
