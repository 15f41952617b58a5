import { type Instant, instant } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import { addressKey } from '../observed/keys';
import { PendingChanges } from './pending-changes';
import type { Change } from './plan';

const put = (host: number, ifindex = 1, validUntil?: Instant): Change => ({
  kind: 'put-address',
  address: { ifindex, address: `10.0.0.${host}` as IpAddress, prefixLength: 24, ...(validUntil && { validUntil }) },
});
const keyOf = (host: number, ifindex = 1) =>
  addressKey({ ifindex, address: `10.0.0.${host}` as IpAddress, prefixLength: 24 });
const remove = (host: number): Change => ({
  kind: 'remove-address',
  address: {
    ifindex: 1,
    address: `10.0.0.${host}` as IpAddress,
    prefixLength: 24,
    scope: 0,
    flags: 0,
    validSeconds: 0,
    preferredSeconds: 0,
    protocol: 109,
    heardAt: instant(0),
  },
});

/** Sends what is due at a moment; says what that was. */
function sender() {
  const pending = new PendingChanges();
  const send = (at: number, ...wanted: Change[]) => {
    const due = pending.due(wanted, instant(at));
    for (const change of due) pending.sent(change, instant(at));
    return due;
  };
  return { pending, send };
}

test('a change that was sent is not sent again while nothing was heard of it', () => {
  const { send } = sender();
  expect(send(0, put(5), put(6))).toEqual([put(5), put(6)]);
  expect(send(60_000, put(5), put(6))).toEqual([]);
});

test('another change of the same thing is sent at once', () => {
  const { send } = sender();
  send(0, put(5));
  const renewed = put(5, 1, instant(9));
  expect(send(1, renewed)).toEqual([renewed]);
  expect(send(2, remove(5))).toEqual([remove(5)]);
});

test('what was shown and is needed again is sent again', () => {
  const { pending, send } = sender();
  send(0, put(5));
  pending.shown(`address ${keyOf(5)}`);
  expect(send(1, put(5))).toEqual([put(5)]);
  // Not wanted for a turn means that it was there.
  expect(send(2)).toEqual([]);
  expect(send(3, put(5))).toEqual([put(5)]);
});

test('a fresh picture ends all waiting for an echo', () => {
  const { pending, send } = sender();
  send(0, put(5));
  pending.resynced();
  expect(send(1, put(5))).toEqual([put(5)]);
});

test('what is undone again and again waits, longer and longer, up to five seconds', () => {
  const { pending, send } = sender();
  const sent: number[] = [];
  for (let at = 0; at < 60_000; at += 10) {
    pending.shown(`address ${keyOf(5)}`);
    if (send(at, put(5)).length > 0) sent.push(at);
  }
  expect(sent.slice(0, 6)).toEqual([0, 10, 20, 30, 40, 50]);
  const pauses = sent.slice(6).map((at, i) => at - (sent[i + 5] ?? 0));
  expect(pauses.slice(0, 6)).toEqual([10, 500, 1000, 2000, 4000, 5000]);
  expect(Math.max(...pauses)).toBe(5000);
});

test('putting and removing a thing in turn without end comes to waiting too', () => {
  const { pending, send } = sender();
  let count = 0;
  for (let at = 0; at < 10_000; at += 5) {
    pending.shown(`address ${keyOf(5)}`);
    count += send(at, at % 10 === 0 ? put(5) : remove(5)).length;
  }
  expect(count).toBeLessThan(40);
});

test('a refused change waits and says until when', () => {
  const { pending, send } = sender();
  send(0, put(5));
  pending.refused(put(5), instant(0));
  expect(send(499, put(5))).toEqual([]);
  expect(pending.deadline()).toBe(500);
  expect(send(500, put(5))).toEqual([put(5)]);
  expect(pending.deadline()).toBeUndefined();
  for (let i = 0; i < 20; i++) {
    pending.refused(put(5), instant(1000));
    send(1000, put(5));
    send(6000, put(5));
  }
  pending.refused(put(5), instant(10_000));
  send(10_000, put(5));
  expect(pending.deadline()).toBe(15_000);
});

test('of several that wait the first to be due is the deadline', () => {
  const { pending, send } = sender();
  send(0, put(5), put(6));
  pending.refused(put(5), instant(300));
  pending.refused(put(6), instant(100));
  send(400, put(5), put(6));
  expect(pending.deadline()).toBe(600);
});

test('a link whose cable or power has changed begins again', () => {
  const { pending, send } = sender();
  send(0, put(5), put(5, 2));
  pending.refused(put(5), instant(0));
  pending.refused(put(5, 2), instant(0));
  pending.forgive(1);
  expect(send(1, put(5), put(5, 2))).toEqual([put(5)]);
});
