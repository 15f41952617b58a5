import { constants } from 'node:os';
import { instant, lineLogger } from '@connman/base';
import type { Ipv6Address } from '@connman/inet';
import { MemoryFiles } from '@connman/testkit';
import { lease6Of, leaseOf } from '../../test/simulation/scripted-dhcp';
import { decodeLease, LeaseFiles } from './lease-files';
import { leaseOf as readLease, lease6Of as readLease6 } from './lease-json';

const runFolder = '/run/connman';
const service = 'ethernet_020000000001_cable';
const lease = {
  ...leaseOf('10.0.0.5', { domain: 'home.test', mtu: 1400 }),
  hostname: 'desk',
  searchDomains: ['a.test', 'b.test'],
};
const kept = { lease, since: instant(12_345) };

function scene(files = new MemoryFiles().putFolder(runFolder), bootId = 'boot') {
  const lines: string[] = [];
  const log = lineLogger({ write: (text) => lines.push(text), level: 'info', severityPrefix: false, prefix: '' });
  return { files, lines, leases: new LeaseFiles('leases', readLease, { files, runFolder, bootId, log }) };
}

test('a lease is read again as it was kept, by root alone', () => {
  const { files, leases } = scene();
  leases.keep(service, kept);
  expect(files.status(`${runFolder}/leases/${service}`)?.mode).toBe(0o600);
  expect([...scene(files).leases.read()]).toEqual([[service, kept]]);
  leases.drop(service);
  expect([...leases.read()]).toEqual([]);
});

test('a lease of another boot is removed', () => {
  const { files, leases } = scene();
  leases.keep(service, kept);
  expect([...scene(files, 'another').leases.read()]).toEqual([]);
  expect(files.list(`${runFolder}/leases`)).toEqual([]);
});

test('a file with any byte changed, or cut anywhere, is a lease with sound values or none', () => {
  const text = JSON.stringify({ bootId: 'boot', since: 1, lease });
  for (let at = 0; at < text.length; at++) {
    decodeLease(text.slice(0, at), 'boot', readLease);
    const damaged = `${text.slice(0, at)}\u0001${text.slice(at + 1)}`;
    const read = decodeLease(damaged, 'boot', readLease);
    if (read) expect(Object.keys(read.lease).sort()).toEqual(Object.keys(lease).sort());
  }
});

test.each([
  ['no text', ''],
  ['no object', '[]'],
  ['an address that is none', JSON.stringify({ bootId: 'boot', since: 1, lease: { ...lease, address: '10.0.0' } })],
  ['a route to nowhere', JSON.stringify({ bootId: 'boot', since: 1, lease: { ...lease, routes: [{}] } })],
  ['a prefix of 33', JSON.stringify({ bootId: 'boot', since: 1, lease: { ...lease, prefixLength: 33 } })],
  ['no moment', JSON.stringify({ bootId: 'boot', lease })],
])('%s is no lease', (_what, text) => {
  expect(decodeLease(text, 'boot', readLease)).toBeUndefined();
});

test('a run folder that is missing is not made', () => {
  const { files, leases } = scene(new MemoryFiles());
  leases.keep(service, kept);
  expect([files.changes, [...leases.read()]]).toEqual([[], []]);
});

test('a lease that cannot be read costs no other one', () => {
  const { files, lines, leases } = scene();
  for (const name of ['a', 'b', 'c']) leases.keep(name, kept);
  files.fault = (call, path) => (call === 'read' && path.endsWith('/b') ? constants.errno.EIO : undefined);
  expect([...leases.read().keys()]).toEqual(['a', 'c']);
  expect(lines).toHaveLength(1);
});

test('a fault is told once, until it is cured', () => {
  const { files, lines, leases } = scene();
  files.fault = (call) => (call === 'writeAtomic' ? constants.errno.ENOSPC : undefined);
  leases.keep(service, kept);
  leases.keep(service, kept);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/ENOSPC.*without the rest of their leases/);
});

test('a DHCPv6 lease with its prefixes is read again as it was kept; damaged anywhere it is sound or none', () => {
  const prefix = {
    prefix: { address: '2001:db8:1::' as Ipv6Address, length: 56 },
    preferredSeconds: 60,
    validSeconds: 90,
  };
  const lease6 = { ...lease6Of('2001:db8::5'), prefixes: [prefix] };
  const text = JSON.stringify({ bootId: 'boot', since: 1, lease: lease6 });
  expect(decodeLease(text, 'boot', readLease6)).toEqual({ since: 1, lease: lease6 });
  for (let at = 0; at < text.length; at++) {
    decodeLease(text.slice(0, at), 'boot', readLease6);
    const read = decodeLease(`${text.slice(0, at)}\u0001${text.slice(at + 1)}`, 'boot', readLease6);
    if (read) expect(Object.keys(read.lease).sort()).toEqual(Object.keys(lease6).sort());
  }
});
