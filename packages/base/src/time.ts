/** Moments and spans. A moment is an Instant of the clock that counts suspended time; a span is a number of its named unit. */

/** Milliseconds on CLOCK_BOOTTIME; only differences mean anything. */
export type Instant = number & { readonly instant: unique symbol };

export function instant(milliseconds: number): Instant {
  return milliseconds as Instant;
}

export function after(from: Instant, milliseconds: number): Instant {
  return (from + milliseconds) as Instant;
}
