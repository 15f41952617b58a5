// The demonstration tells the way to online and ends well.
import { execFileSync } from 'node:child_process';
import { repository } from '../netns/lab/host';

test('once, without a terminal, it prints the way, the state and the services, and ends with 0', () => {
  const demo = `${repository}/e2e/dist/demo.js`;
  const text = execFileSync(process.execPath, [demo, '--once'], { encoding: 'utf8', timeout: 60_000, stdio: 'pipe' });
  for (const step of ['has a carrier', 'DHCPACK', 'default route by', 'the machine is online'])
    expect(text).toContain(step);
  expect(text).toContain('  State = online\n');
  expect(text).toMatch(/^\*AO Wired {16}ethernet_/m);
});
