/**
 * Hundreds of main.conf, as Debian's connmand 1.41 took them: what it said was recorded by e2e/compat/main-conf, and ours says the
 * same unless a line below says why not.
 */
import { type Problem, readMainConf } from '../src';
import { mainConfCases } from './corpus/main-conf-cases';
import debian from './corpus/main-conf-recorded.json';

const all = mainConfCases();
const unreadable = new Set(debian.unreadable);
const unknownKeys: Readonly<Record<string, readonly string[]>> = debian.unknownKeys;
const unknownGroups: Readonly<Record<string, readonly string[]>> = debian.unknownGroups;

/** Of later versions of ConnMan than 1.41. */
const laterKeys: ReadonlySet<string> = new Set([
  ...['OnlineCheckMode', 'OnlineCheckConnectTimeout', 'OnlineCheckIntervalStyle', 'OnlineCheckFailuresThreshold'],
  ...['OnlineCheckSuccessesThreshold', 'Localtime', 'RegdomFollowsTimezone', 'ResolvConf'],
]);
/** A group of ours. */
const ourGroup = 'Components';

const problemsOf = (text: string): readonly Problem[] => readMainConf('/etc/connman/main.conf', text).problems;
const isUnknown = ({ expected }: Problem) => /^a key that |^the spelling [A-Z]/.test(expected);

test('the corpus has 200 files at least, and Debian’s connmand has tried each', () => {
  expect(all.length).toBeGreaterThanOrEqual(200);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(debian.tried).toBe(all.length);
});

test('ours names each key that ConnMan does not know, and no other, but for keys that came later', () => {
  const different = all.flatMap(({ name, text }) => {
    // Of a file that it cannot read it says no more.
    if (unreadable.has(name)) return [];
    const theirs = (unknownKeys[name] ?? []).filter((key) => !laterKeys.has(key));
    const own = problemsOf(text).filter((one) => one.key !== undefined && isUnknown(one));
    const missing = theirs.filter((key) => !own.some((one) => one.key === key));
    const more = own.filter(({ key = '' }) => !theirs.includes(key));
    return [
      ...missing.map((key) => `${name}: ${key} is not named`),
      ...more.map(({ key }) => `${name}: ${key} is named`),
    ];
  });
  expect(different).toEqual([]);
});

test('each key that came later is needed here', () => {
  const named = new Set(Object.values(unknownKeys).flat());
  expect([...laterKeys].filter((key) => !named.has(key))).toEqual([]);
});

test('a group that ConnMan does not know is named, and a key in it has no effect', () => {
  const unnamed = Object.entries(unknownGroups).flatMap(([name, groups]) => {
    const problems = problemsOf(all.find((one) => one.name === name)?.text ?? '');
    const others = groups.filter((group) => group !== ourGroup);
    return others
      .filter((group) => !problems.some(({ found }) => found === `[${group}]`))
      .map((group) => `${name}: ${group}`);
  });
  expect(unnamed).toEqual([]);
});

test('of a file that ConnMan cannot read the line is named and the rest counts; a byte order mark is no text', () => {
  const silent = all.filter(({ name, text }) => unreadable.has(name) && problemsOf(text).length === 0);
  expect(silent.map(({ name }) => name)).toEqual(['a file with a byte order mark']);
  const cut = all.find(({ name }) => name === 'a file with a line that is none');
  expect(readMainConf('/etc/connman/main.conf', cut?.text).settings).toMatchObject({
    ...{ preferredTechnologies: ['ethernet', 'wifi'], singleConnectedTechnology: true },
  });
});

test('each file is read without a throw, and each problem has its line', () => {
  for (const { name, text } of all) {
    const lines = text.split('\n').length;
    const outside = problemsOf(text).filter(({ line }) => line < 1 || line > lines);
    expect([name, outside]).toEqual([name, []]);
  }
});
