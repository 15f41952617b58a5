/** The machine's wall clock as something to discipline (adjtimex(2), clock_settime(2)). */

/** Three clocks at one moment, in milliseconds. */
export interface ClockReading {
  /** CLOCK_REALTIME: since the epoch; slewed and stepped. */
  readonly wall: number;
  /** CLOCK_MONOTONIC_RAW: the oscillator as it is; never slewed or stepped, and stands still while the machine sleeps. */
  readonly raw: number;
  /** CLOCK_BOOTTIME: goes on while the machine sleeps. */
  readonly boot: number;
}

export interface ClockStatus {
  /**
   * Who keeps the clock right: no one (STA_UNSYNC), a program that does it by `discipline` (ours, or the one before a
   * restart), or another one.
   */
  readonly disciplinedBy: 'nobody' | 'us' | 'other';
  /** The bound of its error, in seconds; the kernel lets it grow while nothing disciplines the clock. */
  readonly maxError: number;
  /** Correction of the oscillator's rate in force, in parts per million: positive runs the clock faster. */
  readonly frequency: number;
  /** What is left of a slew, in seconds. */
  readonly pending: number;
}

/** The leap second announced for the end of this UTC day (RFC 5905 section 7.3). */
export type Leap = 'none' | 'insert' | 'delete';

export interface Discipline {
  /** Parts per million; the kernel takes up to 500 either way. */
  readonly frequency: number;
  /** Seconds to slew by, 0.5 at most either way; replaces what is left of the slew before. */
  readonly slew: number;
  /** Seconds. */
  readonly maxError: number;
  readonly estimatedError: number;
  readonly leap: Leap;
}

export interface SystemClock {
  read(): ClockReading;
  status(): ClockStatus;
  /**
   * The kernel slews by itself and stops by itself: an eighth of what is left each second, whatever becomes of the
   * program. Throws OsError: EPERM without CAP_SYS_TIME.
   */
  discipline(discipline: Discipline): void;
  /** Adds seconds at once. Throws OsError. */
  step(seconds: number): void;
  /** Sets the clock to milliseconds since the epoch. Throws OsError. */
  set(wallTime: number): void;
  /** Tells the kernel that the clock is not disciplined any more (STA_UNSYNC); its rate stays. Throws OsError. */
  release(): void;
}
