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

test('a server that speaks from another address is followed, and stays there until its name has others', () => {
  const [elsewhere] = list('198.51.100.7') as [IpAddress];
  const endpoint = { address: elsewhere, port: 9 };
  const roamed = nextEndpoint(start, { ...quiet, endpoint });
  expect(roamed).toMatchObject({ current: elsewhere, roamedTo: 9 });
  expect(nextEndpoint(roamed, { ...quiet, addresses: start.addresses, endpoint }).current).toBe(elsewhere);
  expect(nextEndpoint(roamed, { ...quiet, addresses: list('203.0.113.5'), endpoint }).current).toBe('203.0.113.5');
  const silent = { ...quiet, handshakeAgeSeconds: 1000, endpoint, now: 60_000 };
  expect(nextEndpoint(roamed, silent)).toEqual({ addresses: start.addresses, current: '192.0.2.1', since: 60_000 });
});

test('a kernel that still sends to an address that was given up is not followed', () => {
  const endpoint = { address: start.current, port: 51820 };
  const second = nextEndpoint(start, { ...quiet, handshakeAgeSeconds: 1000, endpoint });
  expect(second.current).toBe('2001:db8::1');
  expect(nextEndpoint(second, { ...quiet, handshakeAgeSeconds: 1000, endpoint }).current).toBe('2001:db8::1');
});

test('a peer that nothing is sent to is not missed, and a resolver that is down changes nothing', () => {
  expect(nextEndpoint(start, { ...quiet, handshakeAgeSeconds: 1000, sending: false })).toEqual(start);
  expect(nextEndpoint(start, quiet)).toEqual(start);
  expect(nextEndpoint(start, { ...quiet, addresses: [] })).toEqual(start);
});
