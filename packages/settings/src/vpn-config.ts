/**
 * VPN connections from files, `/var/lib/connman-vpn/NAME.config`: one group [provider_IDENT] for each connection, its keys as
 * the connection's settings.
 */
import { KeyFile } from './keyfile';
import { readText } from './keyfile-values';
import type { Problem } from './problem';

export interface ProvisionedVpn {
  /** The group's name without `provider_`. */
  readonly section: string;
  /** Line of the group's head, for messages. */
  readonly line: number;
  /** As written, without white space around; `Type` in lower case. */
  readonly values: ReadonlyMap<string, string>;
}

const groupPrefix = 'provider_';

/**
 * Reads the connections of one file. A file that has keys and no group is read as one connection named after the file: guides
 * on the Web show such files.
 */
export function readVpnConfig(
  file: string,
  content: string,
): { readonly vpns: readonly ProvisionedVpn[]; readonly problems: readonly Problem[] } {
  let keyFile = KeyFile.parse(content);
  const problems: Problem[] = [];
  let offset = 0;
  if (keyFile.groups().length === 0 && keyFile.faults.length > 0) {
    const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.config$/, '');
    keyFile = KeyFile.parse(`[${groupPrefix}${name}]\n${content}`);
    offset = 1;
    const expected = `[${groupPrefix}${name}] above the first key, and Type, Name, Host and Domain in it; read as if it were there`;
    problems.push({ file, line: 1, found: 'no group', expected });
  }
  for (const { line, text: found, expected } of keyFile.faults)
    problems.push({ file, line: line - offset, found: redacted(found), expected });
  const vpns: ProvisionedVpn[] = [];
  for (const group of keyFile.groups()) {
    const line = Math.max(keyFile.lineOfGroup(group) - offset, 1);
    if (group === 'global') continue;
    if (!group.startsWith(groupPrefix) || group === groupPrefix) {
      const expected = `[global] or [${groupPrefix}NAME]; this group has no effect`;
      problems.push({ file, line, found: `[${group}]`, expected });
      continue;
    }
    const values = new Map<string, string>();
    for (const { key, value } of keyFile.entries(group)) values.set(key, readText(value).trim());
    const type = values.get('Type');
    if (type) values.set('Type', type.toLowerCase());
    vpns.push({ section: group.slice(groupPrefix.length), line, values });
  }
  return { vpns, problems };
}

/** A line that could not be read may still hold a password. */
function redacted(line: string): string {
  return /pass|secret|key|cookie/i.test(line) ? '(a line that may hold a secret)' : line;
}
