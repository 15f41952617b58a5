import { OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import { formatProblem, type Problem } from './problem';
import { Storage } from './storage';

const root = '/var/lib/connman';
const wired = 'ethernet_525400123456_cable';

function scene(initial: Record<string, string>) {
  const contents = new Map(Object.entries(initial).map(([name, text]) => [`${root}/${name}`, text]));
  const writes: string[] = [];
  const problems: Problem[] = [];
  const files: Pick<Files, 'read' | 'list' | 'remove' | 'writeAtomic'> = {
    read(path) {
      if (contents.get(path) === 'EIO') throw new OsError('read', 5, path);
      return contents.get(path);
    },
    list(path) {
      const inside = [...contents.keys()].filter((name) => name.startsWith(`${path}/`));
      return [...new Set(inside.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))].sort();
    },
    remove(path) {
      for (const name of contents.keys()) if (name.startsWith(`${path}/`)) contents.delete(name);
    },
    writeAtomic(path, content, mode) {
      contents.set(path, String(content));
      writes.push(`${path} ${mode?.toString(8)}`);
    },
  };
  const storage = new Storage({ files: files as Files, root, report: (problem) => problems.push(problem) });
  return { files, storage, contents, writes, problems: () => problems.map(formatProblem) };
}

test('the services of an existing folder are found, other entries are left alone', () => {
  const { storage, problems } = scene({
    settings: '[global]\nOfflineMode=true\n',
    [`${wired}/settings`]: `[${wired}]\nName=Wired\n`,
    'wifi_1_2_managed_psk/settings': '[wifi_1_2_managed_psk]\nName=Home\n',
    'wifi_3_4_managed_psk/data': 'statistics without settings',
    'provider_host/settings': '[host]\nName=Work\n',
    'office.config': '[service_home]\nType=wifi\n',
  });
  expect([...storage.services()].map(([id, service]) => [id, service.name])).toEqual([
    [wired, 'Wired'],
    ['wifi_1_2_managed_psk', 'Home'],
  ]);
  expect(storage.global().offlineMode).toBe(true);
  expect(problems()).toEqual([]);
});

test('nothing stored is nothing wrong', () => {
  const { storage, problems } = scene({});
  expect([storage.services().size, storage.service(wired), storage.global().technologies, problems()]).toEqual([
    0,
    undefined,
    {},
    [],
  ]);
});

test('a service is saved with mode 0600, and only when something changed', () => {
  const { storage, contents, writes } = scene({});
  storage.saveService(wired, () => ({ name: 'Wired' }));
  storage.saveService(wired, () => ({ name: 'Wired' }));
  storage.saveGlobal(() => ({ offlineMode: false, technologies: {} }));
  storage.saveGlobal(() => ({ offlineMode: false, technologies: {} }));
  expect(writes).toEqual([`${root}/${wired}/settings 600`, `${root}/settings 600`]);
  expect(contents.get(`${root}/${wired}/settings`)).toBe(`[${wired}]\nName=Wired\n`);
});

test('a key another program added between two saves survives', () => {
  const { storage, contents } = scene({});
  storage.saveService(wired, () => ({ name: 'Wired' }));
  const file = `${root}/${wired}/settings`;
  contents.set(file, `${contents.get(file)}Extra=1\n`);
  storage.saveService(wired, () => ({ name: 'Wire' }));
  expect(contents.get(file)).toBe(`[${wired}]\nName=Wire\nExtra=1\n`);
});

test('an unreadable file is reported and counts as empty', () => {
  const { storage, problems } = scene({ [`${wired}/settings`]: 'EIO' });
  expect(storage.services().size).toBe(0);
  expect(problems()).toEqual([
    `${root}/${wired}/settings: found "${root}/${wired}/settings: read failed: EIO"; expected a readable file; it counts as empty`,
  ]);
});

test('a forgotten service takes its folder along', () => {
  const { storage, contents } = scene({ [`${wired}/settings`]: '[x]\n', [`${wired}/data`]: '', settings: '' });
  storage.removeService(wired);
  expect([...contents.keys()]).toEqual([`${root}/settings`]);
});

test.each(['../x', '', 'a/b', 'a.b'])('%j never becomes a path', (identifier) => {
  const { storage } = scene({});
  expect(() => storage.saveService(identifier, () => ({}))).toThrow('no service identifier');
  expect(() => storage.removeService(identifier)).toThrow('no service identifier');
});

test('what is saved is made of one look at the file: a read fault between two would drop keys', () => {
  const text = `[${wired}]\nName=Wired\nIPv6.method=auto\nIPv6.DHCP.DUID=0001\n`;
  const { files, storage } = scene({ [`${wired}/settings`]: text });
  const read = jest.spyOn(files, 'read');
  storage.saveService(wired, (before) => ({ ...before, name: 'Wire' }));
  storage.saveGlobal((before) => before);
  expect(read.mock.calls).toEqual([[`${root}/${wired}/settings`], [`${root}/settings`]]);
  expect(files.read(`${root}/${wired}/settings`)).toBe(text.replace('Name=Wired', 'Name=Wire'));
});

test('a read fault while saving drops no key: nothing is written, and the caller hears of the fault', () => {
  const { storage, writes } = scene({ [`${wired}/settings`]: 'EIO' });
  expect(() => storage.saveService(wired, () => ({ name: 'Wired' }))).toThrow(OsError);
  expect(writes).toEqual([]);
});

test('a damaged file is reported by its first ten problems and the number of the others', () => {
  const { storage, problems } = scene({ [`${wired}/settings`]: `[${wired}]\n${'no key at all\n'.repeat(4000)}` });
  storage.service(wired);
  expect(problems()).toHaveLength(11);
  expect(problems().at(-1)).toMatch(/settings: found "3990 further problems"/);
});

test('what is too large to be accepted on the bus is not read either', () => {
  const domains = Array.from({ length: 200 }, (_, i) => `d${i}.example;`).join('');
  const url = `http://${'x'.repeat(5000)}`;
  const { storage, problems } = scene({
    [`${wired}/settings`]: `[${wired}]\nDomains=${domains}\nProxy.Method=auto\nProxy.URL=${url}\n`,
  });
  const service = storage.service(wired);
  expect(service?.domains).toHaveLength(128);
  expect(service?.proxy?.url).toBeUndefined();
  expect(problems().map((line) => line.length < 200)).toEqual([true, true]);
});
