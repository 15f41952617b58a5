/** Commands that switch the agents on and off. */
import { type AgentKind, Agents } from '../agent';
import type { Client } from '../client';
import { fine, missing, type Outcome, parseBoolean, takeAtMost, wrong } from '../words';

export const agent = (client: Client, words: readonly string[]) => switchAgent(client, words, 'agent');
export const vpnAgent = (client: Client, words: readonly string[]) => switchAgent(client, words, 'vpn');

async function switchAgent(client: Client, words: readonly string[], kind: AgentKind): Promise<Outcome> {
  if (!client.terminal.ask) {
    client.tell('', 'Not supported in non-interactive mode');
    return fine;
  }
  const on = parseBoolean(words[0]);
  takeAtMost(1, words);
  if (words[0] === undefined) throw missing('on or off');
  if (on === undefined) throw wrong(words[0], 'on or off');
  client.agents ??= new Agents(client);
  await (on ? client.agents.register(kind) : client.agents.unregister(kind));
  return fine;
}
