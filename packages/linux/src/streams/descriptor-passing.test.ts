import { readdirSync, readFileSync } from 'node:fs';
import { addon } from '../addon';
import { must } from '../calls';
import { AF_UNIX, encodeUnix } from '../sockaddr';

const SOCK_STREAM = 1;
const MSG_CTRUNC = 8;
const EINVAL = 22;
const EBADF = 9;

const native = addon();
let one: number;
let other: number;

beforeAll(() => {
  const name = encodeUnix(`@descriptor-passing-${process.pid}`);
  const listener = must(native.socket(AF_UNIX, SOCK_STREAM, 0), 'socket', 'listener');
  must(native.bind(listener, name), 'bind', 'listener');
  must(native.listen(listener, 1), 'listen', 'listener');
  one = must(native.socket(AF_UNIX, SOCK_STREAM, 0), 'socket', 'one');
  must(native.connect(one, name), 'connect', 'one');
  other = must(native.accept(listener), 'accept', 'listener');
  native.close(listener);
});
afterAll(() => {
  native.close(one);
  native.close(other);
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Sends so many descriptors of a timer and receives them into a table with so much room. */
function pass(count: number, room: number): { length: number; flags: number; fds: number[] } {
  const timer = must(native.timerCreate(), 'timerfd_create', 'timer');
  const sent = native.sendDescriptors(one, Buffer.from('..xyz..'), new Int32Array(count).fill(timer), 2, 3);
  native.close(timer);
  expect(sent).toBe(3);
  const bytes = new Uint8Array(16);
  const table = new Int32Array(2 + room);
  const length = native.recvDescriptors(other, bytes, table);
  expect(Buffer.from(bytes.subarray(0, length)).toString()).toBe('xyz');
  return { length, flags: table[1] as number, fds: [...table.subarray(2, 2 + (table[0] as number))] };
}

test('up to 253 descriptors travel with the bytes, close-on-exec, and work on the other side', () => {
  const before = openDescriptors();
  for (const count of [0, 1, 253]) {
    const { fds, flags } = pass(count, 253);
    expect(fds).toHaveLength(count);
    expect(flags & MSG_CTRUNC).toBe(0);
    for (const fd of fds) {
      expect(native.timerSet(fd, 0)).toBe(0);
      expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/^flags:\s+02\d{6}$/m);
    }
    for (const fd of fds) native.close(fd);
  }
  expect(openDescriptors()).toBe(before);
});

test('descriptors for which there is no room are closed, and that some are missing is told', () => {
  const before = openDescriptors();
  const { fds, flags } = pass(5, 2);
  expect(fds).toHaveLength(2);
  expect(flags & MSG_CTRUNC).toBe(MSG_CTRUNC);
  expect(openDescriptors()).toBe(before + 2);
  for (const fd of fds) native.close(fd);
});

test('too many descriptors, one that is not open, and a part outside the bytes are refused', () => {
  const bytes = Buffer.from('x');
  expect(native.sendDescriptors(one, bytes, new Int32Array(254))).toBe(-EINVAL);
  expect(native.sendDescriptors(one, bytes, Int32Array.of(9999))).toBe(-EBADF);
  expect(native.sendDescriptors(one, bytes, new Int32Array(0), 0, 2)).toBe(-EINVAL);
  expect(native.send(one, bytes, 0, 1, 1)).toBe(-EINVAL);
});
