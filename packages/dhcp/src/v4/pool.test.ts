import { instant } from '@connman/base';
import { ip, mac } from '../../test/scripted-server';
import { addressFor, type Binding, bind, isFreeFor, poolOf, release, setAside } from './pool';

const t = instant;
const range = () => poolOf(ip('192.0.2.100'), ip('192.0.2.103'));
const client = (name: string) => ({ client: name, mac: mac('02:00:00:00:00:01') });
const binding = (client: string, last: number, until: number): Binding => ({
  client,
  mac: mac('02:00:00:00:00:01'),
  address: ip(`192.0.2.${last}`),
  hostname: '',
  until: t(until),
});

test('a client gets its own address again, also when its lease is over', () => {
  const pool = bind(range(), binding('a', 102, 1000));
  expect(addressFor(pool, client('a'), ip('192.0.2.101'), t(500))).toBe('192.0.2.102');
  expect(addressFor(pool, client('a'), undefined, t(5000))).toBe('192.0.2.102');
});

test('then the one it asks for, if that is free and of the pool', () => {
  const pool = bind(range(), binding('a', 102, 1000));
  expect(addressFor(pool, client('b'), ip('192.0.2.101'), t(0))).toBe('192.0.2.101');
  expect(addressFor(pool, client('b'), ip('192.0.2.102'), t(0))).not.toBe('192.0.2.102');
  expect(addressFor(pool, client('b'), ip('192.0.2.104'), t(0))).toMatch(/^192\.0\.2\.10[013]$/);
});

test('addresses that were never given go before those of former clients, of these the longest free first', () => {
  let pool = range();
  for (const [n, until] of [300, 100, 200].entries()) pool = bind(pool, binding(`client ${n}`, 100 + n, until));
  expect(addressFor(pool, client('new'), undefined, t(1000))).toBe('192.0.2.103');
  pool = bind(pool, binding('fourth', 103, 9000));
  expect(addressFor(pool, client('new'), undefined, t(1000))).toBe('192.0.2.101');
  expect(addressFor(pool, client('new'), undefined, t(50))).toBeUndefined();
});

test('an address that another host has is left alone until its time is over', () => {
  const pool = setAside(bind(range(), binding('a', 102, 1000)), ip('192.0.2.102'), { until: t(600) });
  expect(isFreeFor(pool, client('a'), ip('192.0.2.102'), t(599))).toBe(false);
  expect(addressFor(pool, client('a'), ip('192.0.2.102'), t(599))).not.toBe('192.0.2.102');
  expect(isFreeFor(pool, client('a'), ip('192.0.2.102'), t(600))).toBe(true);
});

test('a host that has an address without a lease may have it, and no other; its lease makes it no stranger', () => {
  const found = { until: t(600), mac: mac('02:00:00:00:00:01') };
  const pool = setAside(bind(range(), binding('a', 102, 10)), ip('192.0.2.102'), found);
  const stranger = { client: 'b', mac: mac('02:00:00:00:00:02') };
  expect(addressFor(pool, client('a'), undefined, t(500))).toBe('192.0.2.102');
  expect(isFreeFor(pool, stranger, ip('192.0.2.102'), t(599))).toBe(false);
  expect(isFreeFor(pool, stranger, ip('192.0.2.102'), t(600))).toBe(true);
  expect(bind(pool, binding('a', 102, 9000)).foreign.size).toBe(0);
});

test('a released address is free for others, and its client’s own if it comes first', () => {
  const pool = release(bind(range(), binding('a', 102, 1000)), 'a', t(10));
  expect(isFreeFor(pool, client('b'), ip('192.0.2.102'), t(10))).toBe(true);
  expect(addressFor(pool, client('a'), undefined, t(10))).toBe('192.0.2.102');
});

test('an address has one client and a client one address', () => {
  let pool = bind(range(), binding('a', 100, 10));
  pool = bind(pool, binding('a', 101, 20));
  pool = bind(pool, binding('b', 101, 30));
  expect([...pool.byAddress.keys(), ...pool.byClient.keys()]).toEqual(['192.0.2.101', 'b']);
});

test('what an earlier run left outside of the pool is not taken over', () => {
  const outside = poolOf(ip('192.0.2.100'), ip('192.0.2.103'), [binding('a', 99, 10), binding('b', 100, 10)]);
  expect([...outside.byClient.keys()]).toEqual(['b']);
});
