// What Debian's connmand makes of hundreds of stored settings: the facts that packages/core/test/stored-corpus compares ours with.
// Of the lists a part is tried again each time; E2E_RECORD=1 tries all and writes the facts.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ipBatch, silentLinks } from '../netns/lab/floods';
import { repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { debian } from '../netns/lab/subject';
import type { ConnmanView } from '../netns/lab/view';

jest.setTimeout(300_000);

const folder = path.join(repository, 'packages/core/test/corpus');
const recorded = path.join(folder, 'stored-recorded.json');
const corpus: Corpus = require(path.join(folder, 'stored-cases'));
const { identifierOf, macOf, shortened, storedProperties, whole } = corpus;

interface Case {
  readonly name: string;
  readonly text: string;
}

type Properties = Readonly<Record<string, unknown>>;

interface Corpus {
  serviceCases(): readonly Case[];
  globalCases(): readonly Case[];
  shortened(found: ReadonlyMap<string, Properties>): Readonly<Record<string, Properties>>;
  whole(kept: Readonly<Record<string, Properties>>): Readonly<Record<string, Properties>>;
  macOf(place: number): string;
  identifierOf(place: number): string;
  readonly storedProperties: readonly string[];
}

/** Links of one start. */
const atOnce = 128;

interface Facts {
  /** By the name of the case, `shortened`. */
  readonly services: Readonly<Record<string, Properties>>;
  readonly globals: Readonly<Record<string, unknown>>;
}

function facts(): Facts {
  return JSON.parse(readFileSync(recorded, 'utf8'));
}

function record(part: Partial<Facts>): void {
  writeFileSync(recorded, `${JSON.stringify({ ...facts(), ...part }, undefined, 1)}\n`);
}

/** Part of a list in the ordinary run, with places in the whole list. */
function tried<T>(list: readonly T[], every: number): readonly (readonly [place: number, item: T])[] {
  return list.map((item, i) => [i, item] as const).filter(([i]) => process.env.E2E_RECORD || i % every === 0);
}

test('Debian’s connmand takes of stored services what was recorded', () =>
  inLab(debian, async (lab) => {
    const cases = tried(corpus.serviceCases(), 8);
    const found = new Map<string, Properties>();
    for (let first = 0; first < cases.length; first += atOnce) {
      const batch = cases.slice(first, first + atOnce);
      const links = await silentLinks(lab, batch.length);
      await ipBatch(
        lab.machine,
        batch.map(([place], n) => `link set lan${n} address ${macOf(place)}`),
      );
      for (const [place, { text }] of batch) {
        const id = identifierOf(place);
        lab.machine.write(`/var/lib/connman/${id}/settings`, text.replaceAll('@', id));
      }
      const connman = await lab.startDaemon();
      await connman.until('a service of each link', () => connman.services.length === batch.length, 60_000);
      for (const [place, { name }] of batch) found.set(name, propertiesOf(connman, identifierOf(place)));
      await lab.stopDaemon('SIGKILL');
      await links.remove();
    }
    if (process.env.E2E_RECORD) record({ services: shortened(found) });
    const services = whole(facts().services);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(cases.map(([, { name }]) => [name, services[name]])));
  }));

test('Debian’s connmand takes of the settings of the whole what was recorded', () =>
  inLab(debian, async (lab) => {
    const cases = tried(corpus.globalCases(), 5);
    const links = await silentLinks(lab, 1);
    const found: Record<string, unknown> = {};
    for (const [, { name, text }] of cases) found[name] = await globalsOf(lab, text);
    await links.remove();
    if (process.env.E2E_RECORD) record({ globals: found });
    const { globals } = facts();
    expect(found).toEqual(Object.fromEntries(cases.map(([, { name }]) => [name, globals[name]])));
  }));

function propertiesOf(connman: ConnmanView, identifier: string): Properties {
  const { properties = {} } = connman.services.find(({ path: at }) => at.endsWith(`/${identifier}`)) ?? {};
  return Object.fromEntries(storedProperties.map((name) => [name, properties[name]]));
}

async function globalsOf(lab: Lab, text: string): Promise<unknown> {
  lab.machine.write('/var/lib/connman/settings', text);
  const connman = await lab.startDaemon();
  const ethernet = '/net/connman/technology/ethernet';
  await connman.until('the technology', () => connman.technologies.has(ethernet));
  const [clock] = await connman.client.call({ path: '/', interface: 'net.connman.Clock', member: 'GetProperties' });
  const { TimeUpdates, TimezoneUpdates, Timeservers } = clock as Record<string, unknown>;
  const [technologies] = (await connman.call('/', 'GetTechnologies')) as [[string, Record<string, unknown>][]];
  const Powered = technologies.find(([at]) => at === ethernet)?.[1].Powered;
  await lab.stopDaemon('SIGKILL');
  return { OfflineMode: connman.manager.OfflineMode, Powered, TimeUpdates, TimezoneUpdates, Timeservers };
}
