/** The command line of connman-vpnd, as ConnMan's has it. */
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '@connman/base';

export interface Options {
  readonly config: string;
  readonly debug: boolean;
  readonly foreground: boolean;
  /** Driver names; none given means all. */
  readonly only: readonly string[];
  readonly without: readonly string[];
  readonly version: boolean;
  readonly help: boolean;
}

export const usage = `Usage: connman-vpnd [options]

Offers net.connman.vpn on the system bus: VPN connections for connmand and connmanctl.
  -c, --config FILE      settings; /etc/connman/connman-vpn.conf if not given
  -d, --debug            verbose logging
  -p, --plugin TYPE,...  VPN types to offer: openvpn, openconnect, vpnc, l2tp, pptp, wireguard
  -P, --noplugin TYPE,...  VPN types to leave out
  -n, --nodaemon         stay in the foreground
  -v, --version          print the version
  -h, --help             print this
`;

const options = {
  config: { type: 'string', short: 'c' },
  debug: { type: 'boolean', short: 'd' },
  nodaemon: { type: 'boolean', short: 'n' },
  plugin: { type: 'string', short: 'p', multiple: true },
  noplugin: { type: 'string', short: 'P', multiple: true },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function parseOptions(args: readonly string[]): Result<Options, string> {
  // ConnMan's --debug may have a value.
  const words = args.map((word) => (word.startsWith('--debug=') ? '--debug' : word));
  try {
    const { values } = parseArgs({ args: words, options });
    const list = (texts: readonly string[] = []) => texts.flatMap((text) => text.split(',')).filter(Boolean);
    return ok({
      config: values.config ?? '/etc/connman/connman-vpn.conf',
      debug: values.debug ?? false,
      foreground: values.nodaemon ?? false,
      only: list(values.plugin),
      without: list(values.noplugin),
      version: values.version ?? false,
      help: values.help ?? false,
    });
  } catch (error) {
    return err((error as Error).message);
  }
}
