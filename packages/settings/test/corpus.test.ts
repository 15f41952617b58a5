/**
 * Provisioning files, hundreds of them, as Debian's connmand 1.41 took them: what it did was recorded by
 * e2e/compat/configuration, and is the same here unless a line below says why not.
 */
import { type Problem, readProvisioning } from '../src';
import { cases } from './corpus/cases';
import debian from './corpus/recorded.json';

const all = cases();
const refused = new Set(debian.refused);
const unknownKeys: Readonly<Record<string, readonly string[]>> = debian.unknownKeys;

/** Where we differ, and why; `provisions` is what ours does. Each is needed. */
const differences: readonly { readonly names: RegExp; readonly provisions: boolean; readonly why: string }[] = [
  { names: /: IPv[46]=/, provisions: true, why: 'the line is named, and dhcp or auto keeps the machine reachable' },
  { names: /: SSID=(4|zz)$/, provisions: true, why: 'the line is named, and the network is known by its Name' },
  { names: /: SSID=(ab){33}$/, provisions: false, why: 'no network has such an SSID' },
  { names: /: Type=(vpn|bluetooth|nonsense)?$/, provisions: false, why: 'no service is of such a type' },
  {
    names: /: (Type=wifi|Type=WIFI|Name, another letter case)$/,
    provisions: false,
    why: 'a wifi section without a network',
  },
  { names: /^a file with /, provisions: true, why: 'what is wrong is named, and the rest of the file counts' },
];

function ours(text: string) {
  const problems: Problem[] = [];
  const provisions = readProvisioning('/var/lib/connman/x.config', text, problems);
  return { provisions: provisions.length > 0, problems };
}

const differsFrom = (name: string, provisions: boolean) => provisions === refused.has(name);
const reasonOf = (name: string, provisions: boolean) =>
  differences.find((one) => one.provisions === provisions && one.names.test(name));

test('the corpus has 500 files at least, and Debian’s connmand has tried each', () => {
  expect(all.length).toBeGreaterThanOrEqual(500);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(debian.tried).toBe(all.length);
});

test('a file provisions what it does with ConnMan, unless the difference has a reason', () => {
  const unexplained = all.filter(({ name, text }) => {
    const { provisions } = ours(text);
    return differsFrom(name, provisions) && !reasonOf(name, provisions);
  });
  expect(unexplained).toEqual([]);
});

test('each reason is needed', () => {
  const needed = new Set(
    all.flatMap(({ name, text }) => {
      const { provisions } = ours(text);
      return differsFrom(name, provisions) ? [reasonOf(name, provisions)] : [];
    }),
  );
  expect(differences.filter((one) => !needed.has(one))).toEqual([]);
});

test('a file that ours takes and ConnMan refuses is not taken without a word', () => {
  const silent = all.filter(({ name, text }) => {
    const { provisions, problems } = ours(text);
    return provisions && differsFrom(name, provisions) && problems.length === 0;
  });
  // An empty value is no value, and a byte order mark is no text.
  expect(silent.map(({ name }) => name.replace(/^\w+: /, ''))).toEqual([
    ...['IPv4=', 'IPv6=', 'IPv4=', 'IPv6=', 'IPv4=', 'IPv6='],
    'a file with a byte order mark',
  ]);
});

test('each key that ConnMan does not know is named', () => {
  const unnamed = all.flatMap(({ name, text }) => {
    const { problems } = ours(text);
    return (unknownKeys[name] ?? [])
      .filter((key) => !problems.some((problem) => problem.key === key))
      .map((key) => `${name}: ${key}`);
  });
  expect(unnamed).toEqual([]);
});
