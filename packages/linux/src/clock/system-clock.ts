/**
 * The wall clock through clock_adjtime.
 *
 * The kernel's own phase-locked loop does the slewing with its frequency held (STA_FREQHOLD): phase is left to it, which
 * ends a slew by itself if the program dies half way, and frequency is ours, estimated against the raw oscillator.
 */
import type { ClockReading, ClockStatus, Discipline, Leap, SystemClock } from '@connman/ports';
import { addon } from '../addon';
import { must } from '../calls';

const ADJ_OFFSET = 0x0001;
const ADJ_FREQUENCY = 0x0002;
const ADJ_MAXERROR = 0x0004;
const ADJ_ESTERROR = 0x0008;
const ADJ_STATUS = 0x0010;
const ADJ_TIMECONST = 0x0020;
const ADJ_NANO = 0x2000;

const STA_PLL = 0x0001;
const STA_INS = 0x0010;
const STA_DEL = 0x0020;
const STA_UNSYNC = 0x0040;
const STA_FREQHOLD = 0x0080;
const STA_NANO = 0x2000;

/** The kernel corrects 2^-(2 + constant) of what is left each second: 400 ms start at 5 %. */
const timeConstant = 1;
/** timex.freq counts 2^-16 ppm. */
const frequencyUnit = 65536;

const leapBits: Readonly<Record<Leap, number>> = { none: 0, insert: STA_INS, delete: STA_DEL };

/** A loop with its frequency held is how `discipline` leaves the clock, and how no other time service known to us does. */
function disciplinedBy(status: number): ClockStatus['disciplinedBy'] {
  if (status & STA_UNSYNC) return 'nobody';
  return status & STA_PLL && status & STA_FREQHOLD ? 'us' : 'other';
}

interface Timex {
  readonly modes: number;
  readonly offset?: number;
  readonly frequency?: number;
  readonly maxErrorUs?: number;
  readonly estimatedErrorUs?: number;
  readonly status?: number;
}

function adjust({ modes, offset = 0, frequency = 0, maxErrorUs = 0, estimatedErrorUs = 0, status = 0 }: Timex) {
  const fields = Float64Array.of(modes, offset, frequency, maxErrorUs, estimatedErrorUs, status, timeConstant);
  must(addon().adjustClock(fields), 'clock_adjtime', 'the system clock');
  const [, pending = 0, freq = 0, maxError = 0, , flags = 0] = fields;
  return { pending, frequency: freq, maxErrorUs: maxError, status: flags };
}

const readings = new Float64Array(3);

export const systemClock: SystemClock = {
  read(): ClockReading {
    must(addon().clockReadings(readings), 'clock_gettime', 'the system clock');
    const [wall = 0, raw = 0, boot = 0] = readings;
    return { wall, raw, boot };
  },

  status(): ClockStatus {
    const { pending, frequency, maxErrorUs, status } = adjust({ modes: 0 });
    return {
      disciplinedBy: disciplinedBy(status),
      maxError: maxErrorUs / 1e6,
      frequency: frequency / frequencyUnit,
      pending: pending / (status & STA_NANO ? 1e9 : 1e6),
    };
  },

  discipline({ frequency, slew, maxError, estimatedError, leap }: Discipline): void {
    // The status first and with it the unit: the kernel takes an offset only while its loop is on.
    adjust({
      modes: ADJ_STATUS | ADJ_NANO | ADJ_TIMECONST | ADJ_OFFSET | ADJ_FREQUENCY | ADJ_MAXERROR | ADJ_ESTERROR,
      status: STA_PLL | STA_FREQHOLD | leapBits[leap],
      offset: Math.round(slew * 1e9),
      frequency: Math.round(frequency * frequencyUnit),
      maxErrorUs: Math.ceil(maxError * 1e6),
      estimatedErrorUs: Math.ceil(estimatedError * 1e6),
    });
  },

  step(seconds: number): void {
    must(addon().stepClock(seconds * 1e3), 'clock_adjtime', 'the system clock');
  },

  set(wallTime: number): void {
    must(addon().setClock(wallTime), 'clock_settime', 'the system clock');
  },

  release(): void {
    adjust({ modes: ADJ_STATUS, status: STA_UNSYNC });
  },
};
