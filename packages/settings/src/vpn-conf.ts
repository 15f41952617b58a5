/** connman-vpn.conf, and the file of one VPN type below vpn-plugin/: how long agents may take, and whom VPN programs run as. */
import { integer, text, texts, type ValuesOf, word } from './fields';
import { KeyFile } from './keyfile';
import type { Problem } from './problem';
import { readGroup } from './read-group';

/** Whom a program runs as; the daemon's own user where nothing is given. */
export interface DacPrivileges {
  readonly user?: string;
  readonly group?: string;
  readonly supplementaryGroups: readonly string[];
}

export interface VpnSettings {
  /** Seconds; 0 for no limit. */
  readonly inputRequestTimeout: number;
  readonly privileges: DacPrivileges;
  readonly systemBinaryUsers: readonly string[];
  /** Of connections that do not say so themselves. */
  readonly killSwitch: KillSwitch;
}

const killSwitchWords = ['false', 'true', 'local'] as const;
export type KillSwitch = (typeof killSwitchWords)[number];

const defaultVpnSettings: VpnSettings = {
  inputRequestTimeout: 300,
  privileges: { supplementaryGroups: [] },
  systemBinaryUsers: [],
  killSwitch: 'false',
};

/** Functions, so that programs which only import this package do not carry the texts. */
const generalFields = () => ({
  InputRequestTimeout: integer(
    { least: 0, most: 0x7fffffff, expected: 'whole seconds, 0 or more' },
    'How long an agent may take to answer a request for input, in seconds; 0 sets no limit.',
  ),
  KillSwitch: word(
    killSwitchWords,
    'For connections without a KillSwitch of their own. true: from the first connection until the user disconnects, nothing leaves the machine but through the tunnel; local: the networks around the machine are reached as well. Not ConnMan’s.',
  ),
});

const privilegeFields = () => ({
  User: text('User, by name or number, that VPN programs run as. Unset: the user of connman-vpnd.'),
  Group: text('Their group, by name or number.'),
  SupplementaryGroups: texts(',', 'Their other groups, by names or numbers.'),
  SystemBinaryUsers: texts(
    ',',
    'Users that count as system users beside root. Read for compatibility; each connection has a private folder in any case.',
  ),
});

export interface VpnConf {
  readonly settings: VpnSettings;
  readonly problems: readonly Problem[];
}

/** Reads the whole file; undefined text means there is none. */
export function readVpnConf(file: string, content: string | undefined): VpnConf {
  const { keyFile, problems } = open(file, content, ['General', 'DACPrivileges']);
  const general = readGroup(keyFile, 'General', generalFields(), { file, handwritten: true, problems });
  const dac = readGroup(keyFile, 'DACPrivileges', privilegeFields(), { file, handwritten: true, problems });
  const settings = {
    inputRequestTimeout: general.InputRequestTimeout ?? defaultVpnSettings.inputRequestTimeout,
    privileges: privilegesOf(dac),
    systemBinaryUsers: dac.SystemBinaryUsers ?? [],
    killSwitch: general.KillSwitch ?? defaultVpnSettings.killSwitch,
  };
  return { settings, problems };
}

/** The file of one VPN type, `vpn-plugin/openvpn.conf`; undefined privileges where it says nothing. */
export function readVpnPluginConf(
  file: string,
  content: string | undefined,
): { readonly privileges: DacPrivileges | undefined; readonly problems: readonly Problem[] } {
  const { keyFile, problems } = open(file, content, ['DACPrivileges']);
  const dac = readGroup(keyFile, 'DACPrivileges', privilegeFields(), { file, handwritten: true, problems });
  return { privileges: Object.keys(dac).length === 0 ? undefined : privilegesOf(dac), problems };
}

function open(file: string, content: string | undefined, known: readonly string[]) {
  const keyFile = KeyFile.parse(content ?? '');
  const problems: Problem[] = keyFile.faults.map(({ line, text: found, expected }) => ({
    file,
    line,
    found,
    expected,
  }));
  for (const group of keyFile.groups()) {
    if (known.includes(group)) continue;
    const expected = `${known.map((name) => `[${name}]`).join(' or ')}; this group has no effect`;
    problems.push({ file, line: keyFile.lineOfGroup(group), found: `[${group}]`, expected });
  }
  return { keyFile, problems };
}

function privilegesOf({
  User,
  Group,
  SupplementaryGroups = [],
}: Partial<ValuesOf<ReturnType<typeof privilegeFields>>>): DacPrivileges {
  return {
    ...(User !== undefined && User !== '' && { user: User }),
    ...(Group !== undefined && Group !== '' && { group: Group }),
    supplementaryGroups: SupplementaryGroups,
  };
}
