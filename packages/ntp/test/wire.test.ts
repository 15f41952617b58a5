/** The client on real sockets with real servers. The clock is the machine's for reading; what would be changed is noted. */

import { execFileSync } from 'node:child_process';
import type { NtpEvent } from '@connman/contracts';
import {
  bootClock,
  enterNewNamespace,
  kernelEntropy,
  type Namespace,
  stampedDatagramPort,
  systemClock,
  systemNameResolver,
} from '@connman/linux';
import type { Discipline, SystemClock } from '@connman/ports';
import { createNtpComponent } from '../src';
import { type Peer, startChrony, startNtpsec } from './peers';

let namespace: Namespace;
let peer: Peer | undefined;
beforeAll(() => {
  namespace = enterNewNamespace();
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
});
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});
afterAll(() => namespace.leave());

/** A wall clock that is the machine's plus something, and takes corrections for itself. */
function shiftedClock(shift: number): SystemClock & { readonly disciplines: Discipline[] } {
  let added = shift;
  const disciplines: Discipline[] = [];
  return {
    disciplines,
    read: () => {
      const reading = systemClock.read();
      return { ...reading, wall: reading.wall + added };
    },
    status: () => ({ disciplinedBy: 'nobody', maxError: 16, frequency: 0, pending: 0 }),
    discipline: (discipline) => disciplines.push(discipline),
    step: (seconds) => {
      added += seconds * 1000;
    },
    set: () => {},
    release: () => {},
  };
}

/** Runs the client until an event is as wanted. Returns all of them, and what was logged. */
function run(clock: SystemClock, shift: number, wanted: (event: NtpEvent) => boolean) {
  const events: NtpEvent[] = [];
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  const shifted = {
    openStamped: (options: Parameters<typeof stampedDatagramPort.openStamped>[0]) => {
      const now = () => clock.read().wall - systemClock.read().wall;
      const socket = stampedDatagramPort.openStamped({
        ...options,
        onDatagram: (bytes, wallTime) => options.onDatagram(bytes, wallTime + now()),
      });
      return { send: (bytes: Uint8Array) => socket.send(bytes) + now(), close: () => socket.close() };
    },
  };
  const component = createNtpComponent({
    ...{ clock: bootClock, systemClock: clock, entropy: kernelEntropy, datagrams: shifted, names: systemNameResolver },
    log: { error: say, warning: say, info: say, debug: say },
  });
  return new Promise<{ events: NtpEvent[]; lines: string[] }>((resolve) => {
    component.onEvent((event) => {
      events.push(event);
      if (!wanted(event)) return;
      component.stop();
      resolve({ events, lines });
    });
    const notBefore = (Date.now() + shift) / 1000 - 1e8;
    component.start({ groups: [['127.0.0.1']], interfaceName: 'lo', nameservers: [], stepThreshold: 0.4, notBefore });
  });
}

test('chrony: a clock 12.5 s behind is stepped right to 0.2 ms by the first answer', async () => {
  peer = await startChrony();
  const clock = shiftedClock(-12_500);
  const { events } = await run(clock, -12_500, (event) => event.kind === 'synchronised');
  expect(events).toMatchObject([{ kind: 'synchronised', address: '127.0.0.1', stratum: 3, stepped: true }]);
  expect(Math.abs(clock.read().wall - systemClock.read().wall)).toBeLessThan(0.2);
});

test('chrony: a clock that is right is left as it is, to 0.2 ms', async () => {
  peer = await startChrony();
  const clock = shiftedClock(0);
  const { events } = await run(clock, 0, (event) => event.kind === 'synchronised');
  expect(events).toMatchObject([{ kind: 'synchronised', stepped: false, agreeing: 1, asked: 1 }]);
  expect(Math.abs(clock.disciplines[0]?.slew ?? 1)).toBeLessThan(0.0002);
});

test('NTPsec that is not synchronised itself is not believed', async () => {
  peer = await startNtpsec();
  const clock = shiftedClock(1000);
  const { events, lines } = await run(clock, 1000, (event) => event.kind === 'unsynchronised');
  expect(clock.disciplines).toEqual([]);
  expect(events).toEqual([{ kind: 'unsynchronised', reason: 'no time server responds' }]);
  expect(lines.filter((text) => text.includes('given up'))).toEqual([
    'time: time server 127.0.0.1 is given up: its answer is the kiss of death "INIT"',
  ]);
}, 20_000);

test('where no server is at all the refusal of its machine is heard, and the port is closed again', async () => {
  const clock = shiftedClock(1000);
  const { lines } = await run(clock, 1000, (event) => event.kind === 'unsynchronised');
  expect(lines.filter((text) => text.includes('given up'))[0]).toContain('ECONNREFUSED');
}, 20_000);
