/** Commands that switch the agents on and off. */
import type { Bus } from '@connman/dbus';
import { type AgentKind, Agents } from '../agent';
import type { Client } from '../client';
import { fine, missing, type Outcome, parseBoolean, takeAtMost, wrong } from '../words';

export const agent = (client: Client, words: readonly string[]) => switchAgent(client, words, 'agent');
export const vpnAgent = (client: Client, words: readonly string[]) => switchAgent(client, words, 'vpn');

/** They outlive the command that switched them on. */
const agentsOf = new WeakMap<Bus, Agents>();

async function switchAgent(client: Client, words: readonly string[], kind: AgentKind): Promise<Outcome> {
  if (!client.terminal.ask) {
    client.tell('', 'Not supported in non-interactive mode');
    return fine;
  }
  const on = parseBoolean(words[0]);
  takeAtMost(1, words);
  if (words[0] === undefined) throw missing('on or off');
  if (on === undefined) throw wrong(words[0], 'on or off');
  const agents = agentsOf.get(client.bus) ?? new Agents(client);
  agentsOf.set(client.bus, agents);
  await (on ? agents.register(kind) : agents.unregister(kind));
  return fine;
}
