import { silentLogger } from '@connman/base';
import { ManualClock } from '@connman/testkit';
import type { Bus } from './bus';
import { followProgram } from './follow-program';

const settled = () => new Promise(setImmediate);

/** A program that lists nothing, or what the test lets it. */
function program() {
  const said: string[] = [];
  const questions: { answer(list: string): void; refuse(): void }[] = [];
  let tell = (_owner: string | undefined) => {};
  const watchOwner: Bus['watchOwner'] = (_name, listener) => {
    tell = listener;
    return () => said.push('unwatched');
  };
  const clock = new ManualClock();
  const end = followProgram<string>({
    ...{ bus: { watchOwner } as Bus, clock, log: silentLogger, name: 'org.example', complaint: 'it lists nothing' },
    list: () =>
      new Promise((resolve, reject) => questions.push({ answer: resolve, refuse: () => reject(new Error('busy')) })),
    up: (list) => said.push(`up ${list}`),
    down: () => said.push('down'),
  });
  return { said, questions, clock, end, owner: (owner: string | undefined) => tell(owner) };
}

test('a program is asked when it appears, and again every two seconds until it says what it has', async () => {
  const { said, questions, clock, owner } = program();
  owner(undefined);
  owner(':1.7');
  questions[0]?.refuse();
  await settled();
  expect([said, questions.length]).toEqual([['down'], 1]);
  clock.advance(2000);
  questions[1]?.answer('two modems');
  await settled();
  clock.advance(10_000);
  expect([said, questions.length]).toEqual([['down', 'up two modems'], 2]);
});

test('what a program that has left since answers is of no account, and it is not asked again', async () => {
  const { said, questions, clock, owner } = program();
  owner(':1.7');
  owner(undefined);
  questions[0]?.refuse();
  owner(':1.8');
  owner(':1.9');
  questions[1]?.answer('of 1.8');
  questions[2]?.answer('of 1.9');
  await settled();
  clock.advance(10_000);
  expect([said, questions.length]).toEqual([['down', 'up of 1.9'], 3]);
});

test('after the end nothing is asked and nothing is reported', async () => {
  const { said, questions, clock, owner, end } = program();
  owner(':1.7');
  questions[0]?.refuse();
  await settled();
  end();
  clock.advance(10_000);
  expect([said, questions.length]).toEqual([['unwatched'], 1]);
});
