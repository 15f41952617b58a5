/** `reload`: main.conf is read again, and which of its keys are in force is printed. */
import { configurationInterface, configurationPath, connmanBusName } from '@connman/contracts';
import { type Client, patience } from '../client';
import { fine, type Outcome, takeAtMost } from '../words';

export async function reload(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(0, words);
  const configuration = client.bus.object(configurationInterface, { name: connmanBusName, path: configurationPath });
  try {
    const [applied, atNextStart] = await configuration.call('Reload', [], patience);
    client.out(applied.length > 0 ? `In force: ${applied.join(', ')}\n` : 'No change to apply\n');
    if (atNextStart.length > 0) client.out(`At the next start of connmand: ${atNextStart.join(', ')}\n`);
  } catch (error) {
    client.tell('reloading the configuration', error);
  }
  return fine;
}
