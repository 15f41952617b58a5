import { readFileSync } from 'node:fs';
import { childProgram } from '../../test/child';
import { bootClock } from './clock';

test('now is the time since boot, time asleep included', () => {
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  expect(Math.abs(bootClock.now() - uptime)).toBeLessThan(100);
});

test('timers ring in order and never before their time', async () => {
  const delays = Array.from({ length: 200 }, (_, i) => ((i * 37) % 50) + (i % 7) / 10);
  const start = bootClock.now();
  let settingTook = 0;
  const rung = await new Promise<number[]>((resolve) => {
    const seen: number[] = [];
    for (const delay of delays) {
      const due = bootClock.now() + delay;
      bootClock.setTimer(delay, () => {
        expect(bootClock.now()).toBeGreaterThanOrEqual(due);
        seen.push(delay);
        if (seen.length === delays.length) resolve(seen);
      });
    }
    settingTook = bootClock.now() - start;
  });
  // A timer set later may ring later by as much although its delay is shorter.
  rung.slice(1).forEach((delay, i) => {
    expect(delay + settingTook).toBeGreaterThanOrEqual(rung[i] as number);
  });
});

test('a timer set after a long turn does not ring early', async () => {
  const start = bootClock.now();
  while (bootClock.now() - start < 60);
  const due = bootClock.now() + 20;
  await new Promise<void>((resolve) => bootClock.setTimer(20, resolve));
  expect(bootClock.now()).toBeGreaterThanOrEqual(due);
});

test('a timer taken back does not ring, also when another of the same moment takes it back', async () => {
  const rung: string[] = [];
  await new Promise<void>((resolve) => {
    const cancelled = bootClock.setTimer(1, () => rung.push('cancelled'));
    cancelled();
    bootClock.setTimer(5, () => {
      rung.push('first');
      cancelSecond();
    });
    const cancelSecond = bootClock.setTimer(5.001, () => rung.push('second'));
    bootClock.setTimer(10, resolve);
  });
  expect(rung).toEqual(['first']);
});

test('a timer set from within a callback for right now rings the next time round', async () => {
  const rung: string[] = [];
  await new Promise<void>((resolve) => {
    bootClock.setTimer(0, () => {
      bootClock.setTimer(0, () => {
        rung.push('inner');
        resolve();
      });
      rung.push('outer');
    });
  });
  expect(rung).toEqual(['outer', 'inner']);
});

test('a waiting timer keeps the program running, an idle clock does not, a throwing callback loses no other timer', () => {
  const program = childProgram(`
    import { bootClock } from './clock/clock';
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    bootClock.setTimer(10, () => { throw new Error('from the callback'); });
    bootClock.setTimer(10, () => console.log('rung'));
    bootClock.setTimer(60_000, () => {})();
  `);
  const { status, stdout } = program.run();
  program.remove();
  expect(stdout).toBe('uncaught from the callback\nrung\n');
  expect(status).toBe(0);
});

test('of a thousand timers of one moment some ring in a row, and other descriptors are served in between', async () => {
  let rung = 0;
  const inARow: number[] = [];
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 1000; i++) {
      bootClock.setTimer(1, () => {
        if (++rung === 1000) resolve();
      });
    }
    let before = 0;
    const look = () => {
      inARow.push(rung - before);
      before = rung;
      if (rung < 1000) setImmediate(look);
    };
    look();
  });
  expect(rung).toBe(1000);
  expect(Math.max(...inARow)).toBeLessThan(100);
});
