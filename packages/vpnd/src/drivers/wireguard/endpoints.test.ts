import type { IpAddress } from '@connman/inet';
import { firstEndpoint, nextEndpoint } from './endpoints';

const list = (...texts: string[]) => texts as unknown as IpAddress[];
const start = firstEndpoint(list('192.0.2.1', '2001:db8::1'), 0);
if (!start) throw new Error('there are addresses');
const quiet = { addresses: undefined, handshakeAgeSeconds: 10, sending: true, now: 20_000 };

test('the first address of the name is used', () => {
  expect(start.current).toBe('192.0.2.1');
  expect(firstEndpoint([], 0)).toBeUndefined();
});

test('while handshakes come the address stays, whatever order the name has its addresses in', () => {
  expect(nextEndpoint(start, { ...quiet, addresses: list('2001:db8::1', '192.0.2.1') }).current).toBe('192.0.2.1');
});

test('a name that moved is followed at once', () => {
  expect(nextEndpoint(start, { ...quiet, addresses: list('198.51.100.7') })).toMatchObject({
    current: '198.51.100.7',
    since: 20_000,
  });
});

test('without handshakes the next address gets its turn, and the first again after the last', () => {
  const silent = { ...quiet, handshakeAgeSeconds: Number.POSITIVE_INFINITY };
  const second = nextEndpoint(start, silent);
  expect(second.current).toBe('2001:db8::1');
  expect(nextEndpoint(second, { ...silent, now: 25_000 }).current).toBe('2001:db8::1');
  expect(nextEndpoint(second, { ...silent, now: 40_000 }).current).toBe('192.0.2.1');
});

test('a peer that nothing is sent to is not missed, and a resolver that is down changes nothing', () => {
  expect(nextEndpoint(start, { ...quiet, handshakeAgeSeconds: 1000, sending: false })).toEqual(start);
  expect(nextEndpoint(start, quiet)).toEqual(start);
  expect(nextEndpoint(start, { ...quiet, addresses: [] })).toEqual(start);
});
