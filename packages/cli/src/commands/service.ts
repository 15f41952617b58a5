/** Commands on services and peers: connect, disconnect, move-before, move-after. */
import { connmanPaths } from '@connman/contracts';
import { type Client, patience } from '../client';
import { fine, invalid, isName, type Outcome, tooMany } from '../words';

export const connect = (client: Client, words: readonly string[]) => change(client, words, 'Connect', 'Connected');
export const disconnect = (client: Client, words: readonly string[]) =>
  change(client, words, 'Disconnect', 'Disconnected');

async function change(
  client: Client,
  words: readonly string[],
  method: 'Connect' | 'Disconnect',
  done: string,
): Promise<Outcome> {
  const [name] = words;
  if (words.length > 1) return tooMany;
  if (!isName(name)) return invalid;
  const isPeer = name.startsWith('peer_');
  const { address } = isPeer ? client.peer(name) : client.service(name);
  const answer = isPeer
    ? client.peer(name).call(method, [], patience)
    : client.service(name).call(method, [], patience);
  await client.show(answer, () => `${done} ${name}\n`, address.path);
  return fine;
}

export const moveBefore = (client: Client, words: readonly string[]) => move(client, words, 'MoveBefore', 'before');
export const moveAfter = (client: Client, words: readonly string[]) => move(client, words, 'MoveAfter', 'after');

async function move(
  client: Client,
  words: readonly string[],
  method: 'MoveBefore' | 'MoveAfter',
  where: string,
): Promise<Outcome> {
  const [name, target] = words;
  if (words.length > 2) return tooMany;
  if (!isName(name) || !isName(target)) return invalid;
  const service = client.service(name);
  const answer = service.call(method, [connmanPaths.service(target)], patience);
  await client.show(answer, () => `Moved ${name} ${where} ${target}\n`, service.address.path);
  return fine;
}
