/** `metrics`: what connmand has counted since its start, as OpenMetrics text. */
import { connmanBusName, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import { type Client, patience } from '../client';
import type { View } from '../json';
import { fine, type Outcome, takeAtMost } from '../words';

const view: View<string> = {
  text: (text) => text,
  json: (text) => text.split('\n').flatMap(sampleOf),
};

export async function metrics(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(0, words);
  const diagnosis = client.bus.object(diagnosisInterface, { name: connmanBusName, path: diagnosisPath });
  await client.show(diagnosis.call('Metrics', [], patience), view, 'metrics');
  return fine;
}

/** A line of OpenMetrics as a value; none of a comment. */
function sampleOf(line: string): { name: string; labels: Record<string, string>; value: number }[] {
  const [, name, texts = '', value] = /^([a-z]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) return [];
  const labels = [...texts.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [
    label,
    text.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one)),
  ]);
  return [{ name, labels: Object.fromEntries(labels), value: Number(value) }];
}
