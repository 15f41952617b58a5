/**
 * A server's time as a line over our raw oscillator: where it is now and how fast it goes, and how well both are known.
 *
 * Measured against CLOCK_MONOTONIC_RAW the line is the same whatever slews and steps the wall clock went through meanwhile.
 * Its slope is fitted with a prior, the frequency known before, so that one sample is enough for a line and the hundredth
 * improves it. Samples with a long round trip count less, and so do old ones, as the oscillator's rate wanders.
 */
import type { Sample } from './exchange';

export interface Prior {
  /** Parts per million. */
  readonly frequency: number;
  /** Its standard error. */
  readonly error: number;
}

export interface Fit {
  /** Milliseconds on the raw clock for which `offset` holds. */
  readonly raw: number;
  /** True time minus raw time, in milliseconds. */
  readonly offset: number;
  /** Standard error of `offset`. */
  readonly offsetError: number;
  /** Parts per million by which true time runs faster than the raw oscillator. */
  readonly frequency: number;
  readonly frequencyError: number;
  /** Standard deviation of a good sample, in milliseconds. */
  readonly jitter: number;
}

/** No network and no clock of ours is better than this, in milliseconds. */
const jitterFloorMs = 0.002;
/** Of the shortest round trip, what a sample is off by at least. */
const jitterOfDelay = 0.02;
/** What samples are expected to scatter by before they have shown it, and how many samples' worth of belief that is. */
const expectedJitterMs = 0.02;
const expectedJitterOfDelay = 0.1;
const beliefSamples = 3;
/** What an oscillator's rate may change by unnoticed (PHI of RFC 5905 section 11.1), in parts per million. */
export const wanderPpm = 15;

const ppm = 1e-6;
/** How a rate wanders, as a random walk: this much in an hour, in parts per million. */
const wanderPpmPerHour = 0.1;
const hourMs = 3_600_000;

/** What a clock is off by, in milliseconds, after so many with a rate that wandered meanwhile (the walk's integral). */
function wanderedMs(age: number): number {
  return (wanderPpmPerHour * ppm * age * Math.sqrt(age / hourMs)) / Math.sqrt(3);
}

/** The line through the samples (one at least), as of `raw`. */
export function fitLine(samples: readonly Sample[], raw: number, prior: Prior): Fit {
  const shortest = Math.min(...samples.map((sample) => sample.delay));
  const floor = Math.max(jitterFloorMs, shortest * jitterOfDelay);
  const latest = Math.max(...samples.map((sample) => sample.raw));
  const weightOf = (sample: Sample) =>
    floor ** 2 / ((floor + (sample.delay - shortest) / 2) ** 2 + wanderedMs(latest - sample.raw) ** 2);
  // Sums around a sample in the middle of it all: raw offsets are large numbers.
  const [first] = samples as readonly [Sample, ...Sample[]];
  let weights = 0;
  let meanT = 0;
  let meanO = 0;
  for (const sample of samples) {
    const weight = weightOf(sample);
    weights += weight;
    meanT += weight * (sample.raw - first.raw);
    meanO += weight * (sample.offset - first.offset);
  }
  meanT /= weights;
  meanO /= weights;
  let spread = 0;
  let common = 0;
  for (const sample of samples) {
    const weight = weightOf(sample);
    const t = sample.raw - first.raw - meanT;
    spread += weight * t * t;
    common += weight * t * (sample.offset - first.offset - meanO);
  }
  // The samples' own slope, if they have one, tells how much they scatter; the prior then holds a slope that is poorly known.
  const own = spread > 0 ? common / spread : prior.frequency * ppm;
  let residual = 0;
  for (const sample of samples) {
    const weight = weightOf(sample);
    const rest = sample.offset - first.offset - meanO - own * (sample.raw - first.raw - meanT);
    residual += weight * rest * rest;
  }
  const expected = Math.max(expectedJitterMs, shortest * expectedJitterOfDelay);
  const freedom = Math.max(0, samples.length - 2) + beliefSamples;
  const jitter = Math.max(floor, Math.sqrt((residual + beliefSamples * expected ** 2) / freedom));
  const information = spread / jitter ** 2;
  const priorInformation = 1 / (prior.error * ppm) ** 2;
  const slope = (own * information + prior.frequency * ppm * priorInformation) / (information + priorInformation);
  const slopeError = 1 / Math.sqrt(information + priorInformation);
  const ahead = raw - first.raw - meanT;
  return {
    raw,
    offset: first.offset + meanO + slope * ahead,
    offsetError: Math.hypot(jitter / Math.sqrt(weights), slopeError * ahead),
    frequency: slope / ppm,
    frequencyError: slopeError / ppm,
    jitter,
  };
}

/** Fewer samples are never dropped for their residuals. */
const fewestSamples = 6;
const mostSamples = 64;
/** In standard deviations: fewer runs than this below the mean happen by chance once in twenty times. */
const improbable = 1.64;

/**
 * The latest samples that a line explains: the oldest are dropped while the residuals keep their sign for too long at a time
 * (a runs test), which means that the oscillator's rate has changed since.
 */
export function explained(samples: readonly Sample[], prior: Prior): readonly Sample[] {
  let kept = samples.slice(-mostSamples);
  while (kept.length > fewestSamples && isCurved(kept, prior)) kept = kept.slice(Math.ceil(kept.length / 16));
  return kept;
}

function isCurved(samples: readonly Sample[], prior: Prior): boolean {
  const last = samples[samples.length - 1] as Sample;
  const fit = fitLine(samples, last.raw, prior);
  let runs = 1;
  let above = 0;
  let previous: boolean | undefined;
  for (const sample of samples) {
    const positive = sample.offset > fit.offset + fit.frequency * ppm * (sample.raw - fit.raw);
    if (positive) above++;
    if (previous !== undefined && positive !== previous) runs++;
    previous = positive;
  }
  const below = samples.length - above;
  if (above === 0 || below === 0) return false;
  // Wald and Wolfowitz: mean and variance of the number of runs of a random sequence.
  const n = samples.length;
  const mean = 1 + (2 * above * below) / n;
  const variance = ((mean - 1) * (mean - 2)) / (n - 1);
  return runs < mean - improbable * Math.sqrt(variance);
}

/** The line as of another moment. */
export function fitAt(fit: Fit, raw: number): Fit {
  const ahead = raw - fit.raw;
  return {
    ...fit,
    raw,
    offset: fit.offset + fit.frequency * ppm * ahead,
    offsetError: Math.hypot(fit.offsetError, fit.frequencyError * ppm * ahead),
  };
}
