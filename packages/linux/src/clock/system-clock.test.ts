import { spawnSync } from 'node:child_process';
import { childProgram } from '../../test/child';
import { systemClock } from './system-clock';

test('the three clocks are read at one moment: the wall clock is the one of Date, the raw one advances', () => {
  const before = Date.now();
  const first = systemClock.read();
  const second = systemClock.read();
  expect(first.wall).toBeGreaterThanOrEqual(before);
  expect(second.wall).toBeLessThanOrEqual(Date.now() + 1);
  expect(second.raw).toBeGreaterThan(first.raw);
  expect(second.boot - first.boot).toBeLessThan(1000);
});

test('the status is the kernel’s, in seconds and parts per million', () => {
  const status = systemClock.status();
  expect(['nobody', 'us', 'other']).toContain(status.disciplinedBy);
  expect(status.maxError).toBeGreaterThanOrEqual(0);
  expect(Math.abs(status.frequency)).toBeLessThanOrEqual(500);
  expect(Math.abs(status.pending)).toBeLessThanOrEqual(0.5);
});

test('without CAP_SYS_TIME each change is refused with EPERM and the clock runs on', () => {
  const program = childProgram(`
    import { systemClock } from './index';
    const before = systemClock.read();
    const frequency = systemClock.status().frequency;
    const attempts = {
      discipline: () =>
        systemClock.discipline({ frequency: 1, slew: 0.001, maxError: 1, estimatedError: 1, leap: 'none' }),
      step: () => systemClock.step(1),
      set: () => systemClock.set(0),
      release: () => systemClock.release(),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        attempt();
        console.log(name, 'worked');
      } catch (error) {
        console.log(name, error.code);
      }
    }
    const after = systemClock.read();
    console.log(Math.abs(after.wall - before.wall - (after.raw - before.raw)) < 1, systemClock.status().frequency === frequency);
  `);
  const drop = ['--bounding-set', '-sys_time', '--inh-caps', '-sys_time', '--'];
  const { stdout, stderr } = spawnSync('setpriv', [...drop, process.execPath, program.file], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '0' },
  });
  program.remove();
  expect(stderr).toBe('');
  expect(stdout).toBe('discipline EPERM\nstep EPERM\nset EPERM\nrelease EPERM\ntrue true\n');
});
