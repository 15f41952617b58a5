/**
 * iwd's file of a known network (iwd.network(5)), for what its D-Bus interface cannot be told: 802.1X settings, that WPA3 is
 * the least, and the hardware address to use. iwd reads it at the next connection.
 */
import { OsError, type Secret } from '@connman/base';
import type { CertificateSource, EapProfile, StrongSecurity } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { Files } from '@connman/ports';
import { fromHex, type NetworkKey } from '../radio/networks';

const folder = '/var/lib/iwd';

export interface KnownNetworkSettings {
  readonly key: NetworkKey;
  readonly hidden: boolean;
  readonly eap?: EapProfile;
  readonly passphrase?: Secret | undefined;
  readonly atLeast?: StrongSecurity | undefined;
  /** The hardware address; it counts where `setsAddresses` says so. */
  readonly address?: MacAddress | undefined;
}

const mainConf = '/etc/iwd/main.conf';

/** Whether iwd, as it is configured (iwd.config(5)), takes the address of each network from its file. */
export function setsAddresses(files: Files): boolean {
  try {
    const [, general = ''] = /^\[General\]\s*$([^[]*)/m.exec(files.read(mainConf) ?? '') ?? [];
    return /^\s*AddressRandomization\s*=\s*network\s*$/m.test(general);
  } catch (error) {
    if (error instanceof OsError) return false;
    throw error;
  }
}

/** What a person can do about an iwd that does not. */
export const howToSetAddresses = `set AddressRandomization=network in the group [General] of ${mainConf} and restart iwd, or use wpa_supplicant`;

/** Throws OsError. */
export function prepareKnownNetwork(files: Files, settings: KnownNetworkSettings): void {
  files.writeAtomic(`${folder}/${fileName(settings.key)}`, knownNetworkFile(settings), 0o600);
}

/** Letters, digits, blanks, underscores and minus signs stand for themselves; anything else makes it hexadecimal. */
export function fileName({ ssid, security }: NetworkKey): string {
  const text = Buffer.from(fromHex(ssid)).toString('latin1');
  const name = /^[A-Za-z0-9 _-]+$/.test(text) ? text : `=${ssid}`;
  return `${name}.${security === 'ieee8021x' ? '8021x' : security === 'psk' ? 'psk' : 'open'}`;
}

export function knownNetworkFile({ hidden, eap, passphrase, atLeast, address }: KnownNetworkSettings): string {
  const settings = ['[Settings]', 'AutoConnect=false', ...(hidden ? ['Hidden=true'] : [])];
  if (address) settings.push(`AddressOverride=${address}`);
  const security: string[] = ['[Security]'];
  const embedded: string[] = [];
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) security.push(`${key}=${escaped(value)}`);
  };
  if (atLeast) settings.push('TransitionDisable=true', `DisabledTransitionModes=${weaker[atLeast]}`);
  if (passphrase) put('Passphrase', passphrase.reveal());
  if (eap) {
    const method = eap.method.toUpperCase();
    const certificate = (key: string, source: CertificateSource<string | Secret> | undefined) => {
      if (!source) return;
      if ('path' in source) return put(key, source.path);
      const { content } = source;
      const name = key.toLowerCase();
      embedded.push(`[@pem@${name}]`, (typeof content === 'string' ? content : content.reveal()).trim());
      put(key, `embed:${name}`);
    };
    put('EAP-Method', method);
    const outer = eap.method === 'peap' || eap.method === 'ttls';
    put('EAP-Identity', outer ? (eap.anonymousIdentity ?? eap.identity) : eap.identity);
    if (outer) {
      const inner = (eap.phase2 ?? 'MSCHAPV2').toUpperCase();
      const plain = eap.method === 'ttls' && !inner.startsWith('EAP-') && inner !== 'GTC';
      put(`EAP-${method}-Phase2-Method`, plain ? `Tunneled-${tunneled[inner] ?? inner}` : inner.replace(/^EAP-/, ''));
      put(`EAP-${method}-Phase2-Identity`, eap.identity);
      put(`EAP-${method}-Phase2-Password`, eap.password?.reveal());
    } else if (eap.method === 'pwd') put('EAP-Password', eap.password?.reveal());
    if (eap.method !== 'pwd') certificate(`EAP-${method}-CACert`, eap.caCertificate);
    certificate('EAP-TLS-ClientCert', eap.method === 'tls' ? eap.clientCertificate : undefined);
    certificate('EAP-TLS-ClientKey', eap.method === 'tls' ? eap.privateKey : undefined);
    if (eap.method === 'tls') put('EAP-TLS-ClientKeyPassphrase', eap.privateKeyPassphrase?.reveal());
    if (eap.method !== 'pwd') put(`EAP-${method}-ServerDomainMask`, domainMask(eap));
  }
  return `${[...settings, ...security, ...embedded].join('\n')}\n`;
}

/** iwd's names of the transition modes in which something weaker would do. */
const weaker: Readonly<Record<StrongSecurity, string>> = { sae: 'personal', owe: 'open' };

const tunneled: Readonly<Record<string, string>> = { PAP: 'PAP', CHAP: 'CHAP', MSCHAP: 'MSCHAP', MSCHAPV2: 'MSCHAPv2' };

function domainMask({ domainMatch, domainSuffixMatch }: EapProfile): string | undefined {
  if (domainMatch !== undefined) return domainMatch;
  return domainSuffixMatch === undefined ? undefined : `${domainSuffixMatch};*.${domainSuffixMatch}`;
}

/** Line ends, tabs and backslashes are escaped, and a blank that comes first. */
function escaped(value: string): string {
  const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return value.replace(/[\\\n\r\t]/g, (c) => escapes[c] as string).replace(/^ /, '\\s');
}
