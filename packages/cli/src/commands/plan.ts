/** `plan`: the netlink changes that are still to be made, and what keeps them. */
import { oneLine } from '@connman/base';
import { connmanBusName, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import { type Client, patience } from '../client';
import type { View } from '../json';
import { fine, type Outcome, takeAtMost } from '../words';

type Planned = readonly (readonly [kind: string, text: string, status: string])[];

const view: View<Planned> = {
  text: (changes) =>
    changes.length === 0
      ? 'Nothing to change: the kernel has all that is wanted\n'
      : changes.map(([kind, text, status]) => `${kind} ${oneLine(text)} (${oneLine(status)})\n`).join(''),
  json: (changes) => changes.map(([kind, text, status]) => ({ kind, text, status })),
};

export async function plan(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(0, words);
  const diagnosis = client.bus.object(diagnosisInterface, { name: connmanBusName, path: diagnosisPath });
  await client.show(diagnosis.call('Plan', [], patience), view);
  return fine;
}
