// Every pair of client and daemon has the same conversation: what a user of one sees, a user of the other sees.
import { debian, ours } from '../netns/lab/subject';
import { conversation } from './conversation';
import { type Answer, play, toLines } from './session';

jest.setTimeout(120_000);

let reference: Answer[];

beforeAll(async () => {
  reference = await play({ daemon: debian, client: debian }, conversation);
});

test("our connmanctl shows of Debian's connmand what Debian's shows", async () => {
  const answers = await play({ daemon: debian, client: ours }, conversation);
  expect(toLines(answers)).toEqual(toLines(reference));
});

test("Debian's connmanctl shows of our connmand what it shows of Debian's", async () => {
  const answers = await play({ daemon: ours, client: debian }, conversation);
  expect(toLines(answers)).toEqual(toLines(reference));
});

test('our connmanctl shows of our connmand the same', async () => {
  const answers = await play({ daemon: ours, client: ours }, conversation);
  expect(toLines(answers)).toEqual(toLines(reference));
});
