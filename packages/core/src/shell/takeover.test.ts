/** A folder that ConnMan has written is taken over and can be handed back: every key is as it was after a write of ours. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { silentLogger } from '@connman/base';
import { ProviderStorage, Storage, serviceFields } from '@connman/settings';
import { MemoryFiles } from '@connman/testkit';
import type { Service } from '../model/service/service';
import { Secrets } from './secrets';
import { readStored, storeWriter } from './stored';

const wifi = 'wifi_020000000001_486f6d65_managed_psk';
const office = 'wifi_020000000001_4f6666696365_managed_ieee8021x';
const cafe = 'wifi_020000000001_43616665_managed_none';
const wired = 'ethernet_020000000001_cable';
const tunnel = 'vpn_office_example';

/** Which keys there are depends on the methods, so it takes several services to have them all. */
const stored: Readonly<Record<string, readonly string[]>> = {
  [wifi]: [
    ...['Name=Home', 'SSID=486f6d65', 'Frequency=2437', 'Favorite=true', 'AutoConnect=false'],
    ...['Modified=2025-01-02T03:04:05Z', 'Passphrase=correct horse', 'IPv4.method=dhcp'],
    ...['IPv4.DHCP.LastAddress=192.0.2.7', 'IPv6.method=auto', 'IPv6.privacy=prefered'],
    ...['IPv6.DHCP.LastAddress=2001:db8::7', 'IPv6.DHCP.LastPrefixes=2001:db8:1::/64;'],
    ...['IPv6.DHCP.DUID=0001000100000001020000000001', 'Nameservers=192.0.2.53;', 'Timeservers=ntp.example;'],
    ...['Domains=example.org;', 'Proxy.Method=auto', 'Proxy.URL=http://wpad.example/wpad.dat', 'mDNS=true'],
    ...[
      'Hidden=true',
      'MACAddressPolicy=stable',
      'Metered=yes',
      'DataBudget=2500M/month',
      'DataUsed=1000000',
      'DataMonth=2026-11',
      'Routes=192.0.2.0/24 via 10.0.0.1;',
      'WPA3=true',
      'DNSOverTLS=strict',
    ],
  ],
  [office]: [
    ...['Name=Office', 'SSID=4f6666696365', 'Favorite=true', 'AutoConnect=true', 'IPv4.method=dhcp'],
    ...['IPv6.method=auto', 'IPv6.privacy=disabled', 'EAP=peap', 'Identity=me', 'Phase2=MSCHAPV2'],
    ...[`ServerCertificate=${'ab'.repeat(32)}`, 'Passphrase=secret'],
  ],
  [cafe]: [
    ...['Name=Cafe', 'SSID=43616665', 'Favorite=true', 'AutoConnect=true', 'IPv4.method=dhcp'],
    ...['IPv6.method=auto', 'IPv6.privacy=disabled', 'OWE=true'],
  ],
  [wired]: [
    ...['Name=Wired', 'AutoConnect=true', 'IPv4.method=fixed', 'IPv4.netmask_prefixlen=24'],
    ...['IPv4.local_address=192.0.2.7', 'IPv4.peer_address=192.0.2.8', 'IPv4.broadcast_address=192.0.2.255'],
    ...['IPv4.gateway=192.0.2.1', 'IPv6.method=fixed', 'IPv6.privacy=disabled', 'IPv6.netmask_prefixlen=64'],
    ...['IPv6.local_address=2001:db8::7', 'IPv6.peer_address=2001:db8::8', 'IPv6.broadcast_address=ff02::1'],
    ...['IPv6.gateway=2001:db8::1', 'Proxy.Method=manual', 'Proxy.Servers=proxy.test:3128;', 'Proxy.Excludes=a;b;'],
    ...['Config.file=office', 'Config.ident=cable'],
  ],
  [tunnel]: ['Name=Office', 'AutoConnect=false', 'SplitRouting=true', 'IPv4.method=dhcp', 'IPv6.method=auto'],
};

const keyOf = (line: string) => line.slice(0, line.indexOf('='));
const fileOf = (id: string) => `/var/lib/connman/${id}/settings`;

/** What ConnMan stores, group by group: the table of what it offers, not our own. */
const surface = JSON.parse(readFileSync(path.resolve(__dirname, '../../../../docs/contract/surface.json'), 'utf8')) as {
  readonly groups: readonly { readonly about: string; readonly names: readonly string[] }[];
};
const storedByConnman = (about: RegExp) => surface.groups.filter((group) => about.test(group.about));

test('the services above have every key between them, that ConnMan stores and that we add', () => {
  const keys = new Set(Object.values(stored).flat().map(keyOf));
  const [connman] = storedByConnman(/^stored service settings /);
  const wanted = [...(connman?.names ?? []), ...Object.keys(serviceFields)];
  expect(wanted.length).toBeGreaterThan(70);
  expect(wanted.filter((key) => !keys.has(key))).toEqual([]);
});

test.each(Object.keys(stored))('every key of %s is as it was after it was read and written again', (id) => {
  const lines = stored[id] ?? [];
  const files = new MemoryFiles().putFile(fileOf(id), `[${id}]\n${lines.join('\n')}\n`);
  const storage = new Storage({ files, root: '/var/lib/connman', report: () => {} });
  const secrets = new Secrets();
  const settings = readStored(storage, secrets).services.get(id);
  const name = lines[0]?.slice('Name='.length);
  storeWriter(storage, secrets, silentLogger).writeService({ id, name, settings } as Service);
  const written = files.read(fileOf(id))?.split('\n') ?? [];
  expect(lines.filter((line) => !written.includes(line))).toEqual([]);
});

/** A text for each key that the table has; of those not named here any will do. */
const texts: Readonly<Record<string, string>> = {
  ...{ OfflineMode: 'false', TimeUpdates: 'manual', TimezoneUpdates: 'manual', Timeservers: 'a.example;b.example;' },
  ...{ Enable: 'true', Tethering: 'true', 'Tethering.Freq': '2437', AuthErrorLimit: '3' },
};
const lineOf = (key: string) => `${key}=${texts[key] ?? `a ${key}`}`;

test('every key of each technology, and of the whole, is as it was after one of them was changed', () => {
  const groups = storedByConnman(/^stored settings /);
  expect(groups.map(({ about }) => about)).toContain('stored settings [P2P]');
  const text = groups
    .map(({ about, names }) => [about.slice('stored settings '.length), ...names.map(lineOf)].join('\n'))
    .join('\n\n');
  const files = new MemoryFiles().putFile('/var/lib/connman/settings', `${text}\n`);
  const storage = new Storage({ files, root: '/var/lib/connman', report: () => {} });
  const secrets = new Secrets();
  const { global } = readStored(storage, secrets);
  const wifiOff = { ...global.technologies.wifi, enable: false };
  const changed = { ...global, offlineMode: true, technologies: { ...global.technologies, wifi: wifiOff } };
  storeWriter(storage, secrets, silentLogger).writeGlobal(changed);
  const expected = text
    .replace('OfflineMode=false', 'OfflineMode=true')
    .replace('[WiFi]\nEnable=true', '[WiFi]\nEnable=false');
  expect(files.read('/var/lib/connman/settings')?.trim()).toBe(expected);
});

test('every key of a VPN connection, known or not, is as it was after another one was changed', () => {
  const [group] = storedByConnman(/^stored vpn provider /);
  const names = [...(group?.names ?? []), 'OpenVPN.CACert'];
  expect(names.length).toBeGreaterThan(5);
  const file = '/var/lib/connman/provider_office/settings';
  const text = ['[office]', ...names.map(lineOf)].join('\n');
  const files = new MemoryFiles().putFile(file, `${text}\n`);
  const storage = new ProviderStorage({ files, root: '/var/lib/connman', report: () => {} });
  const settings = storage.providers().get('office') ?? new Map();
  expect([...settings.keys()]).toEqual(names);
  storage.save('office', new Map([...settings, ['Name', 'Another']]));
  expect(files.read(file)?.trim()).toBe(text.replace('Name=a Name', 'Name=Another'));
});
