// What Debian's connmand says of hundreds of main.conf: the facts that packages/settings/test/main-conf-corpus compares ours with.
// Of the list a part is tried again each time; E2E_RECORD=1 tries all and writes the facts.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { debian } from '../netns/lab/subject';

jest.setTimeout(300_000);

const folder = path.join(repository, 'packages/settings/test/corpus');
const recorded = path.join(folder, 'main-conf-recorded.json');
const cases: readonly Case[] = require(path.join(folder, 'main-conf-cases')).mainConfCases();
const every = process.env.E2E_RECORD ? 1 : 20;

interface Case {
  readonly name: string;
  readonly text: string;
}

interface Facts {
  readonly tried: number;
  readonly unreadable: readonly string[];
  readonly unknownKeys: Readonly<Record<string, readonly string[]>>;
  readonly unknownGroups: Readonly<Record<string, readonly string[]>>;
}

test('Debian’s connmand says of the files of the corpus what was recorded', () =>
  inLab(debian, async (lab) => {
    const tried = cases.filter((_, i) => i % every === 0);
    const said = new Map<string, readonly string[]>();
    for (const { name, text } of tried) said.set(name, await linesOf(lab, text));
    const naming = (pattern: RegExp) =>
      Object.fromEntries(
        [...said]
          .map(([name, lines]) => [name, lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])] as const)
          .filter(([, names]) => names.length > 0),
      );
    const facts: Facts = {
      tried: cases.length,
      unreadable: Object.keys(naming(/Parsing .*main\.conf (failed)/)),
      unknownKeys: naming(/Unknown option (.*) in main\.conf/),
      unknownGroups: naming(/Unknown group (.*) in main\.conf/),
    };
    if (process.env.E2E_RECORD) writeFileSync(recorded, `${JSON.stringify(facts, undefined, 2)}\n`);
    expect(facts).toEqual(only(JSON.parse(readFileSync(recorded, 'utf8')), new Set(said.keys())));
  }));

/** What the daemon says of a file before it goes on to something else. */
async function linesOf(lab: Lab, text: string): Promise<readonly string[]> {
  // An empty text is no file for startDaemon.
  await lab.startDaemon({ args: ['-d'], mainConf: text === '' ? '\n' : text });
  await lab.daemon.line(/__connman_technology_init/);
  const lines = lab.daemon.output.items;
  await lab.stopDaemon('SIGKILL');
  return lines.slice(
    0,
    lines.findIndex((line) => line.includes('__connman_technology_init')),
  );
}

function only({ tried, unreadable, unknownKeys, unknownGroups }: Facts, names: ReadonlySet<string>): Facts {
  const ofThese = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
  return {
    tried,
    unreadable: unreadable.filter((name) => names.has(name)),
    unknownKeys: ofThese(unknownKeys),
    unknownGroups: ofThese(unknownGroups),
  };
}
