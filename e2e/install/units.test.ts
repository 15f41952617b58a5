// What the units leave open, measured by systemd itself; each exposure that stays has its reason in the unit.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from '../netns/lab/host';

jest.setTimeout(60_000);

const hasAnalyzer = spawnSync('systemd-analyze', ['--version']).status === 0;
const where = hasAnalyzer ? test : test.skip;

let units: string;

beforeAll(() => {
  const root = mkdtempSync(path.join(tmpdir(), 'connman-units-'));
  execFileSync(`${repository}/tools/install`, ['--destdir', root]);
  units = path.join(root, 'usr/lib/systemd/system');
});

afterAll(() => rmSync(path.resolve(units, '../../../..'), { recursive: true }));

// From 0, safe, to 10. Debian's connman.service has 7.7.
where.each([
  ['connman.service', 4.5],
  ['connman-dhcp.service', 2],
  ['connman-dnsproxyd.service', 2],
  ['connman-ntp.service', 2],
  ['connman-vpn.service', 4.5],
  ['connman-wait-online.service', 2],
])('%s is exposed less than %d, and says what it leaves open', (unit, most) => {
  const file = path.join(units, unit);
  expect(existsSync(file)).toBe(true);
  const analyze = (...words: string[]) =>
    execFileSync('systemd-analyze', ['security', '--offline=true', ...words, file], { encoding: 'utf8' });
  const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(analyze())?.[1]);
  expect(exposure).toBeLessThan(most);
  const text = readFileSync(file, 'utf8');
  const rows: readonly { name: string; exposure: string }[] = JSON.parse(analyze('--json=short'));
  const open = rows.filter((row) => Number(row.exposure) > 0).map(({ name }) => /^\w+/.exec(name)?.[0] ?? name);
  // What is left open is named, with its reason or by what it is limited to. ProtectClock alone counts as DeviceAllow.
  expect(open.filter((setting) => setting !== 'DeviceAllow' && !text.includes(setting))).toEqual([]);
});

test('a program whose unit forbids memory that is written and run compiles nothing as it runs', () => {
  const firstLines = readdirSync(units).flatMap((unit) => {
    const text = readFileSync(path.join(units, unit), 'utf8');
    const [, program = ''] = /^ExecStart=(\S+)/m.exec(text) ?? [];
    const start = () =>
      readFileSync(path.join(units, '../../../..', program), 'utf8')
        .split('\n', 2)
        .join('\n');
    return /^MemoryDenyWriteExecute=yes$/m.test(text) ? [start()] : [];
  });
  expect(firstLines).toHaveLength(3);
  for (const line of firstLines) expect(line).toContain(' --jitless --no-expose-wasm "$0"');
});
