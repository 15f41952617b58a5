/** The client on real sockets with real servers. The clock is the machine's for reading; what would be changed is noted. */

import { execFileSync } from 'node:child_process';
import type { NtpEvent, NtpSynchronised } from '@connman/contracts';
import {
  bootClock,
  createSecureStreamPort,
  createStreamPort,
  enterNewNamespace,
  kernelEntropy,
  type Namespace,
  stampedDatagramPort,
  systemClock,
  systemNameResolver,
} from '@connman/linux';
import type { Discipline, KeyingStreamPort, SystemClock } from '@connman/ports';
import { createNtpComponent } from '../src';
import { makeNtsCertificates, type NtsCertificates, type Peer, startChrony, startNtpsec, testBeside } from './peers';

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

/** Trusts what a file says, where the program trusts what comes with Node.js. */
function trusting(caFile: string): KeyingStreamPort {
  const port = createSecureStreamPort(createStreamPort(bootClock));
  return { connectSecure: (options) => port.connectSecure({ ...options, tls: { ...options.tls, caFile } }) };
}

interface Run {
  readonly servers?: readonly string[];
  readonly caFile?: string;
}

/** Runs the client until an event is as wanted. Returns all of them, and what was logged. */
function run(
  clock: SystemClock,
  shift: number,
  wanted: (event: NtpEvent) => boolean,
  { servers = ['127.0.0.1'], caFile = '' }: Run = {},
) {
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
    secureStreams: trusting(caFile),
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
    component.start({ groups: [servers], interfaceName: 'lo', nameservers: [], stepThreshold: 0.4, notBefore });
  });
}

jest.setTimeout(60_000);

const besideChrony = testBeside('chronyd');
const besideNtpsec = testBeside('ntpd');

besideChrony('chrony: a clock 12.5 s behind is stepped right to 0.2 ms by the first answer', async () => {
  peer = await startChrony();
  const clock = shiftedClock(-12_500);
  const { events } = await run(clock, -12_500, (event) => event.kind === 'synchronised');
  expect(events).toMatchObject([{ kind: 'synchronised', address: '127.0.0.1', stratum: 3, stepped: true }]);
  expect(Math.abs(clock.read().wall - systemClock.read().wall)).toBeLessThan(0.2);
});

besideChrony('chrony: a clock that is right is left as it is, to what the way may hide', async () => {
  peer = await startChrony();
  const clock = shiftedClock(0);
  const { events } = await run(clock, 0, (event) => event.kind === 'synchronised');
  expect(events).toMatchObject([{ kind: 'synchronised', stepped: false, agreeing: 1, asked: 1 }]);
  // A busy machine makes the round trip longer, and one direction of it more than the other.
  const { rootDistance } = events.find(({ kind }) => kind === 'synchronised') as NtpSynchronised;
  expect(Math.abs(clock.disciplines[0]?.slew ?? 1)).toBeLessThanOrEqual(rootDistance);
});

besideNtpsec('NTPsec that is not synchronised itself is not believed', async () => {
  peer = await startNtpsec();
  const clock = shiftedClock(1000);
  const { events, lines } = await run(clock, 1000, (event) => event.kind === 'unsynchronised');
  expect(clock.disciplines).toEqual([]);
  expect(events).toEqual([{ kind: 'unsynchronised', reason: 'no time server responds' }]);
  expect(lines.filter((text) => text.includes('given up'))).toEqual([
    'time: time server 127.0.0.1 is given up: its answer is the kiss of death "INIT"',
  ]);
});

test('where no server is at all the refusal of its machine is heard, and the port is closed again', async () => {
  const clock = shiftedClock(1000);
  const { lines } = await run(clock, 1000, (event) => event.kind === 'unsynchronised');
  expect(lines.filter((text) => text.includes('given up'))[0]).toContain('ECONNREFUSED');
});

describe('Network Time Security with chrony', () => {
  let certificates: NtsCertificates;
  beforeAll(() => {
    certificates = makeNtsCertificates();
  });
  afterAll(() => certificates.remove());

  besideChrony('the time of a server that proves who it is is taken, again and again with new cookies', async () => {
    peer = await startChrony(...certificates.chronyLines);
    const clock = shiftedClock(-12_500);
    let answers = 0;
    const { events, lines } = await run(clock, -12_500, () => ++answers === 2, {
      servers: ['nts:127.0.0.1'],
      caFile: certificates.caFile,
    });
    expect(events).toMatchObject([
      { kind: 'synchronised', server: 'nts:127.0.0.1', stratum: 3, stepped: true },
      { kind: 'synchronised', stepped: false },
    ]);
    expect(Math.abs(clock.read().wall - systemClock.read().wall)).toBeLessThan(0.5);
    expect(lines.filter((text) => text.includes('dropped'))).toEqual([]);
  });

  besideChrony(
    'a certificate of another authority is refused with the reason, and the clock is left alone',
    async () => {
      peer = await startChrony(...certificates.chronyLines);
      const clock = shiftedClock(-12_500);
      const { lines } = await run(clock, -12_500, ({ kind }) => kind === 'unsynchronised', {
        servers: ['nts:127.0.0.1'],
      });
      expect(lines.join('\n')).toMatch(/nts:127.0.0.1 \(127.0.0.1\) is given up: NTS keys: TLS: unable to verify/);
      expect(clock.read().wall - systemClock.read().wall).toBeCloseTo(-12_500, 0);
    },
  );

  besideChrony('a server that was restarted with other keys is asked for new ones', async () => {
    peer = await startChrony(...certificates.chronyLines);
    const clock = shiftedClock(0);
    let restarted = false;
    let answers = 0;
    const { lines } = await run(
      clock,
      0,
      (event) => {
        if (event.kind !== 'synchronised') return false;
        answers++;
        if (answers === 1) {
          void peer?.stop().then(async () => {
            peer = await startChrony(...certificates.chronyLines);
            restarted = true;
          });
        }
        return restarted;
      },
      { servers: ['nts:127.0.0.1'], caFile: certificates.caFile },
    );
    expect(lines.join('\n')).toContain('it has forgotten our NTS keys');
  });

  besideChrony('a server without NTS gives no time to who asks for proof', async () => {
    peer = await startChrony();
    const clock = shiftedClock(-12_500);
    const { lines } = await run(clock, -12_500, ({ kind }) => kind === 'unsynchronised', {
      servers: ['nts:127.0.0.1'],
      caFile: certificates.caFile,
    });
    expect(lines.join('\n')).toMatch(/nts:127.0.0.1 \(127.0.0.1\) is given up: NTS keys: .*ECONNREFUSED/);
  });
});
