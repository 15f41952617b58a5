/** What is remembered of the whole: /var/lib/connman/settings, the group [global] and one group for each technology. */
import { Secret } from '@connman/base';
import { boolean, integer, text, texts, word } from './fields';
import { KeyFile } from './keyfile';
import { escapeC, unescapeC, writeList, writeText } from './keyfile-values';
import type { Problem } from './problem';
import { readGroup } from './read-group';

/** The names of the technologies, which are their groups. */
export const technologyNames = ['Wired', 'WiFi', 'Bluetooth', 'Cellular', 'Gadget', 'P2P'] as const;
export type TechnologyName = (typeof technologyNames)[number];

export interface StoredTechnology {
  readonly enable?: boolean | undefined;
  readonly tethering?: boolean | undefined;
  readonly tetheringIdentifier?: string | undefined;
  readonly tetheringPassphrase?: Secret | undefined;
  /** MHz. */
  readonly tetheringFreq?: number | undefined;
  /** Not ConnMan's. */
  readonly tetheringHidden?: boolean | undefined;
}

export interface StoredGlobal {
  readonly offlineMode?: boolean | undefined;
  readonly timeUpdates?: 'auto' | 'manual' | undefined;
  readonly timezoneUpdates?: 'auto' | 'manual' | undefined;
  readonly timeservers?: readonly string[] | undefined;
  readonly technologies: Readonly<Partial<Record<TechnologyName, StoredTechnology>>>;
}

const globalFields = {
  OfflineMode: boolean(),
  TimeUpdates: word(['auto', 'manual']),
  TimezoneUpdates: word(['auto', 'manual']),
  Timeservers: texts(';'),
};

const technologyFields = {
  Enable: boolean(),
  Tethering: boolean(),
  'Tethering.Identifier': text(),
  'Tethering.Passphrase': text(),
  'Tethering.Freq': integer({ least: 0, most: 0x7fffffff, expected: 'a frequency in MHz' }),
  'Tethering.Hidden': boolean(),
};

/** A value that does not fit counts as absent. */
export function readStoredGlobal(file: string, content: string, problems: Problem[]): StoredGlobal {
  const keyFile = KeyFile.parse(content);
  // The text of the line may be part of a passphrase.
  for (const { line, expected } of keyFile.faults) problems.push({ file, line, found: '***', expected });
  const options = { file, handwritten: false, problems };
  const keys = readGroup(keyFile, 'global', globalFields, options);
  const technologies: Partial<Record<TechnologyName, StoredTechnology>> = {};
  for (const name of technologyNames) {
    if (keyFile.lineOfGroup(name) === 0) continue;
    const group = readGroup(keyFile, name, technologyFields, options);
    const passphrase = group['Tethering.Passphrase'];
    technologies[name] = {
      enable: group.Enable,
      tethering: group.Tethering,
      tetheringIdentifier: group['Tethering.Identifier'],
      tetheringPassphrase: passphrase === undefined ? undefined : new Secret(unescapeC(passphrase)),
      tetheringFreq: group['Tethering.Freq'],
      tetheringHidden: group['Tethering.Hidden'],
    };
  }
  return {
    offlineMode: keys.OfflineMode,
    timeUpdates: keys.TimeUpdates,
    timezoneUpdates: keys.TimezoneUpdates,
    timeservers: keys.Timeservers,
    technologies,
  };
}

const defaultTetheringFreq = 2412;

/**
 * The file with these values in it. `previous` is the file's content so far, '' if there is none. A technology that
 * `global` does not name keeps its group.
 */
export function writeStoredGlobal(global: StoredGlobal, previous: string): string {
  const keyFile = KeyFile.parse(previous);
  const put = (group: string, key: string, value: string | number | boolean | readonly string[] | undefined) => {
    if (value === undefined || (typeof value === 'object' && value.length === 0)) keyFile.remove(group, key);
    else if (typeof value === 'object') keyFile.set(group, key, writeList(value));
    else keyFile.set(group, key, writeText(String(value)));
  };
  put('global', 'OfflineMode', global.offlineMode);
  put('global', 'TimeUpdates', global.timeUpdates);
  put('global', 'TimezoneUpdates', global.timezoneUpdates);
  put('global', 'Timeservers', global.timeservers);
  for (const name of technologyNames) {
    const technology = global.technologies[name];
    if (!technology) continue;
    put(name, 'Enable', technology.enable);
    put(name, 'Tethering', technology.tethering);
    put(name, 'Tethering.Identifier', technology.tetheringIdentifier);
    put(
      name,
      'Tethering.Passphrase',
      technology.tetheringPassphrase && escapeC(technology.tetheringPassphrase.reveal()),
    );
    put(name, 'Tethering.Freq', technology.tetheringFreq || defaultTetheringFreq);
    put(name, 'Tethering.Hidden', technology.tetheringHidden);
  }
  return keyFile.toString();
}
