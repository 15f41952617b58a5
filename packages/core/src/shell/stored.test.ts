import { constants } from 'node:os';
import { lineLogger, Secret } from '@connman/base';
import { Storage } from '@connman/settings';
import { MemoryFiles } from '@connman/testkit';
import type { Service } from '../model/service/service';
import type { AccessSettings, ServiceSettings } from '../model/service/settings';
import { kindOf, technologyTypesInOrder } from '../model/technology/kinds';
import { Secrets } from './secrets';
import { readStored, storeWriter } from './stored';

const secrets = new Secrets();

const id = 'ethernet_020000000001_cable';
const file = `/var/lib/connman/${id}/settings`;
const text = (lines: readonly string[]) => `[${id}]\n${lines.join('\n')}\n`;

function rig(content?: string) {
  const files = new MemoryFiles().putFolder('/var/lib/connman');
  if (content !== undefined) files.putFile(file, content);
  const lines: string[] = [];
  const log = lineLogger({ write: (line) => lines.push(line), level: 'info', severityPrefix: false, prefix: '' });
  const storage = new Storage({ files, root: '/var/lib/connman', report: () => {} });
  const settings = () => readStored(storage, secrets).services.get(id);
  return { files, lines, storage, settings, writer: storeWriter(storage, secrets, log) };
}

test('nothing stored: every technology has its default, nothing offline', () => {
  expect(readStored(rig().storage, secrets)).toEqual({
    global: { offlineMode: false, technologies: {} },
    services: new Map(),
  });
});

test.each(technologyTypesInOrder)('what is stored of %s is found again, unless its networks are peers', (type) => {
  const { files, storage, writer } = rig();
  files.putFile(`/var/lib/connman/${type}_a_b/settings`, `[${type}_a_b]\nName=one\n`);
  writer.writeGlobal({ offlineMode: false, technologies: { [type]: { enable: true } } });
  const { global, services } = readStored(storage, secrets);
  const { isTunnel, isPeer } = kindOf(type);
  expect([services.has(`${type}_a_b`), global.technologies[type]?.enable]).toEqual([
    !isPeer,
    // connman-vpnd has no switch.
    isTunnel ? undefined : true,
  ]);
});

test('an Ethernet service is a favorite that connects by itself unless its file says otherwise', () => {
  expect(rig(text(['Name=Wired'])).settings()).toMatchObject({ favorite: true, autoConnect: true, modified: 0 });
  expect(rig(text(['AutoConnect=false'])).settings()).toMatchObject({ favorite: true, autoConnect: false });
});

test.each([
  ['dhcp', 'dhcp'],
  ['auto', 'dhcp'],
  ['fixed', 'dhcp'],
  ['off', 'off'],
  ['manual', 'manual'],
])('a stored IPv4 method %s means %s', (stored, method) => {
  expect(rig(text([`IPv4.method=${stored}`])).settings()?.ipv4.method).toBe(method);
});

test('what is written is read again as it was', () => {
  const { files, storage, settings, writer } = rig(
    text([
      'Modified=2025-01-02T03:04:05Z',
      'IPv4.method=manual',
      'IPv4.local_address=192.0.2.7',
      'IPv4.netmask_prefixlen=24',
      'IPv4.gateway=192.0.2.1',
      'IPv6.method=auto',
      'IPv6.privacy=prefered',
      'Nameservers=192.0.2.53;2001:db8::53;nonsense;',
      'Proxy.Method=manual',
      'Proxy.Servers=proxy.test:3128;',
      'mDNS=true',
      'DNSOverTLS=strict',
    ]),
  );
  files.putFile('/var/lib/connman/wifi_0200_00_managed_psk/settings', '[wifi_0200_00_managed_psk]\nName=Home\n');
  const before = settings();
  expect(before).toMatchObject({
    modified: new Date(2025, 0, 2, 3, 4, 5).getTime(),
    ipv4: { method: 'manual', address: '192.0.2.7', netmask: '255.255.255.0', gateway: '192.0.2.1' },
    ipv6: { method: 'auto', privacy: 'prefered' },
    nameservers: ['192.0.2.53', '2001:db8::53'],
    proxy: { method: 'manual', servers: ['proxy.test:3128'] },
    mdns: true,
    dnsOverTls: 'strict',
  });
  writer.writeService({ id, name: 'Wired', settings: before } as Service);
  expect(settings()).toEqual(before);
  expect(files.read(file)).toContain('Modified=2025-01-02T03:04:05Z\n');
  expect(files.read(file)).toContain('DNSOverTLS=strict\n');
  expect([...readStored(storage, secrets).services.keys()]).toEqual([id, 'wifi_0200_00_managed_psk']);
});

test('what the user was asked for once, and what was learned of a network, outlives the daemon', () => {
  const { files, storage, writer } = rig();
  const corp = 'wifi_0200_436f7270_managed_ieee8021x';
  const home = 'wifi_0200_486f6d65_managed_psk';
  const cafe = 'wifi_0200_43616665_managed_none';
  const common = { ...rig(text(['Name=x'])).settings(), favorite: true } as ServiceSettings;
  const eap = { method: 'peap', identity: 'alice', phase2: 'MSCHAPV2', pinnedServerCertificate: '00ff' } as const;
  const password = secrets.keep(new Secret('wonderland'));
  const passphrase = secrets.keep(new Secret('correct horse'));
  const write = (name: string, access: AccessSettings) =>
    writer.writeService({ id: name, name: 'x', settings: { ...common, access } } as Service);
  write(corp, { ssid: '436f7270', eap: { ...eap, password } });
  write(home, { ssid: '486f6d65', passphrase, atLeast: 'sae' });
  write(cafe, { ssid: '43616665', atLeast: 'owe' });

  const { services } = readStored(storage, secrets);
  const [known, kept] = [corp, home].map((name) => services.get(name)?.access);
  expect(known).toMatchObject({ ssid: '436f7270', eap });
  expect(known?.eap?.password && secrets.reveal(known.eap.password).reveal()).toBe('wonderland');
  expect(known).not.toHaveProperty('passphrase');
  expect(kept).toMatchObject({ ssid: '486f6d65', atLeast: 'sae' });
  expect(files.read(`/var/lib/connman/${home}/settings`)).toContain('WPA3=true\n');
  expect(services.get(cafe)?.access).toEqual({ ssid: '43616665', atLeast: 'owe' });
  expect(files.read(`/var/lib/connman/${cafe}/settings`)).toContain('OWE=true\n');
});

test('a write that fails is told once with what is lost, and the next one tries again', () => {
  const { files, lines, settings, writer } = rig(text(['AutoConnect=true']));
  const service = { id, name: 'Wired', settings: { ...settings(), autoConnect: false } } as Service;
  files.fault = (call) => (call === 'writeAtomic' ? constants.errno.ENOSPC : undefined);
  writer.writeService(service);
  expect(lines).toEqual([expect.stringMatching(new RegExp(`${id} is not saved: .*ENOSPC; the file stays as it is`))]);
  files.fault = () => undefined;
  writer.writeService(service);
  expect(settings()?.autoConnect).toBe(false);
});

test('the tethering settings of the technology are kept when its power is stored', () => {
  const { files, storage, writer } = rig();
  files.putFile('/var/lib/connman/settings', '[Wired]\nEnable=true\nTethering.Identifier=Mine\n');
  writer.writeGlobal({ offlineMode: true, technologies: { ethernet: { enable: false } } });
  expect(files.read('/var/lib/connman/settings')).toMatch(/^Tethering\.Identifier=Mine$/m);
  expect(readStored(storage, secrets).global).toMatchObject({
    offlineMode: true,
    technologies: { ethernet: { enable: false } },
  });
});

test('what is stored and not modelled survives: DUID, last addresses and prefixes, peer and broadcast', () => {
  const lines = [
    'IPv4.method=manual',
    'IPv4.netmask_prefixlen=24',
    'IPv4.local_address=192.0.2.7',
    'IPv4.peer_address=192.0.2.8',
    'IPv4.broadcast_address=192.0.2.255',
    'IPv6.method=auto',
    'IPv6.DHCP.LastAddress=2001:db8::7',
    'IPv6.DHCP.LastPrefixes=2001:db8:1::/64;',
    'IPv6.DHCP.DUID=0001000100000001020000000001',
  ];
  const { files, settings, writer } = rig(text(lines));
  writer.writeService({ id, name: 'Wired', settings: settings() } as Service);
  const written = files.read(file)?.split('\n') ?? [];
  expect(lines.filter((line) => !written.includes(line))).toEqual([]);
});

test('a passphrase is read, kept beside the engine, and written as it was', () => {
  const wifi = 'wifi_0200_486f6d65_managed_psk';
  const { files, storage, writer } = rig();
  files.putFile(`/var/lib/connman/${wifi}/settings`, `[${wifi}]\nName=Home\nSSID=486f6d65\nPassphrase=correct horse\n`);
  const stored = readStored(storage, secrets).services.get(wifi);
  expect(JSON.stringify(stored)).not.toContain('horse');
  writer.writeService({ id: wifi, name: 'Home', settings: stored } as Service);
  expect(files.read(`/var/lib/connman/${wifi}/settings`)).toContain('Passphrase=correct horse\n');
});

test('whether the access point is hidden is stored once it was set (TetheringHidden)', () => {
  const { files, storage, writer } = rig();
  files.putFile('/var/lib/connman/settings', '[WiFi]\nEnable=true\n');
  const before = readStored(storage, secrets).global;
  expect(before.technologies.wifi).toEqual({ enable: true });
  writer.writeGlobal({ ...before, technologies: { wifi: { enable: true, tetheringHidden: true } } });
  expect(readStored(storage, secrets).global.technologies.wifi).toMatchObject({ tetheringHidden: true });
});
