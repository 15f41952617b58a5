/** `connmanctl --complete LINE`: candidates for the last word of a shell's line, one a line. The shells' files ask this. */
import type { Client } from './client';
import { complete, type Known, wantedLists } from './completion';
import { nameOf, type ObjectList } from './print';

const questions: Readonly<Record<keyof Known, (client: Client) => Promise<ObjectList>>> = {
  services: ({ manager }) => manager.call('GetServices', [], quietly),
  technologies: ({ manager }) => manager.call('GetTechnologies', [], quietly),
  peers: ({ manager }) => manager.call('GetPeers', [], quietly),
  connections: ({ vpnManager }) => vpnManager.call('GetConnections', [], quietly),
};

/** Completion is no reason to start a daemon, nor to keep a person waiting. */
const quietly = { autoStart: false, timeoutMs: 1000 } as const;

/** @param typed the line up to the cursor, from the program's name on. */
export async function candidatesFor(typed: string, connect: () => Promise<Client>): Promise<readonly string[]> {
  const line = typed.replace(/^\s*\S+\s*/, '').replace(/(^| )--(json|compat-exit) +/g, '$1');
  const known: Record<keyof Known, readonly string[]> = { services: [], technologies: [], peers: [], connections: [] };
  const wanted = wantedLists(line);
  if (wanted.length > 0) {
    const client = await connect();
    const ask = async (source: keyof Known) => {
      known[source] = (await questions[source](client).catch(() => [])).map(([path]) => nameOf(path));
    };
    await Promise.all(wanted.map(ask));
  }
  return complete(line, known).candidates.map((candidate) => candidate.trimEnd());
}
