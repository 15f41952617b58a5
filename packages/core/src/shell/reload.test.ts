import { OsError } from '@connman/base';
import { defaultMainSettings, type MainSettings } from '@connman/settings';
import { engineConfig } from './engine-config';
import { parseOptions } from './options';
import { Reloader, startOnly } from './reload';

const file = '/etc/connman/main.conf';

function reloaderOf(text: () => string | undefined, unread: Record<string, string> = {}) {
  const lines: string[] = [];
  const applied: MainSettings[] = [];
  const say = (line: string) => void lines.push(line);
  const reloader = new Reloader({
    files: { read: text },
    file,
    unread,
    log: { debug: say, info: say, warning: say, error: say },
    settings: defaultMainSettings,
    apply: (settings) => applied.push(settings),
  });
  return { reload: () => reloader.reload(), lines, applied };
}

const keep = () => ({ secret: 1 });

test('keys that changed are in force, and those for the next start are named until they are back', () => {
  let text = '[General]\nOnlineCheckMode=none\nResolvConf=/tmp/resolv.conf\n[Components]\nDhcp=bus\n';
  const { reload, lines, applied } = reloaderOf(() => text);
  expect(reload()).toEqual({
    ok: true,
    value: { applied: ['OnlineCheckMode'], atNextStart: ['ResolvConf', '[Components]'] },
  });
  expect(applied).toHaveLength(1);
  expect(applied[0]?.onlineCheckMode).toBe('none');
  expect(lines).toEqual([
    `${file} reloaded: OnlineCheckMode in force`,
    `${file}: ResolvConf, [Components] changed; restart connmand for that (links stay up)`,
  ]);

  text = '[General]\nOnlineCheckMode=none\nResolvConf=/tmp/resolv.conf\n';
  expect(reload()).toMatchObject({ value: { applied: [], atNextStart: ['ResolvConf'] } });
  text = '[General]\nOnlineCheckMode=none\n';
  expect(reload()).toMatchObject({ value: { applied: [], atNextStart: [] } });
  expect(applied).toHaveLength(1);
});

test('what is wrong in the file is named with its line, and the rest counts', () => {
  const { reload, lines } = reloaderOf(() => '[General]\nNoSuchKey=1\nInputRequestTimeout=5\n');
  expect(reload()).toMatchObject({ value: { applied: ['InputRequestTimeout'] } });
  expect(lines[0]).toBe(`${file}:2: NoSuchKey is "1"; expected a key that [General] has; this one has no effect`);
});

test('a key that no part of this build reads is not called in force', () => {
  const { reload, applied } = reloaderOf(() => '[General]\nEnable6to4=true\n', { Enable6to4: '6to4' });
  expect(reload()).toMatchObject({ value: { applied: [], atNextStart: [] } });
  expect(applied).toEqual([]);
});

test('without the file the defaults are in force', () => {
  let text: string | undefined = '[General]\nOnlineCheckMode=none\n';
  const { reload, applied } = reloaderOf(() => text);
  reload();
  text = undefined;
  expect(reload()).toMatchObject({ value: { applied: ['OnlineCheckMode'] } });
  expect(applied.at(-1)).toEqual(defaultMainSettings);
});

test('a file that cannot be read changes nothing, and the caller learns why', () => {
  const { reload, lines, applied } = reloaderOf(() => {
    throw new OsError('open', 5, file);
  });
  const result = reload();
  expect(result).toMatchObject({ ok: false, error: expect.stringContaining(file) });
  expect(lines).toEqual([expect.stringMatching(/; the settings in force stay$/)]);
  expect(applied).toEqual([]);
});

test('each key that is called in force is one that the engine takes', () => {
  const options = parseOptions([]);
  if (!options.ok) throw new Error(options.error);
  const read = new Set<string | symbol>();
  const settings = new Proxy(defaultMainSettings, {
    get(target, key) {
      read.add(key);
      return Reflect.get(target, key);
    },
  });
  engineConfig(settings, options.value, { hostname: '', reservedInterfaces: [] }, keep);
  const others = Object.keys(defaultMainSettings).filter(
    (key) => !read.has(key) && !startOnly.has(key as 'components'),
  );
  // No part of this build reads them, or they are folded into OnlineCheckMode.
  expect(others.sort()).toEqual(['enable6to4', 'enableOnlineCheck', 'enableOnlineToReadyTransition']);
});
