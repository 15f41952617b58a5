/** `wait-online`: ends when a service is connected, like the program connmand-wait-online. */
import type { Client } from '../client';
import { parseWish, waitCommandOptions, waitOnline } from '../wait-online';
import { exitStatus, fine, invalid, type Outcome, UsageError } from '../words';

export async function waitUntilOnline(client: Client, words: readonly string[]): Promise<Outcome> {
  const wish = readWish(words);
  if (!(await waitOnline(client.bus, wish)))
    client.complain(
      `Error: not online after ${wish.timeout} s; connmanctl why shows what is missing\n`,
      exitStatus.failed,
    );
  return fine;
}

function readWish(words: readonly string[]) {
  const { parseArgs } = process.getBuiltinModule('node:util');
  try {
    return parseWish(parseArgs({ args: [...words], options: waitCommandOptions }).values);
  } catch (error) {
    throw new UsageError(invalid, (error as Error).message);
  }
}
