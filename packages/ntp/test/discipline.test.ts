/** The client on a simulated machine: how well it keeps the time, and what it makes of servers that lie. */
import type { NtpSynchronised } from '@connman/contracts';
import { epoch, type MachineOptions, SimulatedMachine } from './simulated-machine';

const ordinary: MachineOptions = { seed: 1, drift: () => 23, offset: 0 };

/** The worst error of the clock, in milliseconds, over so many seconds from now on. */
function worstError(machine: SimulatedMachine, seconds: number): number {
  let worst = 0;
  for (let second = 0; second < seconds; second += 10) {
    machine.run(10);
    worst = Math.max(worst, Math.abs(machine.error));
  }
  return worst;
}

function corrections(machine: SimulatedMachine): NtpSynchronised[] {
  return machine.events.filter((event) => event.kind === 'synchronised');
}

test('a clock that is hours off is right with the first answer, a round trip after the start', () => {
  const machine = new SimulatedMachine({ ...ordinary, offset: -7_654_321 });
  machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(0.01);
  expect(Math.abs(machine.error)).toBeLessThan(1);
  expect(machine.steps).toHaveLength(1);
});

test('0.39 s are slewed and never stepped, 0.41 s are stepped', () => {
  for (const [offset, steps] of [
    [390, 0],
    [-390, 0],
    [410, 1],
    [-410, 1],
  ] as const) {
    const machine = new SimulatedMachine({ ...ordinary, offset });
    machine.server('10.0.0.1');
    machine.start(['10.0.0.1']);
    machine.run(60);
    expect([offset, machine.steps.length]).toEqual([offset, steps]);
    expect(Math.abs(machine.error)).toBeLessThan(1);
  }
});

test.each([1, 2, 3, 4, 5])('with jitter and drift the clock is within 0.2 ms after 10 minutes (seed %i)', (seed) => {
  const machine = new SimulatedMachine({ seed, drift: () => (seed - 3) * 40, offset: 300 });
  machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(600);
  expect(worstError(machine, 3600)).toBeLessThan(0.2);
});

test('a rate that changes with the temperature of the day is followed', () => {
  const day = 86_400_000;
  const machine = new SimulatedMachine({
    ...ordinary,
    drift: (elapsed) => 20 + 2 * Math.sin((2 * Math.PI * elapsed) / day),
  });
  machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(3600);
  expect(worstError(machine, 86_400)).toBeLessThan(1);
});

test('a way that is slow in one direction shifts the clock by half of it and no more', () => {
  const machine = new SimulatedMachine(ordinary);
  machine.server('10.0.0.1', { there: () => 30, back: () => 10 });
  machine.start(['10.0.0.1']);
  machine.run(3600);
  expect(Math.abs(machine.error)).toBeGreaterThan(9.5);
  expect(Math.abs(machine.error)).toBeLessThan(10.5);
});

test('congestion in one direction, now and then, does not move the clock', () => {
  const machine = new SimulatedMachine({ ...ordinary, offset: 20 });
  machine.server('10.0.0.1', { there: () => (machine.random() < 0.3 ? 2 + 200 * machine.random() : 2) });
  machine.start(['10.0.0.1']);
  machine.run(1200);
  expect(worstError(machine, 7200)).toBeLessThan(1);
});

test('one lying server of three is named and has no say', () => {
  const machine = new SimulatedMachine({ ...ordinary, offset: 50 });
  machine.server('10.0.0.1');
  machine.server('10.0.0.2', { error: () => 90_000, there: () => 0.5, back: () => 0.5 });
  machine.server('10.0.0.3');
  machine.start(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  machine.run(600);
  expect(machine.steps).toEqual([]);
  expect(worstError(machine, 3600)).toBeLessThan(0.5);
  const named = machine.lines.filter((line) => line.includes('falseticker'));
  expect(named).toHaveLength(1);
  expect(named[0]).toContain('10.0.0.2');
  expect(corrections(machine).at(-1)).toMatchObject({ agreeing: 2, asked: 3 });
});

test('two servers that disagree leave the clock alone until servers of the next group decide', () => {
  const machine = new SimulatedMachine({ ...ordinary, offset: 1000 });
  machine.server('10.0.0.1', { error: () => 5000 });
  machine.server('10.0.0.2');
  machine.start(['10.0.0.1', '10.0.0.2']);
  machine.run(120);
  expect(corrections(machine)).toEqual([]);
  expect(machine.lines.filter((line) => line.includes('disagree'))).toHaveLength(1);
  machine.server('10.0.0.3');
  machine.start(['10.0.0.1', '10.0.0.2'], ['10.0.0.3']);
  machine.run(10);
  expect(Math.abs(machine.error)).toBeLessThan(1);
  expect(machine.lines.some((line) => line.includes('10.0.0.1 is a falseticker'))).toBe(true);
});

test.each([
  ['before this software was made', Date.UTC(2001, 1, 1)],
  ['far in the future', Date.UTC(2096, 1, 1)],
])('a single server with a time %s is refused, until another one agrees', (_, wrong) => {
  const machine = new SimulatedMachine(ordinary);
  const error = () => wrong - epoch;
  machine.server('10.0.0.1', { error });
  machine.start(['10.0.0.1'], ['10.0.0.2']);
  machine.run(300);
  expect(corrections(machine)).toEqual([]);
  expect(machine.steps).toEqual([]);
  expect(machine.lines.filter((line) => line.includes('refused until another server agrees'))).toHaveLength(1);
  machine.server('10.0.0.3', { error: () => error() + 3 });
  machine.start(['10.0.0.1'], ['10.0.0.3']);
  machine.run(10);
  // What is said before 2020 is the era after 2036.
  expect(machine.steps).toHaveLength(1);
});

test('a single server that leaps by an hour after it was right is refused; one that leaps by a minute is followed', () => {
  for (const [leap, steps] of [
    [3_600_000, 0],
    [60_000, 1],
  ] as const) {
    const machine = new SimulatedMachine(ordinary);
    const server = machine.server('10.0.0.1');
    machine.start(['10.0.0.1']);
    machine.run(600);
    server.error = () => leap;
    machine.run(7200);
    expect([leap, machine.steps.length > 0 ? 1 : 0]).toEqual([leap, steps]);
    expect(Math.abs(machine.error - (steps ? leap : 0))).toBeLessThan(5);
  }
});

test('a clock that another program sets is put right with the next poll, and its rate stays known', () => {
  const machine = new SimulatedMachine(ordinary);
  machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(3600);
  machine.setWall(3_600_000);
  machine.run(1100);
  expect(machine.steps).toHaveLength(1);
  expect(worstError(machine, 1200)).toBeLessThan(0.2);
});

test('after the machine slept the servers are asked at once, and nothing measured before counts', () => {
  const machine = new SimulatedMachine({ ...ordinary, offset: 10 });
  const server = machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(7200);
  const before = server.asked;
  machine.sleep(30_000);
  machine.run(8);
  expect(server.asked - before).toBe(3);
  expect(Math.abs(machine.error)).toBeLessThan(400);
  machine.run(60);
  expect(Math.abs(machine.error)).toBeLessThan(1);
  expect(machine.lines.filter((line) => line.includes('slept for 30000 s'))).toHaveLength(1);
});

test('a leap second is handed to the kernel on the last day of the month alone', () => {
  const machine = new SimulatedMachine(ordinary);
  machine.server('10.0.0.1', { answer: (packet) => ({ ...packet, leap: 1 }) });
  const leaps = new Set<string>();
  machine.onDiscipline = ({ leap }) => leaps.add(`${new Date(machine.trueTime).getUTCDate()} ${leap}`);
  machine.start(['10.0.0.1']);
  machine.run(29 * 86_400 + 7200);
  expect([...leaps].filter((one) => one.endsWith('insert'))).toEqual(['30 insert']);
});

test.each(['insert', 'delete'] as const)(
  'through a leap second (%s) the clock is right, and no one steps it but the kernel',
  (kind) => {
    const machine = new SimulatedMachine(ordinary);
    const leap = kind === 'insert' ? 1 : 2;
    const midnight = Date.UTC(2026, 6, 1);
    const isAhead = (trueTime: number) => trueTime < midnight - 1000;
    machine.server('10.0.0.1', { answer: (packet, now) => ({ ...packet, leap: isAhead(now) ? leap : 0 }) });
    machine.leapAt(midnight, kind);
    machine.start(['10.0.0.1']);
    machine.run(30 * 86_400 - 3600);
    const { length } = machine.lines;
    machine.run(3600 - 1.5);
    expect(worstError(machine, 7200)).toBeLessThan(0.5);
    expect(machine.steps).toEqual([]);
    expect(machine.lines.slice(length)).toEqual([
      `time: a leap second was ${kind.replace(/e$/, '')}ed; what was measured before it is kept`,
    ]);
    // The line through what was measured goes on: nothing has to be measured again.
    expect(
      corrections(machine)
        .slice(-3)
        .every(({ offset }) => Math.abs(offset) < 0.001),
    ).toBe(true);
  },
);
