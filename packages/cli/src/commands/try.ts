/** `try`: settings of a service that are kept if they prove themselves, and taken back by the daemon if they do not. */
import { configurationInterface, configurationPath, connmanBusName, connmanPaths } from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import type { Client } from '../client';
import { fine, missing, nameIn, type Outcome, parseCount, wrong } from '../words';
import { parseConfig } from './config';

const defaultSeconds = 30;
/** For storing what is kept, on top of the time for the proofs. */
const margin = 30;

interface Trial {
  readonly settings: readonly (readonly [string, Variant])[];
  readonly proofs: readonly string[];
  /** 0 for all. */
  readonly needed: number;
  readonly seconds: number;
}

export async function tryChange(client: Client, words: readonly string[]): Promise<Outcome> {
  const [first, ...rest] = words;
  const name = nameIn(first, 'a service');
  const { settings, proofs, needed, seconds } = parseTrial(rest);
  client.out(`Trying a change of ${name} for up to ${seconds} s\n`);
  const configuration = client.bus.object(configurationInterface, { name: connmanBusName, path: configurationPath });
  const answer = configuration.call(
    'Try',
    [
      connmanPaths.service(name),
      settings.map(([property, value]) => [property, value] as const),
      [...proofs],
      needed,
      seconds,
    ],
    { timeoutMs: (seconds + margin) * 1000 },
  );
  await client.show(answer, () => 'Kept\n', name);
  return fine;
}

/** Nothing is sent of a line with a word that does not fit: half a change proves nothing. */
function parseTrial(words: readonly string[]): Trial {
  const own = new Map<string, readonly string[]>();
  const changed: string[] = [];
  for (const group of groupsOf(words)) {
    const [word = '', ...values] = group;
    if (ownOptions.has(word)) own.set(word, [...(own.get(word) ?? []), ...values]);
    else changed.push(...group);
  }
  return {
    settings: triedSettings(changed),
    proofs: own.get('--proof') ?? [],
    needed: countOf(own, '--needed', 0),
    seconds: countOf(own, '--within', defaultSeconds),
  };
}

/** The options of `config` that change a setting and can be tried. */
export function triedSettings(words: readonly string[]): Trial['settings'] {
  const settings = parseConfig(words).map((change) => {
    if (change.kind === 'set') return [change.property, change.value] as const;
    throw wrong(change.kind === 'remove' ? '--remove' : change.word, 'a setting that can be tried');
  });
  if (settings.length === 0) throw missing('a setting to try');
  return settings;
}

const ownOptions: ReadonlySet<string> = new Set(['--proof', '--needed', '--within']);

/** An option with the words behind it. */
function groupsOf(words: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const word of words) {
    const isOption = word.startsWith('--') && word !== '--excludes';
    if (isOption || groups.length === 0) groups.push([word]);
    else groups.at(-1)?.push(word);
  }
  return groups;
}

function countOf(own: ReadonlyMap<string, readonly string[]>, option: string, otherwise: number): number {
  const words = own.get(option);
  if (!words) return otherwise;
  const [word = '', ...more] = words;
  const count = parseCount(word);
  if (count === undefined || count === 0 || more.length > 0) throw wrong(words.join(' '), `a number for ${option}`);
  return count;
}
