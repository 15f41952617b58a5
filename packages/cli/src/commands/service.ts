/** Commands on services and peers: connect, disconnect, move-before, move-after. */
import { connmanPaths } from '@connman/contracts';
import { type Client, patience } from '../client';
import { tunnelLine } from '../tunnel-line';
import { fine, nameIn, type Outcome, takeAtMost } from '../words';

export const connect = (client: Client, words: readonly string[]) => change(client, words, 'Connect', 'Connected');
export const disconnect = (client: Client, words: readonly string[]) =>
  change(client, words, 'Disconnect', 'Disconnected');

async function change(
  client: Client,
  words: readonly string[],
  method: 'Connect' | 'Disconnect',
  done: string,
): Promise<Outcome> {
  takeAtMost(1, words);
  const name = nameIn(words[0], 'a service or peer');
  const isPeer = name.startsWith('peer_');
  const { address } = isPeer ? client.peer(name) : client.service(name);
  const answer = isPeer
    ? client.peer(name).call(method, [], patience)
    : client.service(name).call(method, [], patience);
  await client.show(answer, () => `${done} ${name}\n`, address.path);
  if (method === 'Connect' && name.startsWith(vpnPrefix)) await tellTunnel(client, answer, name);
  return fine;
}

/** Beyond ConnMan's client: what goes through the tunnel that is up now. */
async function tellTunnel(client: Client, connected: Promise<void>, name: string): Promise<void> {
  const { compat, json } = client.options;
  if (compat || json) return;
  try {
    await connected;
    client.out(tunnelLine(await client.connection(name.slice(vpnPrefix.length)).call('GetProperties', [], patience)));
  } catch {
    // Why it is not connected has been told.
  }
}

const vpnPrefix = 'vpn_';

export const moveBefore = (client: Client, words: readonly string[]) => move(client, words, 'MoveBefore', 'before');
export const moveAfter = (client: Client, words: readonly string[]) => move(client, words, 'MoveAfter', 'after');

async function move(
  client: Client,
  words: readonly string[],
  method: 'MoveBefore' | 'MoveAfter',
  where: string,
): Promise<Outcome> {
  takeAtMost(2, words);
  const name = nameIn(words[0], 'a service');
  const target = nameIn(words[1], 'a target service');
  const service = client.service(name);
  const answer = service.call(method, [connmanPaths.service(target)], patience);
  await client.show(answer, () => `Moved ${name} ${where} ${target}\n`, service.address.path);
  return fine;
}
