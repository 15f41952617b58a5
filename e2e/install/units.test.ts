// What the units leave open, measured by systemd itself; each exposure that stays has its reason in the unit.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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
  // It sets the clock, which counts three times.
  ['connman-ntp.service', 2.1],
  ['connman-vpn.service', 5.1],
  ['connman-wait-online.service', 2],
])('%s is exposed less than %d', (unit, most) => {
  const file = path.join(units, unit);
  expect(existsSync(file)).toBe(true);
  const report = execFileSync('systemd-analyze', ['security', '--offline=true', file], { encoding: 'utf8' });
  const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(report)?.[1]);
  expect(exposure).toBeLessThan(most);
});
