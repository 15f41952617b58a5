/** `plan`: the netlink changes that are still to be made, and what keeps them; or those that a change of settings would make. */
import { oneLine } from '@connman/base';
import {
  configurationInterface,
  configurationPath,
  connmanBusName,
  connmanPaths,
  diagnosisInterface,
  diagnosisPath,
} from '@connman/contracts';
import { type Client, patience } from '../client';
import type { View } from '../json';
import { fine, nameIn, type Outcome } from '../words';
import { triedSettings } from './try';

type Planned = readonly (readonly [kind: string, text: string, status: string])[];

const view: View<Planned> = {
  text: (changes) =>
    changes.length === 0
      ? 'Nothing to change: the kernel has all that is wanted\n'
      : changes.map(([kind, text, status]) => `${kind} ${oneLine(text)} (${oneLine(status)})\n`).join(''),
  json: (changes) => changes.map(([kind, text, status]) => ({ kind, text, status })),
};

/** With the options of `config` behind a service: what those would change, and do not. */
export async function plan(client: Client, words: readonly string[]): Promise<Outcome> {
  const [service, ...change] = words;
  const planned = service === undefined ? atThisMoment(client) : ofChange(client, service, change);
  await client.show(planned, view, service);
  return fine;
}

function atThisMoment({ bus }: Client): Promise<Planned> {
  return bus.object(diagnosisInterface, { name: connmanBusName, path: diagnosisPath }).call('Plan', [], patience);
}

function ofChange({ bus }: Client, word: string, change: readonly string[]): Promise<Planned> {
  const service = connmanPaths.service(nameIn(word, 'a service'));
  const configuration = bus.object(configurationInterface, { name: connmanBusName, path: configurationPath });
  return configuration.call('PlanChange', [service, triedSettings(change)], patience);
}
