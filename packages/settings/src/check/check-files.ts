/** `connmand --check`: every problem of the files that the daemon reads, with its place. */
import path from 'node:path';
import { OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import { readMainConf, type UnreadKeys } from '../main-conf';
import type { Problem } from '../problem';
import { readProvisioning } from '../provisioning';
import { readSessionPolicies } from '../session-policy';
import { readStoredGlobal } from '../stored-global';
import { readStoredProvider } from '../stored-provider';
import { readStoredService } from '../stored-service';
import { readVpnConf, readVpnPluginConf } from '../vpn-conf';
import { readVpnConfig } from '../vpn-config';

export interface CheckOptions {
  readonly files: Files;
  /** Files to check; when there are none, those that the daemon would read. */
  readonly named: readonly string[];
  /** Paths of main.conf and of the folder of stored settings. */
  readonly config: string;
  readonly storage: string;
  readonly unread: UnreadKeys;
}

export interface CheckResult {
  readonly checked: readonly string[];
  readonly problems: readonly Problem[];
  /** Files that were found and not read, with the reason; only root may read stored settings. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

export function checkFiles(options: CheckOptions): CheckResult {
  const { files, named, unread } = options;
  const checked: string[] = [];
  const problems: Problem[] = [];
  const skipped: { file: string; reason: string }[] = [];
  for (const file of named.length > 0 ? named : usualFiles(options)) {
    try {
      const text = files.read(file);
      if (text === undefined) {
        if (named.length > 0) problems.push({ file, line: 0, found: 'nothing', expected: 'a file' });
        continue;
      }
      checked.push(file);
      checkText(file, text, unread, problems);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (named.length > 0) problems.push({ file, line: 0, found: error.message, expected: 'a readable file' });
      else skipped.push({ file, reason: error.message });
    }
  }
  return { checked, problems, skipped };
}

function usualFiles({ files, config, storage }: CheckOptions): readonly string[] {
  const names = list(files, storage);
  const conf = path.dirname(config);
  const inside = (folder: string, end: string) =>
    list(files, folder)
      .filter((name) => name.endsWith(end))
      .map((name) => `${folder}/${name}`);
  return [
    config,
    `${conf}/connman-vpn.conf`,
    ...inside(`${conf}/vpn-plugin`, '.conf'),
    ...inside(storage, '.config'),
    ...inside(`${storage}-vpn`, '.config'),
    ...inside(`${storage}/session_policy_local`, '.policy'),
    `${storage}/settings`,
    ...names.filter((name) => /^[a-z]+_/.test(name)).map((name) => `${storage}/${name}/settings`),
  ];
}

/** A folder that this user may not look into has no files for it. */
function list(files: Files, folder: string): readonly string[] {
  try {
    return files.list(folder);
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return [];
  }
}

/** Its place says what a file is, as for the daemons; of provisioning files that are elsewhere, their groups. */
function checkText(file: string, text: string, unread: UnreadKeys, problems: Problem[]): void {
  const name = path.basename(file);
  const folder = path.basename(path.dirname(path.resolve(file)));
  const found: Problem[] = [];
  if (name === 'settings') {
    if (/^(ethernet|gadget|wifi|cellular|bluetooth|vpn)_/.test(folder)) readStoredService(file, folder, text, found);
    else if (folder.startsWith('provider_')) readStoredProvider(file, folder.slice('provider_'.length), text, found);
    else readStoredGlobal(file, text, found);
  } else if (name.endsWith('.config')) {
    const isVpn = folder === 'connman-vpn' || /^\s*\[provider_/m.test(text);
    if (isVpn) found.push(...readVpnConfig(file, text).problems);
    else readProvisioning(file, text, found);
  } else if (name.endsWith('.policy')) {
    readSessionPolicies(file, text, found);
  } else if (name === 'connman-vpn.conf') {
    found.push(...readVpnConf(file, text).problems);
  } else if (folder === 'vpn-plugin') {
    found.push(...readVpnPluginConf(file, text).problems);
  } else {
    found.push(...readMainConf(file, text, unread).problems);
  }
  problems.push(...found.sort((a, b) => a.line - b.line || (a.column ?? 0) - (b.column ?? 0)));
}
