import { Secret } from '@connman/base';
import type { MacAddress } from '@connman/inet';
import { MemoryFiles } from '@connman/testkit';
import { fileName, knownNetworkFile, setsAddresses } from './known-network-file';

const key = (text: string) => ({ ssid: Buffer.from(text).toString('hex'), security: 'ieee8021x' as const });
const password = new Secret(' p\\w\n');

test('the file of a network is named as iwd names it', () => {
  expect(fileName(key('My Net_1-x'))).toBe('My Net_1-x.8021x');
  expect(fileName(key('Café'))).toBe('=436166c3a9.8021x');
  expect(fileName(key('a.b'))).toBe('=612e62.8021x');
});

test('PEAP has its inner method, identity and password, escaped as iwd reads them', () => {
  const eap = { method: 'peap', identity: 'me', anonymousIdentity: 'anon', password, phase2: 'MSCHAPV2' } as const;
  expect(knownNetworkFile({ key: key('x'), hidden: true, eap })).toBe(
    `[Settings]
AutoConnect=false
Hidden=true
[Security]
EAP-Method=PEAP
EAP-Identity=anon
EAP-PEAP-Phase2-Method=MSCHAPV2
EAP-PEAP-Phase2-Identity=me
EAP-PEAP-Phase2-Password=\\sp\\\\w\\n
`,
  );
});

test('a plain inner method of TTLS is a tunneled one, and certificates may be inside the file', () => {
  const content = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
  const eap = { method: 'ttls', identity: 'me', password, phase2: 'pap', caCertificate: { content } } as const;
  const file = knownNetworkFile({ key: key('x'), hidden: false, eap });
  expect(file).toContain('EAP-TTLS-Phase2-Method=Tunneled-PAP\n');
  expect(file).toContain('EAP-TTLS-CACert=embed:eap-ttls-cacert\n');
  expect(file.endsWith(`[@pem@eap-ttls-cacert]\n${content}\n`)).toBe(true);
});

test('the file of a network that is to see another address has it, with the passphrase', () => {
  const address = '02:12:34:56:78:9a' as MacAddress;
  const passphrase = new Secret('correct horse');
  const home = { ...key('Home'), security: 'psk' } as const;
  expect(knownNetworkFile({ key: home, hidden: false, passphrase, address })).toBe(
    '[Settings]\nAutoConnect=false\nAddressOverride=02:12:34:56:78:9a\n[Security]\nPassphrase=correct horse\n',
  );
});

test.each([
  [undefined, false],
  ['[General]\nAddressRandomization=network\n', true],
  ['# mine\n[General]\nEnableNetworkConfiguration=false\n  AddressRandomization = network\n[Scan]\n', true],
  ['[General]\nAddressRandomization=once\n', false],
  ['[General]\n#AddressRandomization=network\n', false],
  ['[General]\n[Scan]\nAddressRandomization=network\n', false],
])('iwd configured with %j takes addresses from files of networks: %s', (text, expected) => {
  const files = new MemoryFiles();
  if (text !== undefined) files.putFile('/etc/iwd/main.conf', text);
  expect(setsAddresses(files)).toBe(expected);
});
