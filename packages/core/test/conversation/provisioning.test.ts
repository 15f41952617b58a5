/** Services that *.config files describe. */
import type { Ipv4Address } from '@connman/inet';
import type { Provision } from '../../src/model/service/provision';
import { online } from './begin';

const wired = (over: Partial<Provision> = {}): Provision => ({
  file: 'office',
  ident: 'desk',
  type: 'ethernet',
  settings: {
    ipv4: {
      method: 'manual',
      address: '192.0.2.5' as Ipv4Address,
      netmask: '255.255.255.0' as Ipv4Address,
      gateway: '192.0.2.1' as Ipv4Address,
    },
    ipv6: { method: 'off', privacy: 'disabled' },
    nameservers: ['192.0.2.53'],
    timeservers: [],
    domains: ['office.example'],
    mdns: false,
  },
  ...over,
});

function provision(bench: ReturnType<typeof online>['bench'], ...provisions: Provision[]) {
  bench.daemon.dispatch({ kind: 'provisions', provisions });
  bench.advance(1000);
}

const property = (bench: ReturnType<typeof online>['bench'], name: string) =>
  [...bench.daemon.snapshot.services.values()][0]?.get(name)?.value;

test('a section takes effect on a connected service at once, and no one else may change it (rules 68 and 205)', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  provision(bench, wired());
  expect(bench.addresses('eth0')).toEqual(['192.0.2.5/24']);
  expect(bench.state('eth0')).toBe('online');
  expect(property(bench, 'Immutable')).toBe(true);
  expect(property(bench, 'IPv4.Configuration')).toMatchObject({ Method: { value: 'fixed' } });
  const setting = { name: 'AutoConnect', value: false } as const;
  expect(bench.ask({ kind: 'configure', service, setting })).toEqual({ ok: false, error: 'NotSupported' });
  expect(bench.ask({ kind: 'remove', service })).toEqual({ ok: false, error: 'NotSupported' });
});

test('the same section read again changes nothing', () => {
  const { bench } = online();
  provision(bench, wired());
  bench.done();
  provision(bench, wired());
  expect(bench.done()).toEqual([]);
});

test('a section that goes takes its settings along, and what was stored of them (rule 78)', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  provision(bench, wired());
  bench.done();
  provision(bench);
  expect(bench.done('forget-service', 'dhcp-start')).toEqual(['dhcp-start eth0', `forget ${service}`].sort().reverse());
  expect(property(bench, 'Immutable')).toBe(false);
});

test.each([
  ['the MAC of another device', { mac: '02:00:00:00:00:99' }],
  ['the name of another device', { deviceName: 'eth7' }],
  ['another kind of network', { type: 'wifi' as const }],
])('a section with %s is for another service', (_, over) => {
  const { bench } = online();
  provision(bench, wired(over));
  expect(bench.addresses('eth0')).toEqual(['10.0.0.5/24']);
  expect(property(bench, 'Immutable')).toBe(false);
});

test.each([
  ['its MAC, which goes before the name', { mac: '02:00:00:00:00:01', deviceName: 'eth7' }],
  ['its name in other letters', { deviceName: 'ETH0' }],
])('a section with %s is for this service', (_, over) => {
  const { bench } = online();
  provision(bench, wired(over));
  expect(bench.addresses('eth0')).toEqual(['192.0.2.5/24']);
});

test('what an earlier run stored of a section that is gone is deleted at the start (rule 209)', () => {
  const { bench } = online();
  provision(bench, wired());
  bench.done();
  // No file says so any more when the next run begins.
  bench.restart();
  expect(bench.done('forget-service')).toHaveLength(1);
});
