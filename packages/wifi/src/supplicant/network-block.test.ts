import { Secret } from '@connman/base';
import type { AssociationProfile } from '@connman/contracts';
import { abilities } from '../../test/radio-conversation';
import type { NetworkKey } from '../radio/networks';
import type { InterfaceAbilities } from './messages';
import { accessPointBlock, type Offered, prepareNetwork } from './network-block';

const nothing: Offered = { psk: false, sae: false, owe: false, suiteB192Only: false };
const passphrase = new Secret('correct horse');
const permanent = { kind: 'permanent' } as const;

/** The block for a network, or why there is none. */
function blockFor(
  security: NetworkKey['security'],
  offered: Partial<Offered>,
  profile: Partial<AssociationProfile> = {},
  can: Partial<InterfaceAbilities> = {},
) {
  const key = { ssid: '486f6d65', security };
  const whole = { mac: permanent, passphrase, ...profile };
  const prepared = prepareNetwork(key, { ...nothing, ...offered }, whole, { ...abilities, ...can }, true);
  return prepared.ok ? prepared.value.block : prepared.error;
}

test.each<[string, Partial<Offered>, Partial<AssociationProfile>, Partial<InterfaceAbilities>, number]>([
  ['WPA2 alone: frames are protected where the access point can', { psk: true }, {}, {}, 1],
  ['WPA2 and WPA3: the same', { psk: true, sae: true }, {}, {}, 1],
  ['WPA3 alone: protection is demanded', { sae: true }, {}, {}, 2],
  ['WPA3 once succeeded: protection is demanded beside WPA2, too', { psk: true, sae: true }, { atLeast: 'sae' }, {}, 2],
  ['a radio without WPA3 in a network of both', { psk: true, sae: true }, {}, { sae: false }, 1],
])('%s', (_, offered, profile, can, expected) => {
  expect(blockFor('psk', offered, profile, can)).toMatchObject({ ieee80211w: expected });
});

test.each([
  ['open: nothing is encrypted', {}, {}, { key_mgmt: 'NONE' }],
  [
    'OWE, in transition or alone: encrypted, with protected frames',
    { owe: true },
    {},
    { key_mgmt: 'OWE', ieee80211w: 2 },
  ],
  ['a radio without OWE where the access points offer both', { owe: true }, { owe: false }, { key_mgmt: 'NONE' }],
])('%s', (_, offered, can, expected) => {
  expect(blockFor('none', offered, {}, can)).toMatchObject(expected);
});

test.each([
  ['802.1X: frames are protected where the access point can', false, 'WPA-EAP WPA-EAP-SHA256 FT-EAP', 1],
  ['802.1X of 192 bits alone: demanded', true, 'WPA-EAP-SUITE-B-192', 2],
])('%s', (_, suiteB192Only, suites, expected) => {
  const eap = { method: 'peap', identity: 'me', password: passphrase, phase2: 'MSCHAPV2' } as const;
  const block = blockFor('ieee8021x', { suiteB192Only }, { eap });
  expect(block).toMatchObject({ key_mgmt: suites, ieee80211w: expected, eap: 'PEAP', phase2: 'auth=MSCHAPV2' });
});

test.each<[string, Partial<Offered>, Partial<AssociationProfile>, string]>([
  ['a network that fell back to WPA2 is not joined', { psk: true }, { atLeast: 'sae' }, 'offers only WPA2 now'],
  ['a raw key is of no use to WPA3', { sae: true }, { passphrase: new Secret('ab'.repeat(32)) }, 'not a 64 digit key'],
  ['a radio without WPA3 where nothing else is offered', { sae: true }, {}, 'WPA3 is not supported here'],
])('%s', (_, offered, profile, expected) => {
  const can = 'passphrase' in profile || 'atLeast' in profile ? {} : { sae: false };
  expect(blockFor('psk', offered, profile, can)).toContain(expected);
});

test('an open network that was encrypted before is joined by OWE alone, and not at all where none of it is heard', () => {
  expect(blockFor('none', { owe: true })).not.toHaveProperty('owe_only');
  expect(blockFor('none', { owe: true }, { atLeast: 'owe' })).toMatchObject({ key_mgmt: 'OWE', owe_only: 1 });
  expect(blockFor('none', {}, { atLeast: 'owe' })).toContain('is open now');
  expect(blockFor('none', { owe: true }, { atLeast: 'owe' }, { owe: false })).toContain('is open now');
});

test('where the user did not choose the method, a server that refuses PEAP is answered by TTLS', () => {
  const eap = { method: 'peap', orTtls: true, identity: 'me', password: passphrase, phase2: 'MSCHAPV2' } as const;
  expect(blockFor('ieee8021x', {}, { eap })).toMatchObject({ eap: 'PEAP TTLS', phase2: 'auth=MSCHAPV2' });
});

const ours = { ssid: '486f6d65', frequency: 2412, passphrase };

test.each([
  [
    'lets stations in by WPA3 and by WPA2',
    ours,
    { sae: true },
    { key_mgmt: 'SAE WPA-PSK', ieee80211w: 1, psk: passphrase },
  ],
  ['is WPA2 alone where the radio has no SAE', ours, { sae: false }, { key_mgmt: 'WPA-PSK', psk: passphrase }],
  [
    'with a 64 digit key is WPA2 alone, by the key itself',
    { ...ours, passphrase: new Secret('ab'.repeat(32)) },
    { sae: true },
    { key_mgmt: 'WPA-PSK', psk: new Uint8Array(32).fill(0xab) },
  ],
  [
    'without a passphrase is open',
    { ssid: '41', frequency: 5180 },
    { sae: true },
    { key_mgmt: 'NONE', frequency: 5180 },
  ],
])('an access point %s', (_, access, can, block) => {
  expect(accessPointBlock(access, { ...abilities, ...can })).toMatchObject(block);
});
