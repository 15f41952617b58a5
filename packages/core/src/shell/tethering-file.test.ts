import { decodeTethering } from './tethering-file';

const shared = [{ type: 'ethernet', uplink: 'eth0' }];
const prefix = { prefix: 'fd01:203:405::', isOwn: true };
const ipv6 = { prefix: { ...prefix, preferredUntil: 5000 }, formerPrefixes: [{ prefix: '2001:db8::', until: 9000 }] };
const kept = { network: '192.168.0.0', ...ipv6, shared };
const decode = (value: object) => decodeTethering(JSON.stringify({ bootId: 'boot', ...value }), 'boot');

test('what was kept is read as it was', () => {
  expect(decode(kept)).toEqual(kept);
});

test('of another boot, or damaged, it is nothing', () => {
  expect(decodeTethering(JSON.stringify({ bootId: 'other', ...kept }), 'boot')).toBeUndefined();
  expect(decodeTethering('{"bootId":"boot","shared":[', 'boot')).toBeUndefined();
});

test.each([
  [{ prefix: { ...prefix, prefix: '10.0.0.0' } }],
  [{ prefix: { ...prefix, isOwn: 'yes' } }],
  [{ prefix: 'fd01::' }],
  [{ formerPrefixes: 'fd01::' }],
  [{ formerPrefixes: [{ prefix: 'fd01::' }, { prefix: 'x', until: 1 }] }],
])('IPv6 that is damaged is left out: %j', (damaged) => {
  expect(decode({ network: '192.168.0.0', shared, ...damaged })).toEqual({ network: '192.168.0.0', shared });
});

test('without a network nothing is shared', () => {
  expect(decode({ ...ipv6, shared })).toEqual({ shared: [] });
});
