/**
 * Hundreds of files of stored settings, as Debian's connmand 1.41 took them: what its services showed was recorded by
 * e2e/compat/stored, and is the same here unless a line below says why not.
 */
import type { MacAddress } from '@connman/inet';
import { type Problem, readStoredService, Storage } from '@connman/settings';
import { MemoryFiles } from '@connman/testkit';
import type { PropertyMap } from '../src/shell/publish/snapshot';
import { Secrets } from '../src/shell/secrets';
import { readStored } from '../src/shell/stored';
import {
  globalCases,
  identifierOf,
  macOf,
  type Properties,
  serviceCases,
  storedProperties,
  whole,
} from './corpus/stored-cases';
import recorded from './corpus/stored-recorded.json';
import { Bench } from './simulation/bench';

const root = '/var/lib/connman';
const all = serviceCases();
const services = whole(recorded.services);
const globals: Readonly<Record<string, Properties>> = recorded.globals;

/** Where we differ, by `case: property`, and why. Each is needed. */
const differences: readonly { readonly of: RegExp; readonly why: string }[] = [
  {
    of: /IPv4\.method(=(DHCP|nonsense|unknown)?|, .*): IPv4/,
    why: 'a method that is none is named, and dhcp keeps the machine reachable, where ConnMan switches IPv4 off',
  },
  { of: /IPv6\.method=(6to4|Auto|nonsense)?: IPv6/, why: 'a method that is none is named, and auto is used' },
  { of: /IPv6\.method=dhcp: IPv6/, why: 'auto asks DHCPv6 where the routers of the network say so' },
  { of: /IPv.\.method=fixed: IPv/, why: 'fixed without a *.config file is what a provider gave, which gives it again' },
  {
    of: /netmask_prefixlen(=(33|129|-1|x)?): IPv/,
    why: 'a length that cannot be is named, where ConnMan counts with its bits',
  },
  {
    of: /^static: without IPv6\.netmask_prefixlen: IPv6/,
    why: 'without a length it is that of every Ethernet network, 64, where ConnMan has 0',
  },
  {
    of: /(_address|gateway)=.+: IPv/,
    why: 'what is no address is named, and addresses are shown in their normal form',
  },
  { of: /(_address|gateway)=: IPv/, why: 'an empty text is no address' },
  { of: /^a file that ends in the middle of a line: IPv6/, why: 'what is no address is named' },
  { of: /Nameservers(=|, ).*: Nameservers/, why: 'what is no address is named, and not asked' },
  { of: /(Timeservers|Domains|Proxy\.\w+)=;.*: /, why: 'an empty text is no entry' },
  { of: /Proxy\.URL=: Proxy/, why: 'an empty text is no URL' },
  {
    of: /^a file with (a line before its first group|a line that is none|a line without a key|an empty group): /,
    why: 'the line is named and the rest of the file counts, where ConnMan reads nothing of it',
  },
  { of: /^a file with a byte order mark: /, why: 'a byte order mark is no text' },
];

/** A machine whose daemon finds these files at its start; the service of each link has one. */
function started(files: MemoryFiles, links: number): Bench {
  const bench = new Bench();
  const storage = new Storage({ files, root, report: () => {} });
  const read = bench.disk.read.bind(bench.disk);
  bench.disk.read = () => ({ ...read(), ...readStored(storage, new Secrets()) });
  for (let i = 0; i < links; i++) bench.addLink(`lan${i}`, { mac: macOf(i) as MacAddress });
  bench.kill();
  bench.daemon = bench.newDaemon();
  bench.daemon.dispatch({ kind: 'provisions', provisions: [] });
  bench.start();
  bench.advance(500);
  return bench;
}

/** As data that can be compared: dictionaries in the order of their keys. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (value === null || typeof value !== 'object') return value;
  if ('signature' in value && 'value' in value) return plain(value.value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
}

const propertiesOf = (shown: PropertyMap | undefined): Properties =>
  Object.fromEntries(storedProperties.map((name) => [name, plain(shown?.get(name))]));

const ours: ReadonlyMap<string, Properties> = (() => {
  const files = new MemoryFiles();
  for (const [i, { text }] of all.entries())
    files.putFile(`${root}/${identifierOf(i)}/settings`, text.replaceAll('@', identifierOf(i)));
  const { snapshot } = started(files, all.length).daemon;
  const shown = (i: number) => snapshot.services.get(`/net/connman/service/${identifierOf(i)}`);
  return new Map(all.map(({ name }, i) => [name, propertiesOf(shown(i))]));
})();

/** What differs, as `case: property is ours, with ConnMan theirs`. */
const different = all.flatMap(({ name }) =>
  storedProperties.flatMap((property) => {
    const [own, theirs] = [ours.get(name)?.[property], plain(services[name]?.[property])].map((one) =>
      JSON.stringify(one),
    );
    return own === theirs ? [] : [`${name}: ${property} is ${own}, with ConnMan ${theirs}`];
  }),
);

test('the corpus has 500 files at least, and Debian’s connmand has tried each', () => {
  expect(all.length).toBeGreaterThanOrEqual(500);
  expect(Object.keys(services).sort()).toEqual(all.map(({ name }) => name).sort());
  expect(Object.keys(globals).sort()).toEqual(
    globalCases()
      .map(({ name }) => name)
      .sort(),
  );
});

test('a service has the settings that it has with ConnMan, unless the difference has a reason', () => {
  expect(different.filter((line) => !differences.some(({ of }) => of.test(line)))).toEqual([]);
});

test('each reason is needed', () => {
  expect(differences.filter(({ of }) => !different.some((line) => of.test(line)))).toEqual([]);
});

test('a file that counts here and not with ConnMan is not read without a word', () => {
  const broken = all.filter(({ name }) => /^a file with (a line|an empty group)/.test(name));
  const silent = broken.filter(({ text }) => {
    const problems: Problem[] = [];
    readStoredService('settings', 'x', text.replaceAll('@', 'x'), problems);
    return problems.length === 0;
  });
  expect([broken.length, silent]).toEqual([4, []]);
});

describe('the settings of the whole', () => {
  /** The rest of the file counts, where ConnMan reads nothing of it. */
  const rest = /^a file (with a line that is none|with a byte order mark|that ends in the middle of a line)$/;

  test.each(globalCases())('$name are as with ConnMan', ({ name, text }) => {
    const { snapshot } = started(new MemoryFiles().putFile(`${root}/settings`, text), 1).daemon;
    const technology = snapshot.technologies.get('/net/connman/technology/ethernet');
    const shown = {
      OfflineMode: plain(snapshot.manager.get('OfflineMode')),
      Powered: plain(technology?.get('Powered')),
      TimeUpdates: plain(snapshot.clock.get('TimeUpdates')),
      TimezoneUpdates: plain(snapshot.clock.get('TimezoneUpdates')),
      Timeservers: plain(snapshot.clock.get('Timeservers')),
    };
    if (rest.test(name)) expect([shown.TimeUpdates, globals[name]?.TimeUpdates]).toEqual(['manual', 'auto']);
    else if (name === 'Timeservers=;') expect(shown.Timeservers).toEqual([]);
    else expect(shown).toEqual(globals[name]);
  });
});
