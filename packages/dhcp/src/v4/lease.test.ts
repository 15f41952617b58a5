import type { Ipv4Address } from '@connman/inet';
import { ip } from '../../test/scripted-server';
import { infinite, readLease } from './lease';
import { OptionWriter, option } from './options';

const server = ip('192.0.2.1');

function read(fill: (writer: OptionWriter) => void = () => {}, address: Ipv4Address = ip('192.0.2.10')) {
  const writer = new OptionWriter().add(option.subnetMask, ip('255.255.255.0')).add(option.leaseTime, 3600);
  fill(writer);
  return readLease(address, server, writer.options);
}

function leaseOf(fill?: (writer: OptionWriter) => void, address?: Ipv4Address) {
  const result = read(fill, address);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

test('a lease without anything but an address, a mask and a time', () => {
  expect(leaseOf()).toEqual({
    lease: {
      address: '192.0.2.10',
      prefixLength: 24,
      server,
      routes: [],
      nameservers: [],
      domain: '',
      searchDomains: [],
      timeservers: [],
      mtu: 0,
      hostname: '',
      proxyAutoConfigUrl: '',
      captivePortalUrl: '',
      metered: false,
      leaseSeconds: 3600,
      t1Seconds: 1800,
      t2Seconds: 3150,
    },
    notes: [],
  });
});

test.each<[string, number | undefined, number | undefined, number | undefined, number[]]>([
  ['no times', undefined, undefined, undefined, [3600, 1800, 3150]],
  ['T1 and T2 of the server', 100, 20, 60, [100, 20, 60]],
  ['T1 alone', 100, 20, undefined, [100, 20, 87]],
  ['T2 alone', 100, undefined, 60, [100, 30, 60]],
  ['T2 alone, late', 100, undefined, 95, [100, 47, 95]],
  ['odd seconds', 11, undefined, undefined, [11, 5, 9]],
  ['T1 after T2', 100, 70, 60, [100, 50, 87]],
  ['T2 after the end', 100, 50, 100, [100, 50, 87]],
  ['T1 of 0', 100, 0, 60, [100, 50, 87]],
  ['less than ten seconds', 3, 1, 2, [10, 1, 2]],
  ['for ever', infinite, 5, 6, [infinite, infinite, infinite]],
])('times: %s', (_, lease, t1, t2, expected) => {
  const { lease: taken } = leaseOf((writer) => {
    writer.options.delete(option.leaseTime.code);
    if (lease !== undefined) writer.add(option.leaseTime, lease);
    if (t1 !== undefined) writer.add(option.renewalTime, t1);
    if (t2 !== undefined) writer.add(option.rebindingTime, t2);
  });
  expect([taken.leaseSeconds, taken.t1Seconds, taken.t2Seconds]).toEqual(expected);
});

test.each<[string, string | undefined, string, number]>([
  ['of the server', '255.255.255.192', '192.0.2.10', 26],
  ['of a point-to-point link', '255.255.255.254', '192.0.2.10', 31],
  ['of one host', '255.255.255.255', '192.0.2.10', 32],
  ['missing in class A', undefined, '10.1.2.3', 8],
  ['missing in class B', undefined, '172.16.2.3', 16],
  ['missing in class C', undefined, '192.0.2.10', 24],
  ['with holes', '255.0.255.0', '192.0.2.10', 24],
  ['of zero', '0.0.0.0', '192.0.2.10', 24],
  ['too wide', '254.0.0.0', '10.1.2.3', 8],
])('subnet mask %s', (_, mask, address, length) => {
  const { lease } = leaseOf((writer) => {
    writer.options.delete(option.subnetMask.code);
    if (mask) writer.add(option.subnetMask, ip(mask));
  }, ip(address));
  expect(lease.prefixLength).toBe(length);
});

test('the first router that can be one is the default route, our own address is none', () => {
  const routers = [ip('0.0.0.0'), ip('192.0.2.10'), ip('192.0.2.7'), ip('192.0.2.8')];
  const { lease, notes } = leaseOf((writer) => writer.add(option.router, routers));
  expect(lease.routes).toEqual([{ destination: { address: '0.0.0.0', length: 0 }, gateway: '192.0.2.7' }]);
  expect(notes).toEqual(['router 0.0.0.0 is no host, ignored', 'router 192.0.2.10 is our own address, ignored']);
});

test('classless routes to where no host can be are left out, halves of the world stay', () => {
  const route = (address: string, length: number, gateway = '192.0.2.1') => ({
    destination: { address: ip(address), length },
    gateway: ip(gateway),
  });
  const fine = [route('0.0.0.0', 1), route('128.0.0.0', 1), route('10.0.0.0', 8, '0.0.0.0'), route('192.0.2.0', 24)];
  const bad = [
    route('127.0.0.0', 8),
    route('224.0.0.0', 4),
    route('10.9.0.0', 16, '224.0.0.1'),
    route('10.8.0.0', 16, '192.0.2.10'),
  ];
  const { lease, notes } = leaseOf((writer) => writer.add(option.classlessRoutes, [...fine, ...bad]));
  expect(lease.routes).toEqual(fine);
  expect(notes).toHaveLength(bad.length);
});

test('servers that no host can be are left out, each stands once, sixteen at most', () => {
  const list = ['0.0.0.0', '192.0.2.53', '192.0.2.53', '255.255.255.255', '127.0.0.1', '192.0.2.54'].map(ip);
  const { lease } = leaseOf((writer) => writer.add(option.domainNameServer, list).add(option.ntpServers, list));
  expect(lease.nameservers).toEqual(['192.0.2.53', '192.0.2.54']);
  expect(lease.timeservers).toEqual(['192.0.2.53', '192.0.2.54']);
  const many = Array.from({ length: 60 }, (_, i) => ip(`192.0.2.${i + 1}`));
  expect(leaseOf((writer) => writer.add(option.domainNameServer, many)).lease.nameservers).toHaveLength(16);
});

test('option 15 with several names is a search list, unless option 119 gives one or one of them is bad', () => {
  const domains = (text: string, search: string[] = []) => {
    const { lease } = leaseOf((writer) => {
      writer.add(option.domainName, text);
      if (search.length > 0) writer.add(option.domainSearch, search);
    });
    return [lease.domain, lease.searchDomains];
  };
  expect(domains('lab.example')).toEqual(['lab.example', []]);
  expect(domains('a.example  b.example')).toEqual(['a.example', ['a.example', 'b.example']]);
  expect(domains('a.example,b.example, c.example')[1]).toEqual(['a.example', 'b.example', 'c.example']);
  expect(domains('a.example b.example', ['c.example'])).toEqual(['a.example', ['c.example']]);
  expect(domains('a.example b;c')).toEqual(['', []]);
  expect(domains('a.example\tb.example')).toEqual(['', []]);
});

test('localhost is every machine’s own name and none that a network gives', () => {
  const hostname = (text: string) => leaseOf((writer) => writer.add(option.hostName, text)).lease.hostname;
  expect(['localhost', 'LocalHost.localdomain', 'box.localhost', 'localhosting'].map(hostname)).toEqual([
    '',
    '',
    '',
    'localhosting',
  ]);
});

test('of more classless routes than any network needs 256 count, the default route among them', () => {
  const route = (n: number) => ({
    destination: { address: ip(`10.${n >> 8}.${n & 255}.0`), length: 24 },
    gateway: server,
  });
  const toAll = { destination: { address: ip('0.0.0.0'), length: 0 }, gateway: server };
  const many = [...Array.from({ length: 7000 }, (_, n) => route(n)), toAll];
  const { lease, notes } = leaseOf((writer) => writer.add(option.classlessRoutes, many));
  expect([lease.routes.length, lease.routes[0], lease.routes.at(-1)]).toEqual([256, route(0), toAll]);
  expect(notes).toEqual(['7001 classless static routes, the first 256 taken']);
});

test.each<[string, (writer: OptionWriter) => void]>([
  ['mask', (writer) => writer.options.set(1, Uint8Array.of(255))],
  ['router', (writer) => writer.options.set(3, Uint8Array.of(1, 2, 3))],
  ['MTU', (writer) => writer.options.set(26, Uint8Array.of(5))],
  ['lease time', (writer) => writer.options.set(51, Uint8Array.of(1))],
  ['domain search', (writer) => writer.options.set(119, Uint8Array.of(9))],
])('a malformed %s option is ignored, with a word about it', (name, spoil) => {
  const { notes } = leaseOf(spoil);
  expect(notes.some((note) => note.includes(name) && note.includes('malformed'))).toBe(true);
});

test('notes about long texts of a server are short', () => {
  const { notes } = leaseOf((writer) => writer.add(option.domainName, `${'x'.repeat(250)};`));
  expect(notes[0]?.length).toBeLessThan(130);
});

test('ANDROID_METERED in the vendor-specific information says that it is paid by the byte, and nothing else does', () => {
  const metered = (text: string) => leaseOf((writer) => void writer.add(option.vendorSpecific, text)).lease.metered;
  expect(['ANDROID_METERED', '\x01\x0fANDROID_METERED', 'android_metered', 'MSFT'].map(metered)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
