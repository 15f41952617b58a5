/** What wpa_supplicant is given to join a network: a block of its configuration file, and the blobs it refers to. */
import { err, ok, type Result, type Secret } from '@connman/base';
import type {
  AccessPoint,
  AssociationProfile,
  CertificateSource,
  EapProfile,
  StrongSecurity,
} from '@connman/contracts';
import { noDowngrade } from '../radio/codes';
import { fromHex, type NetworkKey } from '../radio/networks';
import type { InterfaceAbilities, NetworkBlock } from './messages';

export interface Blob {
  readonly name: string;
  readonly content: Uint8Array | Secret;
}

export interface PreparedNetwork {
  readonly block: NetworkBlock;
  readonly blobs: readonly Blob[];
  /** SAE may be what is used: then a failed 4-way handshake says nothing about the passphrase. */
  readonly mayUseSae: boolean;
}

type Block = Record<string, string | number | Uint8Array | Secret>;

/** What the access points offer, as far as it matters here; all true while the network was never heard. */
export interface Offered {
  readonly psk: boolean;
  readonly sae: boolean;
  readonly owe: boolean;
  readonly suiteB192Only: boolean;
}

/** Management frame protection: off, used where offered, demanded. */
const pmf = { off: 0, optional: 1, required: 2 } as const;

/** The error says what of the profile is missing. `looksAround`: for a better access point while the signal is weak. */
export function prepareNetwork(
  key: NetworkKey,
  offered: Offered,
  profile: AssociationProfile,
  can: InterfaceAbilities,
  looksAround: boolean,
): Result<PreparedNetwork, string> {
  const block: Block = { ssid: fromHex(key.ssid), scan_ssid: profile.hidden ? 1 : 0 };
  // Where several access points are heard, a weak one makes the supplicant look around: see README, roaming.
  if (looksAround) block.bgscan = 'simple:30:-65:300';
  const done = (mayUseSae = false, blobs: readonly Blob[] = []) => ok({ block, blobs, mayUseSae });
  switch (key.security) {
    case 'none':
      if (profile.atLeast === 'owe' && !(offered.owe && can.owe)) return err(noDowngrade.owe);
      Object.assign(block, openKeys(offered, can), profile.atLeast === 'owe' ? alone.owe(can) : {});
      return done();
    case 'wep':
      if (!profile.passphrase) return err('the WEP key is missing');
      Object.assign(block, wepKeys(profile.passphrase));
      return done();
    case 'psk': {
      if (!profile.passphrase) return err('the passphrase is missing');
      const keys = personalKeys(offered, profile.passphrase, profile.atLeast === 'sae', can);
      if (!keys.ok) return keys;
      Object.assign(block, keys.value.block);
      return done(keys.value.sae);
    }
    case 'ieee8021x': {
      if (!profile.eap) return err('the EAP method is missing');
      const blobs: Blob[] = [];
      Object.assign(block, enterpriseKeys(profile.eap, offered, can, blobs));
      return done(false, blobs);
    }
  }
}

function openKeys(offered: Offered, can: InterfaceAbilities): Block {
  if (offered.owe && can.owe) return { key_mgmt: 'OWE', ieee80211w: pmf.required };
  return { key_mgmt: 'NONE' };
}

function wepKeys(passphrase: Secret): Block {
  const text = passphrase.reveal();
  // 10 or 26 hexadecimal digits are the key's bytes, anything else its characters (rule 63).
  const digits = /^([0-9a-fA-F]{10}|[0-9a-fA-F]{26})$/.test(text);
  return {
    key_mgmt: 'NONE',
    wep_key0: digits ? fromHex(text) : passphrase,
    wep_tx_keyidx: 0,
    auth_alg: 'OPEN SHARED',
  };
}

function personalKeys(
  offered: Offered,
  passphrase: Secret,
  saeOnly: boolean,
  can: InterfaceAbilities,
): Result<{ block: Block; sae: boolean }, string> {
  const text = passphrase.reveal();
  const rawKey = isRawKey(text);
  const sae = can.sae && offered.sae && !rawKey;
  const psk = offered.psk && !saeOnly;
  if (saeOnly && !sae) return err(noDowngrade.sae);
  if (!sae && !psk) return err(rawKey ? 'WPA3 needs the passphrase, not a 64 digit key' : 'WPA3 is not supported here');
  const suites = [
    ...(sae ? saeSuites(can) : []),
    ...(psk ? ['WPA-PSK'] : []),
    ...(psk && can.sha256 ? ['WPA-PSK-SHA256'] : []),
    ...(psk && can.fastTransition ? ['FT-PSK'] : []),
  ];
  const block: Block = {
    key_mgmt: suites.join(' '),
    ieee80211w: psk ? pmf.optional : pmf.required,
    psk: rawKey ? fromHex(text) : passphrase,
  };
  return ok({ block, sae });
}

function saeSuites(can: InterfaceAbilities): string[] {
  return can.fastTransition ? ['SAE', 'FT-SAE'] : ['SAE'];
}

/** What a block says to accept this alone. wpa_supplicant takes the open half of OWE's transition mode where it is not told. */
export const alone: Readonly<Record<StrongSecurity, (can: InterfaceAbilities) => NetworkBlock>> = {
  sae: (can) => ({ key_mgmt: saeSuites(can).join(' '), ieee80211w: pmf.required }),
  owe: () => ({ owe_only: 1 }),
};

function enterpriseKeys(eap: EapProfile, offered: Offered, can: InterfaceAbilities, blobs: Blob[]): Block {
  const suiteB = can.suiteB192 && offered.suiteB192Only;
  const suites = suiteB
    ? ['WPA-EAP-SUITE-B-192']
    : ['WPA-EAP', ...(can.sha256 ? ['WPA-EAP-SHA256'] : []), ...(can.fastTransition ? ['FT-EAP'] : [])];
  return {
    key_mgmt: suites.join(' '),
    ieee80211w: suiteB ? pmf.required : pmf.optional,
    ...eapKeys(eap, blobs),
  };
}

/** A cable: the port is opened, nothing is encrypted. */
export function wiredBlock(eap: EapProfile): Omit<PreparedNetwork, 'mayUseSae'> {
  const blobs: Blob[] = [];
  return { block: { key_mgmt: 'IEEE8021X', eapol_flags: 0, ...eapKeys(eap, blobs) }, blobs };
}

function eapKeys(eap: EapProfile, blobs: Blob[]): Block {
  const block: Block = { eap: eap.orTtls ? 'PEAP TTLS' : eap.method.toUpperCase() };
  // What this machine learned of the server before is kept, whatever authority issued the certificate.
  const pin = eap.pinnedServerCertificate;
  if (pin !== undefined && !eap.caCertificate) Object.assign(block, pinnedTo(pin));
  const put = (name: string, value: string | Secret | undefined) => {
    if (value !== undefined) block[name] = value;
  };
  const certificate = (name: string, source: CertificateSource<string | Secret> | undefined) => {
    if (!source) return;
    if ('path' in source) block[name] = source.path;
    else {
      blobs.push({ name, content: blobContent(source.content) });
      block[name] = `blob://${name}`;
    }
  };
  put('identity', eap.identity);
  put('anonymous_identity', eap.anonymousIdentity);
  put('password', eap.password);
  put('phase2', phase2Of(eap));
  certificate('ca_cert', eap.caCertificate);
  certificate('client_cert', eap.clientCertificate);
  certificate('private_key', eap.privateKey);
  put('private_key_passwd', eap.privateKeyPassphrase);
  put('subject_match', eap.subjectMatch);
  put('altsubject_match', eap.altSubjectMatch);
  put('domain_suffix_match', eap.domainSuffixMatch);
  put('domain_match', eap.domainMatch);
  return block;
}

/** Accepts the server with this certificate alone: its SHA-256 in hexadecimal. */
export function pinnedTo(certificate: string): NetworkBlock {
  return { ca_cert: `hash://server/sha256/${certificate}` };
}

/** PEM as it is; base64 of DER as its bytes. */
function blobContent(content: string | Secret): Uint8Array | Secret {
  if (typeof content !== 'string') return content;
  if (content.includes('-----BEGIN')) return new TextEncoder().encode(content);
  return new Uint8Array(Buffer.from(content, 'base64'));
}

/** ConnMan's words: `EAP-` in front, and GTC within TTLS, name an EAP method inside; anything else is plain. */
function phase2Of({ method, phase2 }: EapProfile): string | undefined {
  if (phase2 === undefined || phase2 === '' || (method !== 'peap' && method !== 'ttls')) return undefined;
  const inner = phase2.toUpperCase();
  if (inner.startsWith('EAP-')) return `autheap=${inner.slice(4)}`;
  return method === 'ttls' && inner === 'GTC' ? `autheap=${inner}` : `auth=${inner}`;
}

/** This machine as an access point (rule 165): open, or WPA2 with CCMP, beside which stations may use WPA3 where the radio can. */
export function accessPointBlock(
  { ssid, passphrase, frequency, hidden }: AccessPoint,
  can: InterfaceAbilities,
): NetworkBlock {
  const keys = passphrase ? accessPointKeys(passphrase, can) : { key_mgmt: 'NONE' };
  return { ssid: fromHex(ssid), mode: 2, frequency, ignore_broadcast_ssid: hidden ? 1 : 0, ...keys };
}

/** Transition mode: SAE and protected frames for those that know them (WPA3 specification 2.3). */
function accessPointKeys(passphrase: Secret, can: InterfaceAbilities): Block {
  const ciphers = { proto: 'RSN', pairwise: 'CCMP', group: 'CCMP' };
  const rawKey = isRawKey(passphrase.reveal());
  if (!can.sae || rawKey)
    return { key_mgmt: 'WPA-PSK', ...ciphers, psk: rawKey ? fromHex(passphrase.reveal()) : passphrase };
  return { key_mgmt: 'SAE WPA-PSK', ieee80211w: pmf.optional, ...ciphers, psk: passphrase };
}

/** 64 hexadecimal digits are the key itself, which SAE has no use for. */
function isRawKey(passphrase: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(passphrase);
}
