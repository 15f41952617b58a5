// A program with two parts: says what it got of them, and whether they share its own class.
import { loadPart } from '@connman/linux';
import { Shared } from './shared';

const radio = loadPart<typeof import('./radio')>('radio');
const words = [
  radio ? `radio ${radio.make() instanceof Shared}, ${radio.onlyHere()}` : 'no radio',
  loadPart('modem') ? 'modem' : 'no modem',
];
process.stdout.write(`${words.join('; ')}\n`);
