import { JoinAttempt } from './join-attempt';

const link = { ifindex: 7 };
const loss = { cause: 'by-peer', reason: 'gone' } as const;

test('it is associating until the call is answered and the link is there, whichever is last', () => {
  const attempt = new JoinAttempt();
  attempt.begin(3);
  expect(attempt.link(link, 'gone')).toEqual({ kind: 'associating', attempt: 3 });
  attempt.succeeded();
  expect(attempt.link(undefined, 'gone')).toEqual({ kind: 'associating', attempt: 3 });
  expect(attempt.link(link, 'gone')).toEqual({ kind: 'up', attempt: 3, ifindex: 7 });
});

test('a link that goes by itself is a loss until another connection begins, and ends the attempt', () => {
  const attempt = new JoinAttempt();
  attempt.begin(3);
  attempt.succeeded();
  attempt.link(link, 'gone');
  expect(attempt.link(undefined, 'gone')).toEqual({ kind: 'idle', loss });
  expect(attempt.number).toBe(0);
  expect(attempt.link(undefined, 'gone')).toEqual({ kind: 'idle', loss });
  attempt.begin(4);
  attempt.failed();
  expect(attempt.link(undefined, 'gone')).toEqual({ kind: 'idle' });
});

test('one that is left is idle at once, without a loss, and up again should it stay', () => {
  const attempt = new JoinAttempt();
  attempt.begin(3);
  attempt.succeeded();
  attempt.link(link, 'gone');
  attempt.leave();
  expect(attempt.link(link, 'gone')).toEqual({ kind: 'idle' });
  attempt.stays();
  expect(attempt.link(link, 'gone')).toEqual({ kind: 'up', attempt: 0, ifindex: 7 });
});

test('another program’s connection is up without an attempt; its end is a loss as well', () => {
  const attempt = new JoinAttempt();
  expect(attempt.link(link, 'gone')).toEqual({ kind: 'up', attempt: 0, ifindex: 7 });
  expect(attempt.link(undefined, 'gone')).toEqual({ kind: 'idle', loss });
});

test('after one was left the next connection of another program is shown', () => {
  const attempt = new JoinAttempt();
  attempt.begin(3);
  attempt.leave();
  expect(attempt.link(undefined, 'gone')).toEqual({ kind: 'idle' });
  expect(attempt.link(link, 'gone')).toEqual({ kind: 'up', attempt: 0, ifindex: 7 });
});
