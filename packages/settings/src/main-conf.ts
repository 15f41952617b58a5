/** Reads main.conf: ConnMan rules 10 to 13, one Problem for each key that does not fit, and the rest counts. */
import type { Fields } from './fields';
import { KeyFile } from './keyfile';
import { componentFields, generalFields } from './main-conf-keys';
import { defaultMainSettings, type GeneralSettings, type MainSettings, type OnlineCheckMode } from './main-settings';
import type { Problem } from './problem';
import { readGroup } from './read-group';

export interface MainConf {
  readonly settings: MainSettings;
  readonly problems: readonly Problem[];
}

/** Keys that no part of this build reads, each with the part that would. */
export type UnreadKeys = Readonly<Record<string, string>>;

/**
 * `text` is undefined when there is no such file, which is no problem: the defaults hold. (ConnMan then leaves the online
 * check off, rule 12; that is a fault of it which we do not share.)
 */
export function readMainConf(file: string, text: string | undefined, unread: UnreadKeys = {}): MainConf {
  const keyFile = KeyFile.parse(text ?? '');
  const problems: Problem[] = keyFile.faults.map(({ line, text: found, expected }) => ({
    file,
    line,
    column: 1,
    found,
    expected,
  }));
  const groups = keyFile.groups();
  for (const group of groups) {
    if (group !== 'General' && group !== 'Components')
      problems.push({
        file,
        line: keyFile.lineOfGroup(group),
        column: 1,
        found: `[${group}]`,
        expected: '[General] or [Components]; this group has no effect',
      });
  }
  if (groups.every((group) => keyFile.entries(group).length === 0)) return { settings: defaultMainSettings, problems };

  const read = <T extends object>(group: string, fields: Fields<T>) =>
    uncapitalized(readGroup(keyFile, group, fields, { file, handwritten: true, problems }));
  const general = read('General', generalFields);
  const entry = (key: string) => keyFile.entries('General').find((one) => one.key === key);
  const report = (key: string, found: string, expected: string) => {
    const { line = 0, column = 1 } = entry(key) ?? {};
    problems.push({ file, line, column, key, found, expected });
  };
  const settings = {
    ...defaultMainSettings,
    ...general,
    ...intervals(general, (found) => {
      const { line = 0, column = 1 } = entry('OnlineCheckInitialInterval') ?? entry('OnlineCheckMaxInterval') ?? {};
      const expected = 'at most OnlineCheckMaxInterval; both return to their defaults';
      problems.push({ file, line, column, key: 'OnlineCheckInitialInterval', found, expected });
    }),
    onlineCheckMode: onlineCheckMode(general),
    components: { ...defaultMainSettings.components, ...read('Components', componentFields) },
  };
  const given = (key: string, expected: string) => {
    const found = keyFile.get('General', key);
    if (found !== undefined) report(key, found, expected);
  };
  for (const key of ['EnableOnlineCheck', 'EnableOnlineToReadyTransition'])
    given(key, 'OnlineCheckMode in place of this deprecated key');
  for (const [key, part] of Object.entries(unread))
    given(key, `a build with ${part}; ${part} is not in this build, and the key has no effect`);
  return { settings, problems: problems.sort((a, b) => a.line - b.line || (a.column ?? 0) - (b.column ?? 0)) };
}

/** Rule 13: the deprecated keys decide when OnlineCheckMode is absent or not understood. */
function onlineCheckMode(general: Partial<GeneralSettings>): OnlineCheckMode {
  if (general.onlineCheckMode !== undefined) return general.onlineCheckMode;
  if (general.enableOnlineCheck === false) return 'none';
  return general.enableOnlineToReadyTransition ? 'continuous' : defaultMainSettings.onlineCheckMode;
}

function intervals(general: Partial<GeneralSettings>, report: (found: string) => void) {
  const { onlineCheckInitialInterval, onlineCheckMaxInterval } = defaultMainSettings;
  const initial = general.onlineCheckInitialInterval ?? onlineCheckInitialInterval;
  const max = general.onlineCheckMaxInterval ?? onlineCheckMaxInterval;
  if (initial <= max) return {};
  report(String(initial));
  return { onlineCheckInitialInterval, onlineCheckMaxInterval };
}

type Uncapitalized<T> = { [K in keyof T as Uncapitalize<K & string>]: T[K] };

function uncapitalized<T extends object>(values: T): Uncapitalized<T> {
  const entries = Object.entries(values).map(([key, value]) => [`${key[0]?.toLowerCase()}${key.slice(1)}`, value]);
  return Object.fromEntries(entries) as Uncapitalized<T>;
}
