import { scanSteps, searchSteps } from './channels';

const range = (first: number, count: number, apart: number) =>
  Array.from({ length: count }, (_, i) => first + i * apart);

test('each channel is in one step, bands do not mix, and no step is longer than fourteen channels', () => {
  const all = [...range(5955, 59, 20), ...range(2412, 13, 5), ...range(5180, 25, 20)];
  const steps = scanSteps(all);
  expect(steps.flat().sort()).toEqual([...all].sort());
  expect(Math.max(...steps.map((step) => step.length))).toBeLessThanOrEqual(14);
  expect(steps[0]).toEqual(range(2412, 13, 5));
  expect(steps.map((step) => step.length)).toEqual([13, 13, 12, 12, 12, 12, 12, 11]);
});

test('channels of 802.11ah, which an ordinary scan must not name, are in no step', () => {
  expect(scanSteps([902, 2412, 58_320])).toEqual([[2412]]);
});

test('a radio whose channels are not known has no steps', () => {
  expect(scanSteps([])).toEqual([]);
});

test('another access point is sought where one was heard, on the usual channels, then everywhere', () => {
  const steps = [[2412, 2417, 2437, 2462], [5180]];
  expect(searchSteps([2437, 5180], steps)).toEqual([[2437, 5180], [2412, 2462], ...steps]);
});

test('the search names no channel that the radio lacks, and no scan is of none', () => {
  expect(searchSteps([], [[5180], [5200]])).toEqual([[5180], [5200]]);
  expect(searchSteps([2412], [])).toEqual([[2412]]);
});
