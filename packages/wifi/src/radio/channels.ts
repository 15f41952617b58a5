/** A radio's channels in groups that are scanned one after the other. */

/** A passive scan listens for a tenth of a second on each channel. */
const channelsPerStep = 14;
/** MHz: the bands of 2.4, 5 and 6 GHz. What lies below and above (802.11ah, 802.11ad) is scanned in other ways. */
const bands = [
  [2400, 2500],
  [4900, 5925],
  [5925, 7125],
] as const;

/** MHz: channels 1, 6 and 11, which most access points of the 2.4 GHz band use. */
const usual = [2412, 2437, 2462];

/** @param frequencies in MHz. @returns them in groups that take at most 1.5 s each, the band of 2.4 GHz first. */
export function scanSteps(frequencies: readonly number[]): number[][] {
  const sorted = [...frequencies].sort((a, b) => a - b);
  return bands.flatMap(([from, to]) => {
    const band = sorted.filter((frequency) => frequency >= from && frequency < to);
    const steps = Math.ceil(band.length / channelsPerStep);
    const size = Math.ceil(band.length / steps);
    return Array.from({ length: steps }, (_, step) => band.slice(step * size, (step + 1) * size));
  });
}

/**
 * Where to look for another access point of a network that was lost, one scan after the other: where one was heard, then on
 * the usual channels, then everywhere.
 *
 * @param steps all channels, as `scanSteps` gives them.
 */
export function searchSteps(heard: Iterable<number>, steps: readonly (readonly number[])[]): (readonly number[])[] {
  const known = new Set(heard);
  const first = usual.filter((frequency) => !known.has(frequency) && steps.flat().includes(frequency));
  return [[...known], first, ...steps].filter((step) => step.length > 0);
}
