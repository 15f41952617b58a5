// The demonstration tells the way to online and ends well.
import { execFileSync, spawnSync } from 'node:child_process';
import { repository } from '../netns/lab/host';

test('once, without a terminal, it prints the way, the state and the services, and ends with 0', () => {
  const demo = `${repository}/e2e/dist/demo.js`;
  const text = execFileSync(process.execPath, [demo, '--once'], { encoding: 'utf8', timeout: 60_000, stdio: 'pipe' });
  for (const step of ['has a carrier', 'DHCPACK', 'default route by', 'the machine is online'])
    expect(text).toContain(step);
  // What is online has been asked for first.
  expect(text.indexOf('online check: GET')).toBeLessThan(text.indexOf('the machine is online'));
  expect(text).toContain('  State = online\n');
  expect(text).toMatch(/^\*AO Wired {16}ethernet_/m);
});

test('without the right to make namespaces it says what is missing, and fetches nothing', () => {
  const words = ['--bounding-set', '-sys_admin', '--', `${repository}/tools/demo`, '--once'];
  const { stderr, status } = spawnSync('setpriv', words, { encoding: 'utf8' });
  expect(stderr).toMatch(/^demo: this machine does not let us make namespaces: .*\n.*CAP_SYS_ADMIN/);
  expect(status).toBe(1);
});
