import { formatStaticRoute, parseStaticRoute } from './static-route';

test.each([
  ['192.0.2.0/24 via 10.0.0.1', '192.0.2.0/24 via 10.0.0.1'],
  [' 192.0.2.77/24   via 10.0.0.1 ', '192.0.2.0/24 via 10.0.0.1'],
  ['192.0.2.7', '192.0.2.7/32'],
  ['2001:db8:9::/48 via fe80::1', '2001:db8:9::/48 via fe80::1'],
  ['2001:DB8::7', '2001:db8::7/128'],
])('the route %s is %s', (text, route) => {
  const parsed = parseStaticRoute(text);
  expect(parsed && formatStaticRoute(parsed)).toBe(route);
});

test.each([
  '',
  'via 10.0.0.1',
  '0.0.0.0/0 via 10.0.0.1',
  '::/0',
  'default via 10.0.0.1',
  '192.0.2.0/33',
  '192.0.2.0/24 via',
  '192.0.2.0/24 via fe80::1',
  '192.0.2.0/24 10.0.0.1',
  '192.0.2.0/24 via 10.0.0.1 dev eth0',
])('%j is no static route', (text) => {
  expect(parseStaticRoute(text)).toBeUndefined();
});
