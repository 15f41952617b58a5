/** How the client treats its servers, its names, its rights and other time services. */
import { SimulatedMachine } from './simulated-machine';

function kiss(code: string, poll = 6) {
  const referenceId = Buffer.from(code, 'latin1').readUInt32BE(0);
  return <P extends object>(packet: P): P => ({ ...packet, stratum: 0, referenceId, poll, leap: 3 });
}

function machineOf(offset = 100): SimulatedMachine {
  return new SimulatedMachine({ seed: 7, drift: () => 12, offset });
}

test('servers are asked 130 times on the first day at most, then every 17 minutes or so', () => {
  const machine = machineOf();
  const server = machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(86_400);
  expect(server.asked).toBeLessThan(130);
  const before = server.asked;
  machine.run(10 * 1024);
  expect(server.asked - before).toBeLessThanOrEqual(20);
});

test('RATE is obeyed: at least twice as long until the next question, and never sooner again', () => {
  const machine = machineOf();
  const server = machine.server('10.0.0.1', { answer: kiss('RATE') });
  machine.start(['10.0.0.1']);
  machine.run(127);
  expect(server.asked).toBe(1);
  server.answer = (packet) => packet;
  machine.run(2);
  expect(server.asked).toBe(2);
  machine.run(110);
  expect(server.asked).toBe(2);
});

test('RATE with a longer poll of the server is obeyed to the letter', () => {
  const machine = machineOf();
  const server = machine.server('10.0.0.1', { answer: kiss('RATE', 12) });
  machine.start(['10.0.0.1']);
  machine.run(4090);
  expect(server.asked).toBe(1);
});

test.each(['DENY', 'RSTR'])('%s: the server is not asked again, another one is', (code) => {
  const machine = machineOf();
  const denied = machine.server('10.0.0.1', { answer: kiss(code) });
  machine.server('10.0.0.2');
  machine.start(['10.0.0.1'], ['10.0.0.2']);
  machine.run(3600);
  expect(denied.asked).toBe(1);
  expect(Math.abs(machine.error)).toBeLessThan(1);
});

test('a silent server is asked three times, then the next group is', () => {
  const machine = machineOf(5000);
  machine.server('10.0.0.2');
  machine.start(['10.0.0.1'], ['10.0.0.2']);
  machine.run(9.9);
  expect(machine.steps).toEqual([]);
  machine.run(0.2);
  expect(machine.steps).toHaveLength(1);
});

test('the next group is not bothered while the first one responds', () => {
  const machine = machineOf();
  machine.server('10.0.0.1');
  const fallback = machine.server('10.0.0.2');
  machine.start(['10.0.0.1'], ['10.0.0.2']);
  machine.run(20_000);
  expect(fallback.asked).toBe(0);
});

test('preferred servers that come back are used again within two hours', () => {
  const machine = machineOf();
  const fallback = machine.server('10.0.0.2');
  machine.start(['10.0.0.1'], ['10.0.0.2']);
  machine.run(600);
  machine.server('10.0.0.1');
  machine.run(7200);
  const before = fallback.asked;
  machine.run(7200);
  expect(fallback.asked).toBe(before);
  expect(machine.events.at(-1)).toMatchObject({ kind: 'synchronised', address: '10.0.0.1' });
});

test('when nothing responds it is said once, tried again after 5 s, and less and less often', () => {
  const machine = machineOf();
  const server = machine.server('10.0.0.1', { answer: () => undefined });
  machine.start(['10.0.0.1']);
  machine.run(14.9);
  expect(server.asked).toBe(3);
  machine.run(0.2);
  expect(server.asked).toBe(4);
  machine.run(6 * 3600);
  expect(server.asked).toBeLessThan(120);
  expect(machine.events).toEqual([{ kind: 'unsynchronised', reason: 'no time server responds' }]);
  server.answer = (packet) => packet;
  machine.run(1000);
  expect(machine.events.at(-1)).toMatchObject({ kind: 'synchronised' });
});

test('four addresses of a pool are asked; one that stays silent makes room for the fifth', async () => {
  const machine = machineOf();
  machine.names.set('pool.test', ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']);
  for (const last of [1, 2, 4, 5]) machine.server(`10.0.0.${last}`);
  machine.start(['pool.test']);
  await Promise.resolve();
  machine.run(120);
  expect([...machine.servers.values()].map((server) => server.asked > 0)).toEqual([true, true, true, true]);
  expect(machine.events.at(-1)).toMatchObject({ server: 'pool.test', agreeing: 4, asked: 4 });
});

test('a name without an address is said once, and the next group is asked', async () => {
  const machine = machineOf(1000);
  machine.server('10.0.0.2');
  machine.start(['nowhere.test'], ['10.0.0.2']);
  await Promise.resolve();
  await Promise.resolve();
  machine.run(1);
  expect(machine.steps).toHaveLength(1);
  expect(machine.lines.filter((line) => line.includes('nowhere.test'))).toHaveLength(1);
});

test('a clock that another program disciplines is left alone and no server is asked; it is said once', () => {
  const machine = machineOf(3000);
  machine.disciplinedBy = 'other';
  const server = machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  for (let poll = 0; poll < 30; poll++) {
    machine.run(1024);
    // As chronyd would.
    machine.maxError = 0.01;
  }
  expect(server.asked).toBe(0);
  expect(machine.steps).toEqual([]);
  expect(machine.events).toEqual([{ kind: 'yielded' }]);
  expect(machine.lines).toEqual(['time: another program disciplines the clock; leaving it alone as long as it does']);
});

test('it is taken over when the other program says so, and when it was not heard of for half an hour', () => {
  const released = machineOf(3000);
  released.disciplinedBy = 'other';
  released.server('10.0.0.1');
  released.start(['10.0.0.1']);
  released.run(600);
  released.disciplinedBy = 'nobody';
  released.run(70);
  expect(released.steps).toHaveLength(1);

  const killed = machineOf(3000);
  killed.disciplinedBy = 'other';
  killed.maxError = 0.01;
  killed.server('10.0.0.1');
  killed.start(['10.0.0.1']);
  killed.run(1800);
  expect(killed.steps).toEqual([]);
  killed.run(600);
  expect(killed.steps).toHaveLength(1);
});

test('another program that starts while we discipline the clock gets it', () => {
  const machine = machineOf();
  const server = machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(3600);
  machine.disciplinedBy = 'other';
  machine.run(1100);
  const before = server.asked;
  machine.maxError = 0.001;
  machine.run(1500);
  expect(server.asked).toBe(before);
  expect(machine.events.at(-1)).toEqual({ kind: 'yielded' });
});

test('without CAP_SYS_TIME the component says so and stops asking', () => {
  const machine = machineOf();
  machine.unprivileged = true;
  const server = machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(3600);
  expect(server.asked).toBe(1);
  expect(machine.events).toEqual([
    { kind: 'failed', reason: 'the system clock: clock_adjtime failed: EPERM; CAP_SYS_TIME is needed' },
  ]);
});

test('after stop nothing is asked and the kernel knows that no one disciplines the clock', () => {
  const machine = machineOf();
  const server = machine.server('10.0.0.1');
  machine.start(['10.0.0.1']);
  machine.run(100);
  machine.client.stop();
  const before = server.asked;
  machine.run(7200);
  expect(server.asked).toBe(before);
  expect(machine.disciplinedBy).toBe('nobody');
});

test('new servers start with the rate that is known', () => {
  const machine = machineOf();
  machine.server('10.0.0.1');
  machine.server('10.0.0.2');
  machine.start(['10.0.0.1']);
  machine.run(7200);
  machine.start(['10.0.0.2']);
  machine.run(50);
  expect(machine.events.at(-1)).toMatchObject({ address: '10.0.0.2' });
  const last = machine.events.at(-1);
  expect(last?.kind === 'synchronised' && Math.abs(last.frequency + 12)).toBeLessThan(1);
});
