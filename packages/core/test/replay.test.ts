import { replay, serialise } from '../src/replay/replay';
import { runSeed } from './simulation/run';

test('the traces of machines in trouble replay to the same effects and the same worlds, byte for byte', () => {
  let turns = 0;
  for (let seed = 1; seed <= 30; seed++) {
    for (const { lines, effects, world } of runSeed(seed, { tracing: true }).machine.traces) {
      const replayed: string[] = [];
      let last: string | undefined;
      for (const turn of replay(`${lines.join('\n')}\n`)) {
        replayed.push(JSON.stringify(turn.effects));
        last = serialise(turn.world);
      }
      expect(replayed).toEqual(effects);
      expect(last).toBe(world());
      turns += replayed.length;
    }
  }
  expect(turns).toBeGreaterThan(500);
});

test('a trace whose last line was cut off replays up to there', () => {
  const { lines } = runSeed(1, { tracing: true }).machine.traces[0] ?? { lines: [] };
  expect(lines.length).toBeGreaterThan(5);
  const whole = [...replay(`${lines.slice(0, 5).join('\n')}\n`)].length;
  const cut = [...replay(`${lines.slice(0, 5).join('\n')}\n${lines[5]?.slice(0, -3)}`)].length;
  expect([whole, cut]).toEqual([4, 4]);
  expect([...replay('')]).toEqual([]);
});
