import { formatProblem, type Problem } from './problem';
import { readProvisioning } from './provisioning';

function read(text: string) {
  const problems: Problem[] = [];
  const provisions = readProvisioning('/var/lib/connman/home.config', text, problems);
  return { provisions, problems: problems.map(formatProblem), first: provisions[0] };
}

test('a wifi section has its SSID from its name, and psk from its passphrase', () => {
  const { first, problems } = read('[service_home]\nType=wifi\nName=café\nPassphrase=correct horse\n');
  expect(problems).toEqual([]);
  expect(first).toMatchObject({ file: 'home', ident: 'home', type: 'wifi', ssid: '636166c3a9', security: 'psk' });
  expect(first?.passphrase?.reveal()).toBe('correct horse');
});

test('an SSID in hexadecimal goes before the name', () => {
  const { first } = read('[service_a]\nType=wifi\nName=label\nSSID=0AFF00\n');
  expect(first).toMatchObject({ ssid: '0aff00', name: 'label', security: 'none' });
});

test('the eduroam example: every value arrives, and letters of another case count with a warning', () => {
  const { first, problems } = read(
    [
      '[global]',
      'Name=eduroam',
      'Description=for everybody',
      '[service_eduroam]',
      'Type=wifi',
      'Name=eduroam',
      'EAP=PEAP',
      'CACertFile=/etc/ssl/certs/ca.pem',
      'Phase2=MSCHAPV2',
      'Identity=me@example.org',
      'AnonymousIdentity=anonymous@example.org',
      'Passphrase=secret',
      'DomainSuffixMatch=radius.example.org',
    ].join('\n'),
  );
  expect(problems).toEqual(['/var/lib/connman/home.config:7: EAP is "PEAP"; expected the spelling peap']);
  expect(first).toMatchObject({
    security: 'ieee8021x',
    eap: {
      method: 'peap',
      identity: 'me@example.org',
      anonymousIdentity: 'anonymous@example.org',
      phase2: 'MSCHAPV2',
      caCertFile: '/etc/ssl/certs/ca.pem',
      domainSuffixMatch: 'radius.example.org',
    },
  });
});

test('what the certificate of an access point must carry, and how the own key is opened', () => {
  const keys = ['SubjectMatch=CN=radius', 'AltSubjectMatch=DNS:radius.example.org', 'DomainMatch=radius.example.org'];
  const own = ['ClientCertFile=/c.pem', 'PrivateKeyFile=/k.pem', 'PrivateKeyPassphraseType=fsid'];
  const { first, problems } = read(
    ['[service_a]', 'Type=wifi', 'Name=a', 'EAP=tls', 'Identity=me', ...keys, ...own].join('\n'),
  );
  expect(problems).toEqual([]);
  expect(first?.eap).toMatchObject({
    subjectMatch: 'CN=radius',
    altSubjectMatch: 'DNS:radius.example.org',
    domainMatch: 'radius.example.org',
    clientCertFile: '/c.pem',
    privateKeyFile: '/k.pem',
    privateKeyPassphraseIsFsid: true,
  });
});

test.each([
  ['', { method: 'dhcp' }],
  ['dhcp', { method: 'dhcp' }],
  ['off', { method: 'off' }],
  ['10.0.0.5/24', { method: 'fixed', address: '10.0.0.5', netmask: '255.255.255.0' }],
  [
    '10.0.0.5/255.255.0.0/10.0.0.1',
    { method: 'fixed', address: '10.0.0.5', netmask: '255.255.0.0', gateway: '10.0.0.1' },
  ],
])('IPv4=%s', (text, expected) => {
  const { first, problems } = read(`[service_a]\nType=ethernet\nIPv4=${text}\n`);
  expect(problems).toEqual([]);
  expect(first?.ipv4).toEqual(expected);
});

test.each([
  ['10.0.0.5', { method: 'dhcp' }, 'dhcp is used'],
  ['10.0.0.5/24/nowhere', { method: 'dhcp' }, 'dhcp is used'],
  ['10.0.0.5/33', { method: 'fixed', address: '10.0.0.5', netmask: '255.255.255.255' }, '32 is used'],
  ['10.0.0.5/255.0.255.0', { method: 'fixed', address: '10.0.0.5', netmask: '255.255.255.255' }, '32 is used'],
])('IPv4=%s is reported, and the rest of the section counts', (text, expected, words) => {
  const { first, problems } = read(`[service_a]\nType=ethernet\nIPv4=${text}\nDomain=example.org\n`);
  expect(problems).toEqual([expect.stringContaining(words)]);
  expect(first).toMatchObject({ ipv4: expected, domain: 'example.org' });
});

test.each([
  ['auto', { method: 'auto' }],
  ['dhcp', { method: 'auto' }],
  ['off', { method: 'off' }],
  ['2001:db8::5/64/fe80::1', { method: 'fixed', address: '2001:db8::5', prefixLength: 64, gateway: 'fe80::1' }],
])('IPv6=%s', (text, expected) => {
  expect(read(`[service_a]\nType=ethernet\nIPv6=${text}\n`).first?.ipv6).toEqual(expected);
});

test('a section may be for one device alone, and say whether it has temporary addresses', () => {
  const { first, problems } = read(
    '[service_a]\nType=ethernet\nDeviceName=eth1\nIPv6.Privacy=preferred\nDomain=home.example\n',
  );
  expect(problems).toEqual([]);
  expect(first).toMatchObject({ deviceName: 'eth1', privacy: 'prefered', domain: 'home.example' });
});

test('a section without a type, or a wifi section without a network, is left out with its line', () => {
  const { provisions, problems } = read('[service_a]\nName=x\n[service_b]\nType=wifi\n[service_c]\nType=ethernet\n');
  expect(provisions.map(({ ident }) => ident)).toEqual(['c']);
  expect(problems).toEqual([
    '/var/lib/connman/home.config:1: Type is ""; expected ethernet, wifi or gadget; [service_a] has no effect without it',
    '/var/lib/connman/home.config:3: SSID is ""; expected an SSID of 1 to 32 bytes, or a Name; [service_b] has no effect without it',
  ]);
});

test('no problem repeats a passphrase, not even under a misspelt key or on a broken line', () => {
  const { problems } = read('[service_a]\nType=ethernet\npassphrase=hunter2\nhunter2\nPrivateKeyPassphrasse=hunter2\n');
  expect(problems).toHaveLength(3);
  expect(problems.join()).not.toContain('hunter2');
});

test('Security that contradicts what is given is reported, and what is given counts (rule 207)', () => {
  const wep = read('[service_a]\nType=wifi\nName=x\nSecurity=wep\nPassphrase=abcde\n');
  expect([wep.first?.security, wep.problems]).toEqual(['wep', []]);
  const eap = read('[service_a]\nType=wifi\nName=x\nSecurity=psk\nEAP=ttls\nIdentity=me\n');
  expect(eap.first?.security).toBe('ieee8021x');
  expect(eap.problems).toEqual([expect.stringContaining('Security is "psk"; expected ieee8021x beside EAP')]);
});

test('a file of nothing but comments provisions nothing and is no problem', () => {
  expect(read('# nothing\n\n')).toMatchObject({ provisions: [], problems: [] });
});

test('static routes are read in their normal form; one that is none is left out, with its place', () => {
  const { first, problems } = read(
    '[service_a]\nType=ethernet\nRoutes=192.0.2.7/24 via 10.0.0.1, 2001:DB8::/48, 0.0.0.0/0 via 10.0.0.1\n',
  );
  expect(first?.routes).toEqual(['192.0.2.0/24 via 10.0.0.1', '2001:db8::/48']);
  expect(problems).toEqual([
    '/var/lib/connman/home.config:3: Routes is "0.0.0.0/0 via 10.0.0.1"; expected a network such as 192.0.2.0/24, or one via a gateway of the same family: 192.0.2.0/24 via 10.0.0.1',
  ]);
});
