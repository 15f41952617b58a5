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
  readonly version: boolean;
  readonly help: boolean;
}

interface Flag {
  readonly short?: string;
  readonly long: string;
  /** Name of the value in the help; absent for a switch. */
  readonly value?: string;
  readonly optionalValue?: true;
  readonly meaning: string;
}

const flags: readonly Flag[] = [
  {
    short: 'c',
    long: 'config',
    value: 'FILE',
    meaning: 'read this configuration file instead of /etc/connman/main.conf',
  },
  { short: 'd', long: 'debug', value: 'DEBUG', optionalValue: true, meaning: 'tell in detail what happens' },
  { short: 'i', long: 'device', value: 'DEV,...', meaning: 'manage these interfaces only' },
  { short: 'I', long: 'nodevice', value: 'DEV,...', meaning: 'never manage these interfaces' },
  { short: 'p', long: 'plugin', value: 'NAME,...', meaning: 'use these plugins only' },
  { short: 'P', long: 'noplugin', value: 'NAME,...', meaning: 'do not use these plugins' },
  { short: 'W', long: 'wifi', value: 'NAME', meaning: 'driver for wpa_supplicant' },
  { short: 'n', long: 'nodaemon', meaning: 'stay in the foreground' },
  { short: 'r', long: 'nodnsproxy', meaning: 'write the real name servers to resolv.conf, run no DNS proxy' },
  { long: 'nobacktrace', meaning: 'print no backtrace after a crash' },
  { short: 'v', long: 'version', meaning: 'print the version' },
  { short: 'h', long: 'help', meaning: 'print this help' },
];

export const usage: string = [
  'Usage:',
  '  connmand [OPTION...]',
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
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const long = /^--([^=]+)(?:=(.*))?$/s.exec(arg);
    const short = /^-([^-])(.*)$/s.exec(arg);
    const flag = flags.find((one) => (long ? one.long === long[1] : short && one.short === short[1]));
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
    version: given.has('version'),
    help: given.has('help'),
  });
}
