/** Tab completion: the candidates for the last word of a line. Pure. */
import { type Command, commandNamed, commands, type Source } from './grammar';

/** The names that the daemons know at the moment. */
export interface Known {
  readonly services: readonly string[];
  readonly technologies: readonly string[];
  readonly peers: readonly string[];
  readonly connections: readonly string[];
}

export interface Completion {
  /** Those that start with `word`; a single one ends with a blank. */
  readonly candidates: string[];
  readonly word: string;
}

/** `line` is what stands before the cursor. */
export function complete(line: string, known: Known): Completion {
  const words = line.trimStart().split(/ +/);
  const word = words.at(-1) ?? '';
  const all = words.length === 1 ? commands.map(({ name }) => name) : argumentsFor(words, word, known);
  const candidates = [...new Set(all)].filter((one) => one.startsWith(word)).sort();
  return { candidates: candidates.length === 1 ? [`${candidates[0]} `] : candidates, word };
}

function argumentsFor(words: readonly string[], word: string, known: Known): readonly string[] {
  const command = commandNamed(words[0] ?? '');
  return command ? sourcesFor(command, words).flatMap((source) => namesOf(source, command, word, known)) : [];
}

function sourcesFor({ completes }: Command, words: readonly string[]): readonly Source[] {
  return (words.length === 2 ? completes?.first : completes?.later) ?? [];
}

const listsOf: Readonly<Partial<Record<Source, keyof Known>>> = {
  service: 'services',
  technology: 'technologies',
  power: 'technologies',
  peer: 'peers',
  connection: 'connections',
};

/** The lists of the daemons that the last word of a line may come from. */
export function wantedLists(line: string): readonly (keyof Known)[] {
  const words = line.trimStart().split(/ +/);
  const command = commandNamed(words[0] ?? '');
  if (!command || words.length === 1) return [];
  return sourcesFor(command, words).flatMap((source) => listsOf[source] ?? []);
}

function namesOf(source: Source, command: Command, word: string, known: Known): readonly string[] {
  switch (source) {
    case 'service':
      return known.services;
    case 'technology':
      return known.technologies;
    case 'power':
      return [...known.technologies, 'offline'];
    case 'peer':
      return known.peers;
    case 'connection':
      return known.connections;
    case 'switch':
      return ['on', 'off'];
    case 'session':
      return ['on', 'off', 'connect', 'disconnect', 'config'];
    case 'dns':
      return ['query', 'flush'];
    case 'option':
      return (command.options ?? []).map(({ name }) => (word.startsWith('-') ? `--${name}` : name));
  }
}
