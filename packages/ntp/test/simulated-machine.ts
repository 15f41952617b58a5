/**
 * A machine whose clock drifts, time servers that may lie, and the network between them, in simulated time: the client runs
 * on it unchanged, and the test knows what time it really is.
 */
import { type Instant, OsError } from '@connman/base';
import type { NtpEvent, NtpRequest } from '@connman/contracts';
import { type IpAddress, parseIp } from '@connman/inet';
import type { ClockReading, ClockStatus, Discipline, StampedDatagramOptions, SystemClock } from '@connman/ports';
import { NtpClient, type NtpPorts } from '../src/client';
import { decodePacket, encodePacket, fromWallTime, type NtpPacket } from '../src/packet';

export const epoch = Date.UTC(2026, 5, 1);

/** Seeded, so that a failure can be looked at again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface ServerBehaviour {
  /** Milliseconds that a datagram takes there and back. */
  there: () => number;
  back: () => number;
  /** How far the server's clock is from true time, in milliseconds. */
  error: (trueTime: number) => number;
  /** A last look at the answer before it leaves; undefined keeps it. */
  answer: (packet: NtpPacket, trueTime: number) => NtpPacket | undefined;
  asked: number;
}

export interface MachineOptions {
  readonly seed: number;
  /** Rate error of the oscillator, in ppm, at a moment given in milliseconds since the start. */
  readonly drift: (elapsed: number) => number;
  /** What the wall clock is off by at the start, in milliseconds. */
  readonly offset: number;
}

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class SimulatedMachine {
  readonly random: () => number;
  readonly servers = new Map<IpAddress, ServerBehaviour>();
  readonly names = new Map<string, readonly string[]>();
  readonly events: NtpEvent[] = [];
  readonly lines: string[] = [];
  readonly steps: number[] = [];
  /** Calls of adjtimex that need CAP_SYS_TIME fail. */
  unprivileged = false;
  disciplinedBy: ClockStatus['disciplinedBy'] = 'nobody';
  maxError = 16;
  /** Called with what the client asks of the kernel. */
  onDiscipline: (discipline: Discipline) => void = () => {};
  readonly client: NtpClient;
  private readonly options: MachineOptions;
  private elapsed = 0;
  private rawTime = 5000;
  private slept = 0;
  private wallTime: number;
  private frequency = 0;
  private leap: { readonly at: number; readonly shift: number } | undefined;
  private kernelLeap: Discipline['leap'] = 'none';
  private pending = 0;
  private order = 0;
  private readonly planned: Planned[] = [];

  constructor(options: MachineOptions) {
    this.options = options;
    this.random = randomFrom(options.seed);
    this.wallTime = epoch + options.offset;
    this.client = new NtpClient(this.ports(), (event) => this.events.push(event));
  }

  /** POSIX time, which repeats the second before a leap second is inserted, and leaves out the one that is deleted. */
  get trueTime(): number {
    const uniform = epoch + this.elapsed;
    return this.leap && uniform >= this.leap.at ? uniform + this.leap.shift : uniform;
  }

  /** At the end of a day, which begins at `midnight`, a second is inserted or deleted; so does the kernel if it was announced. */
  leapAt(midnight: number, kind: 'insert' | 'delete'): void {
    const leap = kind === 'insert' ? { at: midnight, shift: -1000 } : { at: midnight - 1000, shift: 1000 };
    this.plan(leap.at - epoch - this.elapsed, () => {
      this.leap = leap;
      if (this.kernelLeap === kind) this.wallTime += leap.shift;
    });
  }

  /** How far the wall clock is from true time, in milliseconds. */
  get error(): number {
    return this.wallTime - this.trueTime;
  }

  start(...groups: readonly (readonly string[])[]): void {
    const request: NtpRequest = {
      groups,
      interfaceName: 'eth0',
      nameservers: [],
      stepThreshold: 0.4,
      notBefore: 1.7e9,
    };
    this.client.start(request);
  }

  /** A good server a few milliseconds away, unless told otherwise. */
  server(address: string, behaviour: Partial<ServerBehaviour> = {}): ServerBehaviour {
    const way = () => 2 + 0.1 * -Math.log(1 - this.random());
    const server = {
      there: way,
      back: way,
      error: () => 0,
      answer: (packet: NtpPacket) => packet,
      asked: 0,
      ...behaviour,
    };
    this.servers.set(addressOf(address), server);
    return server;
  }

  /** Runs for so many seconds of true time. */
  run(seconds: number): void {
    const end = this.elapsed + seconds * 1000;
    for (;;) {
      let next = -1;
      for (const [index, one] of this.planned.entries()) {
        const best = this.planned[next];
        if (!best || one.at < best.at || (one.at === best.at && one.order < best.order)) next = index;
      }
      const event = this.planned[next];
      if (!event || event.at > end) break;
      this.planned.splice(next, 1);
      this.advance(event.at - this.elapsed);
      event.run();
    }
    this.advance(end - this.elapsed);
  }

  /** The lid is closed: the raw clock stands still, and the wall clock comes back from a battery clock of whole seconds. */
  sleep(seconds: number): void {
    this.elapsed += seconds * 1000;
    this.slept += seconds * 1000;
    this.wallTime = Math.floor((this.wallTime + seconds * 1000) / 1000) * 1000;
    const due = this.planned.splice(0);
    for (const one of due) this.plan(Math.max(0, one.at - this.elapsed), one.run);
  }

  setWall(by: number): void {
    this.wallTime += by;
  }

  private plan(delay: number, run: () => void): () => void {
    const one = { at: this.elapsed + Math.max(0, delay), order: ++this.order, run };
    this.planned.push(one);
    return () => {
      const index = this.planned.indexOf(one);
      if (index >= 0) this.planned.splice(index, 1);
    };
  }

  /** The oscillator runs on, in pieces short enough for a drift that changes. */
  private advance(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 10_000) {
      const piece = Math.min(left, 10_000);
      const raw = piece * (1 + this.options.drift(this.elapsed) / 1e6);
      const slewed = this.pending * (1 - (7 / 8) ** (raw / 1000));
      this.elapsed += piece;
      this.rawTime += raw;
      this.wallTime += raw * (1 + this.frequency / 1e6) + slewed;
      this.pending -= slewed;
      this.maxError += (500e-6 * piece) / 1000;
    }
  }

  private ports(): NtpPorts {
    const say = (line: string) => this.lines.push(line);
    return {
      clock: {
        now: () => this.boot as Instant,
        wallTime: () => this.wallTime,
        setTimer: (delay, callback) => this.plan(delay / (1 + this.options.drift(this.elapsed) / 1e6), callback),
      },
      systemClock: this.systemClock(),
      entropy: { bytes: (count) => new Uint8Array(count), uint32: () => Math.floor(this.random() * 2 ** 32) },
      datagrams: { openStamped: (options) => this.open(options) },
      secureStreams: {
        connectSecure: () => {
          throw new Error('no server here speaks NTS');
        },
      },
      names: {
        lookup: async (name) => {
          const addresses = this.names.get(name);
          if (!addresses) throw new Error(`${name} has no address: ENOTFOUND`);
          return addresses.map(addressOf);
        },
      },
      log: { error: say, warning: say, info: say, debug() {} },
    };
  }

  private get boot(): number {
    return this.rawTime + this.slept;
  }

  private systemClock(): SystemClock {
    const privileged = () => {
      if (this.unprivileged) throw new OsError('clock_adjtime', 1, 'the system clock');
    };
    return {
      read: (): ClockReading => ({ wall: this.wallTime, raw: this.rawTime, boot: this.boot }),
      status: (): ClockStatus => ({
        ...{ disciplinedBy: this.disciplinedBy, maxError: this.maxError },
        ...{ frequency: this.frequency, pending: this.pending / 1000 },
      }),
      discipline: (discipline: Discipline) => {
        privileged();
        this.onDiscipline(discipline);
        const { frequency, slew, maxError, leap } = discipline;
        this.kernelLeap = leap;
        this.frequency = frequency;
        this.pending = slew * 1000;
        this.maxError = maxError;
        this.disciplinedBy = 'us';
      },
      step: (seconds) => {
        privileged();
        this.steps.push(seconds);
        this.wallTime += seconds * 1000;
      },
      set: (wallTime) => {
        this.wallTime = wallTime;
      },
      release: () => {
        this.disciplinedBy = 'nobody';
      },
    };
  }

  private open(options: StampedDatagramOptions) {
    let open = true;
    return {
      send: (bytes: Uint8Array): number => {
        const server = this.servers.get(options.remote.address);
        if (server) {
          this.plan(server.there(), () => {
            server.asked++;
            const request = decodePacket(bytes);
            if (!request.ok) return;
            const now = this.trueTime;
            const said = fromWallTime(now + server.error(now));
            const packet = server.answer(answerTo(request.value, said), now);
            if (!packet) return;
            this.plan(server.back(), () => {
              if (open) options.onDatagram(encodePacket(packet), this.wallTime);
            });
          });
        }
        return this.wallTime;
      },
      close: () => {
        open = false;
      },
    };
  }
}

function answerTo(request: NtpPacket, at: NtpPacket['receive']): NtpPacket {
  return {
    ...{ leap: 0, version: request.version, mode: 4, stratum: 2, poll: 6, precision: -23 },
    ...{ rootDelay: 0.002, rootDispersion: 0.001, referenceId: 0x0a000001, reference: at },
    ...{ origin: request.transmit, receive: at, transmit: at },
  };
}

export function addressOf(text: string): IpAddress {
  const address = parseIp(text);
  if (!address) throw new Error(`${text} is no address`);
  return address;
}
