/** The commands as a table: names, what they take, how their words complete, and what runs them. */
import { nearest, oneLine } from '@connman/base';
import type { Client } from './client';
import { agent, vpnAgent } from './commands/agent';
import { config } from './commands/config';
import { dns } from './commands/dns';
import { metrics } from './commands/metrics';
import { monitor } from './commands/monitor';
import { peerService } from './commands/peer-service';
import { plan } from './commands/plan';
import { reload } from './commands/reload';
import { connect, disconnect, moveAfter, moveBefore } from './commands/service';
import { session } from './commands/session';
import { clock, peers, services, state, technologies, tetheringClients, vpnConnections } from './commands/show';
import { disable, enable, scan, tether } from './commands/technology';
import { tryChange } from './commands/try';
import { waitUntilOnline } from './commands/wait-online';
import { why } from './commands/why';
import { errnoText, invalid, type Outcome, UsageError } from './words';

/** What a word may be completed to. */
export type Source =
  | 'service'
  | 'technology'
  | 'power'
  | 'peer'
  | 'connection'
  | 'switch'
  | 'option'
  | 'session'
  | 'dns';

export interface OptionHelp {
  readonly name: string;
  readonly args: string;
  readonly about: string;
}

export interface Command {
  readonly name: string;
  readonly args: string;
  readonly about: string;
  readonly options?: readonly OptionHelp[];
  /** Not a command of ConnMan's client: its exit statuses go by class, also with --compat-exit. */
  readonly ours?: boolean;
  /** Answers with --json, too. */
  readonly json?: boolean;
  /** Of the first word, and of all after it. */
  readonly completes?: { readonly first?: readonly Source[]; readonly later?: readonly Source[] };
  /** Undefined for those that the shell itself carries out: help, exit, quit. */
  readonly run?: (client: Client, words: readonly string[]) => Promise<Outcome> | Outcome;
}

const option = (name: string, args: string, about = ''): OptionHelp => ({ name, args, about });

export const commands: readonly Command[] = [
  { name: 'state', json: true, args: '', about: 'Show whether the system is offline or online', run: state },
  { name: 'technologies', json: true, args: '', about: 'List the technologies', run: technologies },
  { name: 'clock', json: true, args: '', about: 'Show time, time zone and time servers', run: clock },
  {
    name: 'enable',
    args: '<technology>|offline',
    about: 'Switch a technology, or offline mode, on',
    completes: { first: ['power'] },
    run: enable,
  },
  {
    name: 'disable',
    args: '<technology>|offline',
    about: 'Switch a technology, or offline mode, off',
    completes: { first: ['power'] },
    run: disable,
  },
  {
    name: 'tether',
    args: '<technology> on|off\n            wifi [on|off] <ssid> <passphrase> [<freq>] ',
    about: 'Share the connection over a technology; set up the access point',
    options: [option('hidden', 'yes|no', 'Whether the access point keeps its name to itself')],
    completes: { first: ['technology'], later: ['switch'] },
    run: tether,
  },
  {
    name: 'tethering_clients',
    json: true,
    args: '',
    about: 'List who uses the shared connection',
    options: [option('traffic', '', 'With names, addresses, and the bytes of each')],
    completes: { first: ['option'] },
    run: tetheringClients,
  },
  {
    name: 'services',
    json: true,
    args: '[<service>]',
    about: 'List the services, or show one',
    options: [option('properties', '[<service>]', '(old form)')],
    completes: { first: ['service'] },
    run: services,
  },
  {
    name: 'peers',
    json: true,
    args: '[peer]',
    about: 'List the peers, or show one',
    completes: { first: ['peer'] },
    run: peers,
  },
  {
    name: 'scan',
    args: '<technology>',
    about: 'Look for new services',
    completes: { first: ['technology'] },
    run: scan,
  },
  {
    name: 'connect',
    args: '<service/peer>',
    about: 'Connect a service or a peer',
    completes: { first: ['service', 'peer'] },
    run: connect,
  },
  {
    name: 'disconnect',
    args: '<service/peer>',
    about: 'Disconnect a service or a peer',
    completes: { first: ['service', 'peer'] },
    run: disconnect,
  },
  {
    name: 'move-before',
    args: '<service> <target service>',
    about: '\tPrefer a service to another',
    completes: { first: ['service'], later: ['service'] },
    run: moveBefore,
  },
  {
    name: 'move-after',
    args: '<service> <target service>',
    about: '\tPrefer another service to this one',
    completes: { first: ['service'], later: ['service'] },
    run: moveAfter,
  },
  {
    name: 'config',
    args: '<service>',
    about: 'Change the settings of a service',
    options: [
      option('nameservers', '<dns1> [<dns2>] [<dns3>]'),
      option('timeservers', '<ntp1> [<ntp2>] [...]'),
      option('domains', '<domain1> [<domain2>] [...]'),
      option('mdns', 'yes|no'),
      option('ipv6', 'off|auto [enable|disable|preferred]|\n\t\t\tmanual <address> <prefixlength> <gateway>'),
      option(
        'proxy',
        'direct|auto <URL>|manual <URL1> [<URL2>] [...]\n\t\t\t[--excludes <exclude1> [<exclude2>] [...]]',
      ),
      option('autoconnect', 'yes|no'),
      option('ipv4', 'off|dhcp|manual <address> <netmask> <gateway>'),
      option('mac-address', 'permanent|stable|random', 'Which hardware address a Wi-Fi network sees'),
      option('data-budget', 'none|<bytes>[K|M|G|T][/month]', 'After how many bytes other services come first'),
      option('metered', 'auto|yes|no', 'Whether the service is paid by the byte'),
      option('routes', '[<network> [via <gateway>]]...', 'Static routes of the service, in place of those it has'),
      option('remove', '', 'Forget the service'),
    ],
    completes: { first: ['service'], later: ['option'] },
    run: config,
  },
  {
    name: 'monitor',
    json: true,
    args: '[off]',
    about: 'Print what changes, as it changes',
    options: [
      option('services', '[off]', 'Services only'),
      option('tech', '[off]', 'Technologies only'),
      option('manager', '[off]', 'The whole only'),
      option('vpnmanager', '[off]', 'VPN connections that come and go only'),
      option('vpnconnection', '[off]', 'Changes of VPN connections only'),
    ],
    completes: { first: ['option', 'switch'], later: ['switch'] },
    run: monitor,
  },
  {
    name: 'agent',
    args: 'on|off',
    about: 'Answer questions of the daemon here',
    completes: { first: ['switch'] },
    run: agent,
  },
  {
    name: 'vpnconnections',
    json: true,
    args: '[<connection>]',
    about: 'List the VPN connections, or show one',
    completes: { first: ['connection'] },
    run: vpnConnections,
  },
  {
    name: 'vpnagent',
    args: 'on|off',
    about: 'Answer questions of the VPN daemon here',
    completes: { first: ['switch'] },
    run: vpnAgent,
  },
  {
    name: 'session',
    args: 'on|off|connect|disconnect|config',
    about: 'Hold a session of your own',
    options: [
      option('bearers', '<technology1> [<technology2> [...]]'),
      option('type', 'local|internet|any'),
      option('ifname', '[<interface_name>]'),
      option('srciprule', 'yes|no'),
      option('ctxid', '<context_identifier>'),
    ],
    completes: { first: ['session'], later: ['option'] },
    run: session,
  },
  {
    name: 'peer_service',
    args:
      'register|unregister <specs> <master>\nWhere specs are:\n\tbjr_query <query> bjr_response <response>\n' +
      '\tupnp_service <service> upnp_version <version>\n\twfd_ies <ies>\n',
    about: 'Offer a service to peers, or withdraw it',
    run: peerService,
  },
  {
    name: 'dns',
    ours: true,
    json: true,
    args: '[query <name>|flush]',
    about: 'Show the name servers; resolve a name and tell why; empty the cache',
    completes: { first: ['dns'] },
    run: dns,
  },
  {
    name: 'why',
    ours: true,
    json: true,
    args: '[<service>]',
    about: 'Tell why services are connected or not, and what they wait for',
    completes: { first: ['service'] },
    run: why,
  },
  {
    name: 'try',
    ours: true,
    args: '<service> <options of config>',
    about: 'Change settings; take them back unless they prove themselves',
    options: [
      option('proof', 'online|<address>[:<port>] [...]', 'What has to respond; online if not given'),
      option('needed', '<count>', 'So many proofs are enough; all if not given'),
      option('within', '<seconds>', '1 to 60; 30 if not given'),
    ],
    completes: { first: ['service'], later: ['option'] },
    run: tryChange,
  },
  {
    name: 'plan',
    ours: true,
    json: true,
    args: '[<service> <options of config>]',
    about: 'Show what is still to be changed in the kernel, or what a change of settings would change',
    completes: { first: ['service'], later: ['option'] },
    run: plan,
  },
  {
    name: 'metrics',
    ours: true,
    json: true,
    args: '',
    about: 'Show what connmand has counted, as OpenMetrics text',
    run: metrics,
  },
  {
    name: 'reload',
    ours: true,
    args: '',
    about: 'Have connmand read main.conf again; links stay up',
    run: reload,
  },
  {
    name: 'wait-online',
    ours: true,
    args: '',
    about: 'Wait until a service is connected',
    options: [
      option('interface', '<interface>', 'One of these must be connected'),
      option('ignore', '<interface>', 'Does not count'),
      option('timeout', '<seconds>', 'How long at most; 0: without end'),
    ],
    completes: { first: ['option'], later: ['option'] },
    run: waitUntilOnline,
  },
  { name: 'help', args: '', about: 'Show this list' },
  { name: 'exit', args: '', about: 'Leave' },
  { name: 'quit', args: '', about: 'Leave' },
];

export function commandNamed(name: string): Command | undefined {
  return commands.find((command) => command.name === name);
}

/** Throws UsageError where there is none of that name, and where it has no --json although its own line asks for it. */
export async function runCommand(
  client: Client,
  name: string,
  words: readonly string[],
  hasJson: boolean,
): Promise<Outcome> {
  const command = commandNamed(name);
  if (!command?.run) throw unknownCommand(name);
  if (hasJson && !command.json) throw new UsageError(invalid, `${name} has no --json`);
  return command.run(client, words);
}

class UnknownCommand extends UsageError {}

function unknownCommand(name: string): UsageError {
  const meant = nearest(
    name,
    commands.map((command) => command.name),
  );
  return new UnknownCommand(
    invalid,
    meant === undefined ? 'connmanctl help lists the commands' : `did you mean ${meant}?`,
  );
}

/** ConnMan's line, and behind it what was wrong and how the command is used; `compat`: its line alone. */
export function usageText(name: string, error: UsageError, compat: boolean): string {
  const isUnknown = error instanceof UnknownCommand;
  const line = `Error '${oneLine(name)}': ${isUnknown ? 'Unknown command' : errnoText(error.errno)}\n`;
  if (compat) return line;
  const args = commandNamed(name)?.args.split('\n')[0]?.trim() ?? '';
  return `${line}  ${error.message}${isUnknown ? '' : `; usage: ${`connmanctl ${name} ${args}`.trim()}`}\n`;
}

const ownOptions =
  '--json          Print what a command reads as JSON (docs/api/connmanctl.schema.json)\n' +
  "--compat-exit   Exit statuses of ConnMan's client, and its errors without advice\n";

/** The list of commands; `whole` adds what a caller from a shell needs to know. */
export function helpText(whole: boolean): string {
  const lines: string[] = [];
  for (const { name, args, about, options = [] } of commands) {
    lines.push(`${name.padEnd(16)}${args.padEnd(22)}${about}`);
    for (const one of options) {
      lines.push(`   --${one.name.padEnd(16)}${one.about === '' ? one.args : one.args.padEnd(17) + one.about}`);
    }
  }
  const body = `${lines.join('\n')}\n`;
  if (!whole) return body;
  return `Usage: connmanctl [[command] [args]]\n${body}\n${ownOptions}\nNote: arguments and output are considered EXPERIMENTAL for now.\n`;
}
