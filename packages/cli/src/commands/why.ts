/** `why`: why a service is connected or not, what it waits for, why it is the default or is not. */

import { oneLine } from '@connman/base';
import { connmanBusName, connmanPaths, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import { type Client, patience } from '../client';
import type { View } from '../json';
import { nameOf } from '../print';
import { fine, nameIn, type Outcome, takeAtMost } from '../words';

type Explained = readonly { readonly id: string; readonly reasons: readonly (readonly [string, string])[] }[];

const view: View<Explained> = {
  text: (services) =>
    services
      .map(({ id, reasons }) =>
        [id, ...reasons.map(([, text]) => `  ${oneLine(text)}`)].map((line) => `${line}\n`).join(''),
      )
      .join(''),
  json: (services) =>
    services.map(({ id, reasons }) => ({ id, reasons: reasons.map(([code, text]) => ({ code, text })) })),
};

export async function why(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(1, words);
  const [word] = words;
  const name = word === undefined ? undefined : nameIn(word, 'a service');
  await client.show(explain(client, name), view, name);
  return fine;
}

/** One service, or all in their order. */
async function explain(client: Client, name: string | undefined): Promise<Explained> {
  const diagnosis = client.bus.object(diagnosisInterface, { name: connmanBusName, path: diagnosisPath });
  const all = async () => (await client.manager.call('GetServices', [], patience)).map(([path]) => nameOf(path));
  const ids = name === undefined ? await all() : [name];
  return Promise.all(
    ids.map(async (id) => ({ id, reasons: await diagnosis.call('Why', [connmanPaths.service(id)], patience) })),
  );
}
