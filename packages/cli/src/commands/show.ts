/** Commands that ask and print: state, clock, technologies, services, peers, tethering_clients, vpnconnections. */
import { connmanBusName, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import { type Client, patience } from '../client';
import { jsonObject, jsonObjects, jsonProperties } from '../json';
import {
  formatConnections,
  formatObject,
  formatObjects,
  formatPeers,
  formatProperties,
  formatServices,
  formatTexts,
  type ObjectList,
  type PropertyMap,
} from '../print';
import { fine, nameIn, type Outcome, optionName, takeAtMost, wrong } from '../words';

const propertiesView = { text: (properties: PropertyMap) => formatProperties(properties), json: jsonProperties };
const listView = (text: (list: ObjectList) => string) => ({ text, json: jsonObjects });
const objectView = (path: string) => ({
  text: (properties: PropertyMap) => formatObject(path, properties),
  json: (properties: PropertyMap) => jsonObject(path, properties),
});
const trafficView = {
  text: (list: ObjectList) => list.map(([mac, properties]) => formatObject(mac, properties)).join(''),
  json: (list: ObjectList) => list.map(([mac, properties]) => ({ mac, properties: jsonProperties(properties) })),
};
const textsView = { text: formatTexts, json: (texts: readonly string[]) => texts };

export async function state(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(0, words);
  await client.show(client.manager.call('GetProperties', [], patience), propertiesView);
  return fine;
}

export async function clock(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(0, words);
  await client.show(client.clock.call('GetProperties', [], patience), propertiesView);
  return fine;
}

export async function technologies(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(0, words);
  await client.show(client.manager.call('GetTechnologies', [], patience), listView(formatObjects));
  return fine;
}

export async function tetheringClients(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(1, words);
  const [word] = words;
  if (word !== undefined) {
    if (optionName(word) !== 'traffic') throw wrong(word, 'an option of tethering_clients');
    const diagnosis = client.bus.object(diagnosisInterface, { name: connmanBusName, path: diagnosisPath });
    await client.show(diagnosis.call('TetheringClients', [], patience), trafficView);
    return fine;
  }
  await client.show(client.manager.call('GetTetheringClients', [], patience), textsView);
  return fine;
}

export async function services(client: Client, words: readonly string[]): Promise<Outcome> {
  const [first, second] = words;
  const obsoleteForm = first !== undefined && optionName(first) === 'properties';
  const most = obsoleteForm ? 2 : 1;
  takeAtMost(most, words);
  if (first === undefined) {
    await client.show(client.manager.call('GetServices', [], patience), listView(formatServices));
    return fine;
  }
  const name = obsoleteForm ? second : first;
  return showObject(client, name, 'a service', (known) => client.service(known));
}

export async function peers(client: Client, words: readonly string[]): Promise<Outcome> {
  const [name] = words;
  takeAtMost(1, words);
  if (name === undefined) {
    await client.show(client.manager.call('GetPeers', [], patience), listView(formatPeers));
    return fine;
  }
  return showObject(client, name, 'a peer', (known) => client.peer(known));
}

export async function vpnConnections(client: Client, words: readonly string[]): Promise<Outcome> {
  const [name] = words;
  takeAtMost(1, words);
  if (name === undefined) {
    await client.show(client.vpnManager.call('GetConnections', [], patience), listView(formatConnections));
    return fine;
  }
  return showObject(client, name, 'a connection', (known) => client.connection(known));
}

interface Readable {
  readonly address: { readonly path: string };
  call(method: 'GetProperties', args: [], options: typeof patience): Promise<PropertyMap>;
}

async function showObject(
  client: Client,
  word: string | undefined,
  what: string,
  object: (name: string) => Readable,
): Promise<Outcome> {
  const name = nameIn(word, what);
  const readable = object(name);
  await client.show(readable.call('GetProperties', [], patience), objectView(readable.address.path), name);
  return fine;
}
