// What Debian's connmand makes of hundreds of provisioning files, in one start: the facts that packages/settings/test/corpus
// compares ours with. E2E_RECORD=1 writes them again.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { debian } from '../netns/lab/subject';

jest.setTimeout(120_000);

const folder = path.join(repository, 'packages/settings/test/corpus');
const recorded = path.join(folder, 'recorded.json');
const cases: readonly { readonly name: string; readonly text: string }[] = require(path.join(folder, 'cases')).cases();

test('Debian’s connmand takes and refuses the files of the corpus as recorded', () =>
  inLab(debian, async (lab) => {
    for (const [i, { text }] of cases.entries()) lab.machine.write(`/var/lib/connman/n${i}.config`, text);
    await lab.startDaemon({ args: ['-d'] });
    await lab.daemon.line(/device_init/);
    const lines = cases.map((_, i) => linesOf(lab, `n${i}`));
    const isRefusal = (line: string) => /does not contain any configuration|Unable to load/.test(line);
    const unknown = (own: readonly string[]) =>
      own.flatMap((line) => /Unknown configuration key (.*) in \[/.exec(line)?.[1] ?? []);
    const named = cases.map(({ name }, i) => [name, unknown(lines[i] ?? [])] as const);
    const facts = {
      tried: cases.length,
      refused: cases.filter((_, i) => lines[i]?.some(isRefusal)).map(({ name }) => name),
      unknownKeys: Object.fromEntries(named.filter(([, keys]) => keys.length > 0)),
    };
    if (process.env.E2E_RECORD) writeFileSync(recorded, `${JSON.stringify(facts, undefined, 2)}\n`);
    expect(facts).toEqual(JSON.parse(readFileSync(recorded, 'utf8')));
  }));

/** What the log says of a file, which it begins with `create_config() ident NAME`. */
function linesOf(lab: Lab, ident: string): readonly string[] {
  const lines = lab.daemon.output.items;
  const begin = lines.findIndex((line) => line.endsWith(`create_config() ident ${ident}`));
  if (begin < 0) throw new Error(`the log has nothing of ${ident}.config`);
  const rest = lines.slice(begin + 1);
  return rest.slice(
    0,
    rest.findIndex((line) => /create_config\(\) ident |device_init/.test(line)),
  );
}
