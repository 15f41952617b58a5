/**
 * Provisioning: *.config files, each with the services that an administrator has set up (ConnMan rules 204 to 208). A section
 * that cannot be used is left out with a Problem; a value that does not fit is, too, and the rest of its section counts.
 */
import { Secret } from '@connman/base';
import { type Ipv4Address, type Ipv6Address, netmaskOf, parseIpv4, parseIpv6, prefixLengthOf } from '@connman/inet';
import { KeyFile } from './keyfile';
import type { MacAddressPolicy } from './main-settings';
import type { Problem } from './problem';
import { type ProvisioningKeys, provisioningFields } from './provisioning-keys';
import { readGroup } from './read-group';

export type ProvisionedIpv4 =
  | { readonly method: 'dhcp' | 'off' }
  | {
      readonly method: 'fixed';
      readonly address: Ipv4Address;
      readonly netmask: Ipv4Address;
      readonly gateway?: Ipv4Address;
    };

export type ProvisionedIpv6 =
  | { readonly method: 'auto' | 'off' }
  | {
      readonly method: 'fixed';
      readonly address: Ipv6Address;
      readonly prefixLength: number;
      readonly gateway?: Ipv6Address;
    };

/** 802.1X settings, by the names of the file's keys. */
export interface ProvisionedEap {
  readonly method: ProvisioningKeys['EAP'];
  readonly identity?: string;
  readonly anonymousIdentity?: string;
  readonly phase2?: string;
  readonly caCertFile?: string;
  readonly clientCertFile?: string;
  readonly privateKeyFile?: string;
  readonly privateKeyPassphrase?: Secret;
  /** The passphrase is the identifier of the key's file system. */
  readonly privateKeyPassphraseIsFsid?: boolean;
  readonly subjectMatch?: string;
  readonly altSubjectMatch?: string;
  readonly domainSuffixMatch?: string;
  readonly domainMatch?: string;
}

/** One [service_*] section. */
export interface Provision {
  /** The file's name without `.config`, and what follows `service_` in the section's head. */
  readonly file: string;
  readonly ident: string;
  readonly type: ProvisioningKeys['Type'];
  readonly name?: string;
  /** Lower-case hexadecimal; of wifi only, where it always exists. */
  readonly ssid?: string;
  readonly security?: 'none' | 'wep' | 'psk' | 'ieee8021x';
  readonly hidden: boolean;
  /** Lower case. */
  readonly mac?: string;
  readonly deviceName?: string;
  readonly passphrase?: Secret;
  readonly eap?: ProvisionedEap;
  readonly ipv4: ProvisionedIpv4;
  readonly ipv6: ProvisionedIpv6;
  readonly privacy?: 'disabled' | 'enabled' | 'prefered';
  readonly nameservers: readonly string[];
  readonly searchDomains: readonly string[];
  readonly timeservers: readonly string[];
  readonly domain?: string;
  readonly mdns: boolean;
  readonly macAddressPolicy?: MacAddressPolicy;
  /** For `parseDataBudget`. */
  readonly dataBudget?: string;
  /** As `formatStaticRoute` writes them. */
  readonly routes: readonly string[];
}

const sectionPattern = /^service_(.+)$/;

/** `file` is the path; `text` its content. */
export function readProvisioning(file: string, text: string, problems: Problem[]): Provision[] {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.config$/, '');
  const keyFile = KeyFile.parse(text);
  // The text of a line that cannot be read may be part of a passphrase.
  for (const { line, expected } of keyFile.faults) problems.push({ file, line, column: 1, found: '***', expected });
  const provisions: Provision[] = [];
  for (const group of keyFile.groups()) {
    const ident = sectionPattern.exec(group)?.[1];
    const line = keyFile.lineOfGroup(group);
    if (ident !== undefined) {
      const provision = readSection(keyFile, group, { file, name, ident, line, problems });
      if (provision) provisions.push(provision);
    } else if (group !== 'global') {
      const expected = '[global] or [service_NAME]; this group has no effect';
      problems.push({ file, line, column: 1, found: `[${group}]`, expected });
    }
  }
  return provisions;
}

interface Section {
  readonly file: string;
  readonly name: string;
  readonly ident: string;
  readonly line: number;
  readonly problems: Problem[];
}

function readSection(keyFile: KeyFile, group: string, section: Section): Provision | undefined {
  const { file, name, ident, line, problems } = section;
  const keys = readGroup(keyFile, group, provisioningFields, { file, handwritten: true, problems, secrets });
  const refuse = (key: string, found: string, expected: string) => {
    const entry = keyFile.entries(group).find((one) => one.key === key);
    problems.push({ file, line: entry?.line ?? line, column: entry?.valueColumn ?? 1, key, found, expected });
  };
  const { Type: type } = keys;
  if (!type) {
    refuse('Type', keyFile.get(group, 'Type') ?? '', `ethernet, wifi or gadget; [${group}] has no effect without it`);
    return undefined;
  }
  const ssid = keys.SSID?.toLowerCase() ?? (keys.Name !== undefined ? hexOf(keys.Name) : undefined);
  if (type === 'wifi' && !isSsid(ssid)) {
    refuse('SSID', keys.SSID ?? '', `an SSID of 1 to 32 bytes, or a Name; [${group}] has no effect without it`);
    return undefined;
  }
  const ipv4 = readIpv4(keys.IPv4, (expected) => refuse('IPv4', keys.IPv4 ?? '', expected));
  const ipv6 = readIpv6(keys.IPv6, (expected) => refuse('IPv6', keys.IPv6 ?? '', expected));
  const eap = eapOf(keys);
  if (eap) checkEap(eap, refuse);
  const privacy = keys['IPv6.Privacy'];
  return {
    file: name,
    ident,
    type,
    ...(keys.Name !== undefined && { name: keys.Name }),
    ...(type === 'wifi' && { ssid: ssid as string, security: securityOf(keys, refuse) }),
    ...(type !== 'wifi' && eap && { security: 'ieee8021x' as const }),
    hidden: keys.Hidden ?? false,
    ...(keys.MAC !== undefined && { mac: keys.MAC.toLowerCase() }),
    ...(keys.DeviceName !== undefined && { deviceName: keys.DeviceName }),
    ...(keys.Passphrase !== undefined && { passphrase: new Secret(keys.Passphrase) }),
    ...(eap && { eap }),
    ipv4,
    ipv6,
    ...(privacy && { privacy: privacy === 'preferred' ? ('prefered' as const) : privacy }),
    nameservers: keys.Nameservers ?? [],
    searchDomains: keys.SearchDomains ?? [],
    timeservers: keys.Timeservers ?? [],
    ...(keys.Domain !== undefined && { domain: keys.Domain }),
    mdns: keys.mDNS ?? false,
    ...(keys.MACAddressPolicy && { macAddressPolicy: keys.MACAddressPolicy }),
    ...(keys.DataBudget !== undefined && { dataBudget: keys.DataBudget }),
    routes: keys.Routes ?? [],
  };
}

const secrets = new Set(['Passphrase', 'PrivateKeyPassphrase']);

function isSsid(ssid: string | undefined): boolean {
  return ssid !== undefined && ssid.length >= 2 && ssid.length <= 64;
}

function hexOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type Refuse = (key: string, found: string, expected: string) => void;

/** Rule 207: what is given decides, where Security says another thing. */
function securityOf(keys: Partial<ProvisioningKeys>, refuse: Refuse): NonNullable<Provision['security']> {
  const { Security: named, EAP, Passphrase } = keys;
  const meant = named === '8021x' ? 'ieee8021x' : named === 'open' ? 'none' : named;
  if (EAP) {
    if (meant && meant !== 'ieee8021x') refuse('Security', named ?? '', 'ieee8021x beside EAP; it counts as that');
    return 'ieee8021x';
  }
  if (Passphrase !== undefined) {
    if (meant === 'psk' || meant === 'wep') return meant;
    if (meant) refuse('Security', named ?? '', 'psk or wep beside Passphrase; it counts as psk');
    return 'psk';
  }
  if (meant && meant !== 'none') refuse('Security', named ?? '', 'a Passphrase or EAP beside it; it counts as none');
  return 'none';
}

function eapOf(keys: Partial<ProvisioningKeys>): ProvisionedEap | undefined {
  if (!keys.EAP) return undefined;
  const given = {
    identity: keys.Identity,
    anonymousIdentity: keys.AnonymousIdentity,
    phase2: keys.Phase2,
    caCertFile: keys.CACertFile,
    clientCertFile: keys.ClientCertFile,
    privateKeyFile: keys.PrivateKeyFile,
    privateKeyPassphrase: keys.PrivateKeyPassphrase === undefined ? undefined : new Secret(keys.PrivateKeyPassphrase),
    privateKeyPassphraseIsFsid: keys.PrivateKeyPassphraseType === 'fsid' ? true : undefined,
    subjectMatch: keys.SubjectMatch,
    altSubjectMatch: keys.AltSubjectMatch,
    domainSuffixMatch: keys.DomainSuffixMatch,
    domainMatch: keys.DomainMatch,
  };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { method: keys.EAP, ...present };
}

/** What a method cannot do without. Missing values are asked for where there is an agent; the file is not refused for them. */
function checkEap(eap: ProvisionedEap, refuse: Refuse): void {
  if (eap.identity === undefined) refuse('Identity', '', 'the user; the agent is asked for it');
  if (eap.method === 'tls' && (eap.clientCertFile === undefined || eap.privateKeyFile === undefined)) {
    refuse('EAP', 'tls', 'ClientCertFile and PrivateKeyFile beside it');
  }
}

/** Rule 206: a prefix that cannot be one counts as the longest, a missing mask makes the value wrong. */
function readIpv4(text: string | undefined, refuse: (expected: string) => void): ProvisionedIpv4 {
  const word = text?.toLowerCase() ?? '';
  if (word === 'off') return { method: 'off' };
  if (word === '' || word === 'dhcp' || word === 'auto') return { method: 'dhcp' };
  const parts = splitAddress(word, parseIpv4);
  if (!parts) {
    refuse('dhcp, off, or ADDRESS/MASK/GATEWAY; dhcp is used');
    return { method: 'dhcp' };
  }
  const mask = parseIpv4(parts.mask);
  let length = mask ? prefixLengthOf(mask) : Number(parts.mask);
  if (length === undefined || !(length >= 1 && length <= 32)) {
    refuse('a netmask or a prefix length of 1 to 32 behind the address; 32 is used');
    length = 32;
  }
  const { address, gateway } = parts;
  return { method: 'fixed', address, netmask: netmaskOf(length), ...(gateway && { gateway }) };
}

function readIpv6(text: string | undefined, refuse: (expected: string) => void): ProvisionedIpv6 {
  const word = text?.toLowerCase() ?? '';
  if (word === 'off') return { method: 'off' };
  if (word === '' || word === 'auto' || word === 'dhcp') return { method: 'auto' };
  const parts = splitAddress(word, parseIpv6);
  if (!parts) {
    refuse('auto, off, or ADDRESS/PREFIX/GATEWAY; auto is used');
    return { method: 'auto' };
  }
  let prefixLength = Number(parts.mask);
  if (!(prefixLength >= 1 && prefixLength <= 128)) {
    refuse('a prefix length of 1 to 128 behind the address; 128 is used');
    prefixLength = 128;
  }
  const { address, gateway } = parts;
  return { method: 'fixed', address, prefixLength, ...(gateway && { gateway }) };
}

interface AddressParts<A> {
  readonly address: A;
  readonly mask: string;
  readonly gateway?: A;
}

function splitAddress<A>(text: string, parse: (text: string) => A | undefined): AddressParts<A> | undefined {
  const [first = '', mask = '', last = '', ...more] = text.split('/');
  const [address, gateway] = [parse(first), last === '' ? undefined : parse(last)];
  const isWhole = address !== undefined && mask !== '' && (last === '' || gateway !== undefined) && more.length === 0;
  return isWhole ? { address, mask, ...(gateway !== undefined && { gateway }) } : undefined;
}
