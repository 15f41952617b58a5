/** The command line of connmand, as ConnMan has it (rules 1 and 2). */
import { err, ok, type Result } from '@connman/base';

export interface Options {
  readonly config: string;
  /** Patterns of what is to be told in detail; empty for nothing. */
  readonly debug: readonly string[];
  readonly devices: readonly string[];
  readonly noDevices: readonly string[];
  readonly plugins: readonly string[];
  readonly noPlugins: readonly string[];
  readonly wifiDriver: string;
  readonly foreground: boolean;
  readonly dnsProxy: boolean;
  readonly backtrace: boolean;
  /** Folder of what outlives the daemon. */
  readonly storage: string;
  /** Folder of what a reboot takes away. */
  readonly runtime: string;
  /** Gets the process id once the daemon is on the bus. */
  readonly pidfile: string | undefined;
  /** Files to check in place of running; empty for all that the daemon would read. */
  readonly check: readonly string[] | undefined;
  /** Long names of the options on the command line. */
  readonly given: readonly string[];
  readonly version: boolean;
  readonly help: boolean;
}

export interface Flag {
  readonly short?: string;
  readonly long: string;
  /** Name of the value in the help; absent for a switch. */
  readonly value?: string;
  readonly optionalValue?: true;
  readonly meaning: string;
}

/** In the order of the help and of connmand(8). */
export const flags: readonly Flag[] = [
  {
    short: 'c',
    long: 'config',
    value: 'FILE',
    meaning: 'read this configuration file instead of /etc/connman/main.conf',
  },
  { short: 'd', long: 'debug', value: 'DEBUG', optionalValue: true, meaning: 'log in detail' },
  { short: 'i', long: 'device', value: 'DEV,...', meaning: 'manage these interfaces only' },
  { short: 'I', long: 'nodevice', value: 'DEV,...', meaning: 'never manage these interfaces' },
  { short: 'p', long: 'plugin', value: 'NAME,...', meaning: 'load these optional parts only' },
  { short: 'P', long: 'noplugin', value: 'NAME,...', meaning: 'do not load these optional parts' },
  { short: 'W', long: 'wifi', value: 'NAME', meaning: 'driver for wpa_supplicant' },
  { short: 'n', long: 'nodaemon', meaning: 'stay in the foreground' },
  { short: 'r', long: 'nodnsproxy', meaning: 'write the real name servers to resolv.conf, run no DNS proxy' },
  { long: 'storage', value: 'DIR', meaning: 'keep settings and services here instead of in /var/lib/connman' },
  { long: 'runtime', value: 'DIR', meaning: 'write resolv.conf here instead of to /run/connman' },
  { long: 'pidfile', value: 'FILE', meaning: 'write the process id to this file once the daemon is on the bus' },
  { long: 'check', meaning: 'check the configuration, or the FILEs that follow, and exit; needs no root and no bus' },
  { long: 'nobacktrace', meaning: 'print no backtrace after a crash' },
  { short: 'v', long: 'version', meaning: 'print the version' },
  { short: 'h', long: 'help', meaning: 'print this help' },
];

export const usage: string = [
  'Usage:',
  '  connmand [OPTION...]',
  '  connmand --check [FILE...]',
  '',
  'Options:',
  ...flags.map(({ short, long, value, meaning }) => {
    const name = `${short ? `-${short}, ` : '    '}--${long}${value ? `=${value}` : ''}`;
    return `  ${name.padEnd(26)} ${meaning}`;
  }),
  '',
].join('\n');

/** The error is the text to print; the daemon then exits with status 1. */
export function parseOptions(args: readonly string[]): Result<Options, string> {
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const long = /^--([^=]+)(?:=(.*))?$/s.exec(arg);
    const short = /^-([^-])(.*)$/s.exec(arg);
    const flag = flags.find((one) => (long ? one.long === long[1] : short && one.short === short[1]));
    if (!flag && given.has('check') && !arg.startsWith('-')) {
      operands.push(arg);
      continue;
    }
    if (!flag) return err(`Unknown option ${arg}`);
    let value = long ? long[2] : short?.[2] || undefined;
    if (flag.value === undefined) {
      if (long && value !== undefined) return err(`Option --${flag.long} takes no value`);
      // Switches may be written together: -nr.
      if (value !== undefined) rest.unshift(`-${value}`);
      value = '';
    } else if (value === undefined) {
      const next = rest[0];
      if (next !== undefined && !(flag.optionalValue && next.startsWith('-'))) value = rest.shift();
      else if (flag.optionalValue) value = '*';
      else return err(`Missing argument for --${flag.long}`);
    }
    given.set(flag.long, [...(given.get(flag.long) ?? []), value ?? '']);
  }
  const list = (name: string) =>
    (given.get(name) ?? []).flatMap((text) => text.split(',')).filter((text) => text !== '');
  const folder = (name: string) =>
    given
      .get(name)
      ?.at(-1)
      ?.replace(/(.)\/+$/, '$1');
  return ok({
    config: given.get('config')?.at(-1) ?? '/etc/connman/main.conf',
    debug: list('debug'),
    devices: list('device'),
    noDevices: list('nodevice'),
    plugins: list('plugin'),
    noPlugins: list('noplugin'),
    wifiDriver: given.get('wifi')?.at(-1) ?? 'nl80211,wext',
    foreground: given.has('nodaemon'),
    dnsProxy: !given.has('nodnsproxy'),
    backtrace: !given.has('nobacktrace'),
    storage: folder('storage') ?? '/var/lib/connman',
    runtime: folder('runtime') ?? '/run/connman',
    pidfile: given.get('pidfile')?.at(-1),
    check: given.has('check') ? operands : undefined,
    given: [...given.keys()],
    version: given.has('version'),
    help: given.has('help'),
  });
}
