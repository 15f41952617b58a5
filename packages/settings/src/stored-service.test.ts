import { Secret } from '@connman/base';
import { parseIpv4, parseIpv6 } from '@connman/inet';
import { formatProblem, type Problem } from './problem';
import { formatModified, readStoredService, type StoredService, writeStoredService } from './stored-service';

const wired = 'ethernet_525400123456_cable';
const ip4 = (text: string) => parseIpv4(text) ?? fail(text);
const ip6 = (text: string) => parseIpv6(text) ?? fail(text);
const fail = (text: string): never => {
  throw new Error(text);
};

function read(identifier: string, content: string) {
  const problems: Problem[] = [];
  const service = readStoredService('settings', identifier, content, problems);
  return { service, problems: problems.map(formatProblem) };
}

const defined = (value: object | undefined) => JSON.parse(JSON.stringify(value ?? null));

// Written by ConnMan 1.41.
const dynamic = `[${wired}]
Name=Wired
AutoConnect=true
Modified=2026-11-21T02:43:22Z
IPv4.method=dhcp
IPv4.DHCP.LastAddress=10.9.0.58
IPv6.method=auto
IPv6.privacy=disabled
`;

// Written by ConnMan 1.41.
const manual = `[${wired}]
Name=Wired
AutoConnect=false
Modified=2026-11-21T02:44:05Z
IPv4.method=manual
IPv4.netmask_prefixlen=24
IPv4.local_address=10.9.0.7
IPv4.gateway=10.9.0.1
IPv6.method=manual
IPv6.privacy=disabled
IPv6.netmask_prefixlen=64
IPv6.local_address=fd00::7
IPv6.gateway=fd00::1
Nameservers=1.1.1.1;9.9.9.9;
Timeservers=a.example;b\\;c;--domains;home.lan;
Domains=home.lan;x.lan;
Proxy.Method=manual
Proxy.Servers=http://p:3128;q:1;
Proxy.Excludes=a;b;
mDNS=true
`;

test('a service that ConnMan stored is read', () => {
  expect(read(wired, dynamic).problems).toEqual([]);
  expect(defined(read(wired, dynamic).service)).toEqual({
    name: 'Wired',
    autoConnect: true,
    modified: '2026-11-21T02:43:22Z',
    ipv4: { method: 'dhcp', lastAddress: '10.9.0.58' },
    ipv6: { method: 'auto', privacy: 'disabled' },
  });
  expect(defined(read(wired, manual).service)).toEqual({
    name: 'Wired',
    autoConnect: false,
    modified: '2026-11-21T02:44:05Z',
    ipv4: { method: 'manual', prefixLength: 24, address: '10.9.0.7', gateway: '10.9.0.1' },
    ipv6: { method: 'manual', privacy: 'disabled', prefixLength: 64, address: 'fd00::7', gateway: 'fd00::1' },
    nameservers: ['1.1.1.1', '9.9.9.9'],
    timeservers: ['a.example', 'b;c', '--domains', 'home.lan'],
    domains: ['home.lan', 'x.lan'],
    proxy: { method: 'manual', servers: ['http://p:3128', 'q:1'], excludes: ['a', 'b'] },
    mdns: true,
  });
});

test.each([
  ['dynamic', dynamic],
  ['manual', manual],
])('a %s service is written as ConnMan writes it, letter for letter', (_, content) => {
  const service = read(wired, content).service ?? fail('no group');
  expect(writeStoredService(wired, service, '')).toBe(content);
  expect(writeStoredService(wired, service, content)).toBe(content);
});

test('a wifi service keeps network, favorite and passphrase, and the passphrase does not print', () => {
  const id = 'wifi_dc85de828967_486f6d65_managed_psk';
  const service: StoredService = {
    name: 'Home',
    ssid: '486f6d65',
    frequency: 2437,
    favorite: true,
    autoConnect: true,
    passphrase: new Secret('a;b#"\\ ä '),
    hidden: true,
    configFile: 'office',
    configIdent: 'service_home',
  };
  const content = writeStoredService(id, service, '');
  expect(content).toBe(`[${id}]
Name=Home
SSID=486f6d65
Frequency=2437
Favorite=true
AutoConnect=true
Passphrase=a;b#\\\\"\\\\\\\\ \\\\303\\\\244${' '}
Hidden=true
Config.file=office
Config.ident=service_home
`);
  const back = read(id, content).service;
  expect(back?.passphrase?.reveal()).toBe('a;b#"\\ ä ');
  expect(JSON.stringify(back)).toContain('"passphrase":"***"');
});

test.each<[string, string, StoredService, string]>([
  ['AutoConnect of a service that is no favorite', wired, { favorite: false, autoConnect: true }, ''],
  ['mDNS and Hidden that are off', wired, { mdns: false, hidden: false }, ''],
  ['empty lists', wired, { nameservers: [], domains: [], timeservers: [] }, ''],
  ['SplitRouting of a wire', wired, { splitRouting: true }, ''],
  [
    'the last address once the method is another',
    wired,
    { ipv4: { method: 'off', lastAddress: ip4('10.0.0.1'), address: ip4('10.0.0.2'), prefixLength: 8 } },
    'IPv4.method=off\n',
  ],
  [
    'a static address once the method is automatic',
    wired,
    { ipv6: { method: 'auto', address: ip6('fd00::7'), lastAddress: ip6('fd00::8'), lastPrefixes: ['fd00:1::/64'] } },
    'IPv6.method=auto\nIPv6.DHCP.LastAddress=fd00::8\nIPv6.DHCP.LastPrefixes=fd00:1::/64;\n',
  ],
])('%s is not kept', (_, identifier, service, expected) => {
  const head = `[${identifier}]\nName=x\n`;
  expect(writeStoredService(identifier, { name: 'x', ...service }, '')).toBe(head + expected);
});

test('the peer and broadcast addresses that ConnMan writes for both families are kept', () => {
  const written = ['IPv4.peer_address=10.9.0.1', 'IPv4.broadcast_address=10.9.0.255'];
  written.push('IPv6.peer_address=fd00::1', 'IPv6.broadcast_address=ff02::1');
  const content = `${manual}${written.join('\n')}\n`;
  const { service, problems } = read(wired, content);
  expect(problems).toEqual([]);
  for (const line of written) expect(writeStoredService(wired, service ?? fail('no group'), '')).toContain(line);
});

test('a VPN keeps AutoConnect and SplitRouting', () => {
  const content = writeStoredService('vpn_host', { favorite: true, autoConnect: false, splitRouting: true }, '');
  expect(content).toBe('[vpn_host]\nAutoConnect=false\nSplitRouting=true\n');
});

test.each(['strict', 'yes'])('DNSOverTLS=%s stays where a person wrote it', (word) => {
  const previous = dynamic.replace('AutoConnect', `DNSOverTLS=${word}\nAutoConnect`);
  const { service, problems } = read(wired, previous);
  expect(service?.dnsOverTls).toBe(word === 'strict' ? 'strict' : undefined);
  expect(problems).toEqual(
    word === 'strict' ? [] : ['settings:3: DNSOverTLS is "yes"; expected off, opportunistic or strict'],
  );
  expect(writeStoredService(wired, service ?? {}, previous)).toBe(previous);
  expect(writeStoredService(wired, { ...service, dnsOverTls: 'off' }, previous)).toBe(previous);
});

test('what is not ours survives a change, and what is no longer wanted goes', () => {
  const previous = `# a note\n[other]\nkey=1\n\n${manual}Future.Key=yes\n`;
  const { service } = read(wired, previous);
  const next = writeStoredService(wired, { ...service, mdns: false, domains: [] }, previous);
  expect(next).toBe(previous.replace('Domains=home.lan;x.lan;\n', '').replace('mDNS=true\n', ''));
});

test('a value that does not fit is named and counts as absent; empty ones are nothing to report', () => {
  const { service, problems } = read(
    wired,
    `[${wired}]\nIPv4.method=static\nIPv6.method=auto\nIPv6.gateway=\nFavorite=maybe\nModified=now\nName=x\n`,
  );
  expect(defined(service)).toEqual({ name: 'x', ipv6: { method: 'auto' } });
  expect(problems).toEqual([
    'settings:2: IPv4.method is "static"; expected dhcp, manual, off, fixed or auto',
    'settings:5: Favorite is "maybe"; expected true, false, 1 or 0',
    'settings:6: Modified is "now"; expected a time such as 2025-01-02T03:04:05Z',
  ]);
});

test('a file without the group of the service holds nothing of it', () => {
  expect(read(wired, '[ethernet_other_cable]\nName=x\n').service).toBeUndefined();
});

test('the time of a change is local time with a Z', () => {
  const time = new Date(2025, 0, 2, 3, 4, 5, 678).getTime();
  expect(formatModified(time)).toBe('2025-01-02T03:04:05Z');
});

test('a line that cannot be read is named, but not shown: it may hold a secret', () => {
  expect(read(wired, `[${wired}]\nName=x\nPassphrase secret\n`).problems).toEqual([
    'settings:3: found "***"; expected key=value, [group] or a # comment',
  ]);
});
