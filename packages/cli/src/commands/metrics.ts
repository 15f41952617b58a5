/** `metrics`: what connmand has counted since its start, as OpenMetrics text. */
import { connmanBusName, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import { type Client, patience } from '../client';
import { fine, type Outcome, takeAtMost } from '../words';

export async function metrics(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(0, words);
  const diagnosis = client.bus.object(diagnosisInterface, { name: connmanBusName, path: diagnosisPath });
  try {
    client.out(await diagnosis.call('Metrics', [], patience));
  } catch (error) {
    client.tell('metrics', error);
  }
  return fine;
}
