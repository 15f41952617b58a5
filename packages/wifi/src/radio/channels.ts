/** A radio's channels in groups that are scanned one after the other. */

/** A passive scan listens for a tenth of a second on each channel. */
const channelsPerStep = 14;
const lowestOf5GHz = 4900;
const lowestOf6GHz = 5925;

/** @param frequencies in MHz. @returns them in groups that take at most 1.5 s each, the band of 2.4 GHz first. */
export function scanSteps(frequencies: readonly number[]): number[][] {
  const sorted = [...frequencies].sort((a, b) => a - b);
  const bands = [
    sorted.filter((frequency) => frequency < lowestOf5GHz),
    sorted.filter((frequency) => frequency >= lowestOf5GHz && frequency < lowestOf6GHz),
    sorted.filter((frequency) => frequency >= lowestOf6GHz),
  ];
  return bands.flatMap((band) => {
    const steps = Math.ceil(band.length / channelsPerStep);
    const size = Math.ceil(band.length / steps);
    return Array.from({ length: steps }, (_, step) => band.slice(step * size, (step + 1) * size));
  });
}
