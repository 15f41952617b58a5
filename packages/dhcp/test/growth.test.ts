/** Nothing that a server or a client of ours sends costs more than n log n of its length. */
import { instant } from '@connman/base';
import { ipv4FromUint32, ipv4ToUint32, type MacAddress } from '@connman/inet';
import { growthOf } from '@connman/testkit/steps';
import { readLease } from '../src/v4/lease';
import { OptionWriter, option } from '../src/v4/options';
import { type Binding, poolOf } from '../src/v4/pool';
import { namesIn } from '../src/v6/options';
import { ip } from './scripted-server';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const address = (i: number) => ipv4FromUint32(ipv4ToUint32(ip('10.0.0.10')) + i);

test.each<[string, (writer: OptionWriter, count: number) => void]>([
  [
    'routes',
    (writer, count) => {
      const routes = numbers(count).map((i) => ({
        destination: { address: address(i), length: 32 },
        gateway: ip('192.0.2.1'),
      }));
      writer.add(option.classlessRoutes, routes);
    },
  ],
  ['name servers', (writer, count) => writer.add(option.domainNameServer, numbers(count).map(address))],
  [
    'domains in option 15',
    (writer, count) =>
      writer.add(
        option.domainName,
        numbers(count)
          .map((i) => `d${i}.example`)
          .join(' '),
      ),
  ],
  [
    'search domains',
    (writer, count) =>
      writer.add(
        option.domainSearch,
        numbers(count).map((i) => `d${i}.example`),
      ),
  ],
])('a lease with many %s', (_name, add) => {
  const growth = growthOf(60, (count) => {
    const writer = new OptionWriter().add(option.leaseTime, 3600);
    add(writer, count);
    return () => void readLease(ip('192.0.2.10'), ip('192.0.2.1'), writer.options);
  });
  expect(growth).toBeLessThan(5);
});

test('domains of DHCPv6', () => {
  const bytes = (count: number) => Uint8Array.from(numbers(count).flatMap((i) => [2, 97 + (i % 26), 98, 0]));
  expect(growthOf(100, (count) => () => void namesIn(bytes(count)))).toBeLessThan(5);
});

test('leases of an earlier run', () => {
  const bindings = (count: number) =>
    numbers(count).map((i): Binding => {
      const mac = `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
      return { client: mac, mac: mac as MacAddress, address: address(i), hostname: '', until: instant(1) };
    });
  const growth = growthOf(60, (count) => {
    const given = bindings(count);
    return () => void poolOf(address(0), address(count), given);
  });
  expect(growth).toBeLessThan(5);
});
