/** Every key of main.conf and every option has a reader in the daemon, or is marked as not in this build, and named when used. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultMainSettings, readMainConf } from '@connman/settings';
import { parseOptions } from '../src/shell/options';

const root = path.resolve(__dirname, '../../..');
const { parts } = JSON.parse(readFileSync(`${root}/features.json`, 'utf8')) as {
  parts: readonly { readonly name: string; readonly built?: boolean; readonly keys?: readonly string[] }[];
};
const unread = Object.fromEntries(
  parts.flatMap(({ name, built, keys = [] }) => (built === false ? keys.map((key) => [key, name] as const) : [])),
);

const folder = `${root}/packages/core/src`;
/** All of connmand but where options are defined, each file by itself. */
const sources = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'shell/options.ts')
  .map((file) => readFileSync(`${folder}/${file}`, 'utf8'));

/** A value of `settings` or `options` that is taken out of it, by its name or by a pattern. */
function isRead(of: 'settings' | 'options', name: string): boolean {
  const byName = new RegExp(`\\b(?:${of}|policy)\\.${name}\\b`);
  const byPattern = new RegExp(
    `\\{[^{}]*\\b${name}\\b[^{}]*\\}(: (?:Main|General)?(?:Settings|Options)\\b| = ${of}\\b|: Pick<)`,
  );
  return sources.some((source) => byName.test(source) || byPattern.test(source));
}

const { components: _, ...general } = defaultMainSettings;
/** Folded into onlineCheckMode where the file is read (rule 13). */
const deprecated = ['enableOnlineCheck', 'enableOnlineToReadyTransition'];
const keys = Object.keys(general).filter((key) => !deprecated.includes(key));
const nameOf = (key: string) => `${key[0]?.toUpperCase()}${key.slice(1)}`;

test.each(keys)('%s of main.conf is read, or marked as not in this build', (key) => {
  expect([nameOf(key), isRead('settings', key) || nameOf(key) in unread]).toEqual([nameOf(key), true]);
});

test('a key that is marked is named with its part when it is used, and no other is', () => {
  const text = (key: string, value: unknown) => `[General]\n${key}=${Array.isArray(value) ? value.join(',') : value}\n`;
  for (const [key, value] of Object.entries(general)) {
    if (deprecated.includes(key) || value === undefined) continue;
    const { problems } = readMainConf('main.conf', text(nameOf(key), value), unread);
    const part = unread[nameOf(key)];
    const isNamed = problems.some(
      ({ expected }) => part !== undefined && expected.includes(`${part} is not in this build`),
    );
    expect([key, isNamed, problems.length]).toEqual([key, part !== undefined, part === undefined ? 0 : 1]);
  }
});

const parsed = parseOptions([]);
const options = Object.keys(parsed.ok ? parsed.value : {});

test.each(options)('the option behind %s is read', (option) => {
  expect([option, isRead('options', option)]).toEqual([option, true]);
});
