/** Commands that ask and print: state, clock, technologies, services, peers, tethering_clients, vpnconnections. */
import { type Client, patience } from '../client';
import {
  formatConnections,
  formatObject,
  formatObjects,
  formatPeers,
  formatProperties,
  formatServices,
  formatTexts,
} from '../print';
import { fine, invalid, isName, type Outcome, optionName, tooMany } from '../words';

export async function state(client: Client, words: readonly string[]): Promise<Outcome> {
  if (words.length > 0) return tooMany;
  await client.show(client.manager.call('GetProperties', [], patience), formatProperties);
  return fine;
}

export async function clock(client: Client, words: readonly string[]): Promise<Outcome> {
  if (words.length > 0) return tooMany;
  await client.show(client.clock.call('GetProperties', [], patience), formatProperties);
  return fine;
}

export async function technologies(client: Client, words: readonly string[]): Promise<Outcome> {
  if (words.length > 0) return tooMany;
  await client.show(client.manager.call('GetTechnologies', [], patience), formatObjects);
  return fine;
}

export async function tetheringClients(client: Client, words: readonly string[]): Promise<Outcome> {
  if (words.length > 0) return tooMany;
  await client.show(client.manager.call('GetTetheringClients', [], patience), formatTexts);
  return fine;
}

export async function services(client: Client, words: readonly string[]): Promise<Outcome> {
  const [first, second] = words;
  const obsoleteForm = first !== undefined && optionName(first) === 'properties';
  if (words.length > (obsoleteForm ? 2 : 1)) return tooMany;
  if (first === undefined) {
    await client.show(client.manager.call('GetServices', [], patience), formatServices);
    return fine;
  }
  const name = obsoleteForm ? second : first;
  if (!isName(name)) return invalid;
  const { address } = client.service(name);
  const answer = client.service(name).call('GetProperties', [], patience);
  await client.show(answer, (properties) => formatObject(address.path, properties), name);
  return fine;
}

export async function peers(client: Client, words: readonly string[]): Promise<Outcome> {
  const [name] = words;
  if (words.length > 1) return tooMany;
  if (name === undefined) {
    await client.show(client.manager.call('GetPeers', [], patience), formatPeers);
    return fine;
  }
  if (!isName(name)) return invalid;
  const peer = client.peer(name);
  const answer = peer.call('GetProperties', [], patience);
  await client.show(answer, (properties) => formatObject(peer.address.path, properties), name);
  return fine;
}

export async function vpnConnections(client: Client, words: readonly string[]): Promise<Outcome> {
  const [name] = words;
  if (words.length > 1) return tooMany;
  if (name === undefined) {
    await client.show(client.vpnManager.call('GetConnections', [], patience), formatConnections);
    return fine;
  }
  if (!isName(name)) return invalid;
  const connection = client.connection(name);
  const answer = connection.call('GetProperties', [], patience);
  await client.show(answer, (properties) => formatObject(connection.address.path, properties), name);
  return fine;
}
