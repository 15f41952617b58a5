/** `connmand --check`: every problem of the files that the daemon reads, with its place. */
import path from 'node:path';
import { OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import { readMainConf, type UnreadKeys } from '../main-conf';
import type { Problem } from '../problem';
import { readProvisioning } from '../provisioning';
import { readSessionPolicies } from '../session-policy';
import { readStoredGlobal } from '../stored-global';
import { readStoredService } from '../stored-service';

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
  const policies = `${storage}/session_policy_local`;
  return [
    config,
    ...names.filter((name) => name.endsWith('.config')).map((name) => `${storage}/${name}`),
    ...list(files, policies)
      .filter((name) => name.endsWith('.policy'))
      .map((name) => `${policies}/${name}`),
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

/** Its name says what a file is, as for the daemon. */
function checkText(file: string, text: string, unread: UnreadKeys, problems: Problem[]): void {
  const name = path.basename(file);
  const found: Problem[] = [];
  if (name === 'settings') {
    const folder = path.basename(path.dirname(path.resolve(file)));
    if (/^(ethernet|gadget|wifi|cellular|bluetooth|vpn)_/.test(folder)) readStoredService(file, folder, text, found);
    else readStoredGlobal(file, text, found);
  } else if (name.endsWith('.config')) {
    readProvisioning(file, text, found);
  } else if (name.endsWith('.policy')) {
    readSessionPolicies(file, text, found);
  } else {
    found.push(...readMainConf(file, text, unread).problems);
  }
  problems.push(...found.sort((a, b) => a.line - b.line || (a.column ?? 0) - (b.column ?? 0)));
}
