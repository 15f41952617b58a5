import { CallQueue } from './call-queue';
import type { Message } from './message';

const limits = { callsPerSender: 3, bytesPerSender: 100, queuedCallBytes: 250 };

function call(sender: string, member: string, bytes = 10): Message {
  return { sender, member, body: new Uint8Array(bytes).fill(7), fds: [] } as unknown as Message;
}

function drain(queue: CallQueue): string[] {
  const order: string[] = [];
  for (let next = queue.take(); next; next = queue.take()) order.push(`${next.sender} ${next.member}`);
  return order;
}

test('senders take turns, and each one’s calls stay in order', () => {
  const queue = new CallQueue(limits);
  for (const [sender, member] of [
    ['a', '1'],
    ['a', '2'],
    ['a', '3'],
    ['b', '1'],
    ['c', '1'],
    ['c', '2'],
  ] as const)
    expect(queue.offer(call(sender, member))).toBe(true);
  expect(drain(queue)).toEqual(['a 1', 'b 1', 'c 1', 'a 2', 'c 2', 'a 3']);
  expect(queue.isEmpty).toBe(true);
});

test('a sender with too many calls is refused, and may ask again when some were served', () => {
  const queue = new CallQueue(limits);
  const accepted = ['1', '2', '3', '4'].map((member) => queue.offer(call('a', member, 1)));
  expect(accepted).toEqual([true, true, true, false]);
  expect(queue.offer(call('b', '1'))).toBe(true);
  queue.take();
  expect(queue.offer(call('a', '5', 1))).toBe(true);
});

test('bytes are limited for a sender and for all', () => {
  const queue = new CallQueue(limits);
  expect(queue.offer(call('a', '1', 90))).toBe(true);
  expect(queue.offer(call('a', '2', 20))).toBe(false);
  expect(queue.offer(call('b', '1', 90))).toBe(true);
  expect(queue.offer(call('c', '1', 90))).toBe(false);
  drain(queue);
  expect(queue.offer(call('c', '1', 90))).toBe(true);
});

test('what is kept does not change with the buffer it was read from', () => {
  const queue = new CallQueue(limits);
  const message = call('a', '1');
  queue.offer(message);
  message.body.fill(0xee);
  expect(queue.take()?.body).toEqual(new Uint8Array(10).fill(7));
});
