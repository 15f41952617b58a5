/**
 * What is remembered of a service: /var/lib/connman/IDENTIFIER/settings, keys and encodings as ConnMan has them, so that
 * either daemon reads what the other wrote. Keys that are not ConnMan's stay where they are.
 */
import { dataBudgetPattern, Secret } from '@connman/base';
import type { Ipv4Address, Ipv6Address } from '@connman/inet';
import {
  boolean,
  dataBudgetExpected,
  hex,
  integer,
  ipv4,
  ipv6,
  pattern,
  routes,
  text,
  texts,
  type ValuesOf,
  word,
} from './fields';
import { KeyFile } from './keyfile';
import { escapeC, unescapeC, writeList, writeText } from './keyfile-values';
import { type DnsOverTlsMode, type MacAddressPolicy, macAddressPolicies } from './main-settings';
import type { Problem } from './problem';
import { readGroup } from './read-group';

/** One family's configuration. */
export interface StoredIp<Address, Method> {
  readonly method: Method;
  /** Of the last lease; kept with method dhcp (IPv4) and auto (IPv6). */
  readonly lastAddress?: Address | undefined;
  /** This and the next four: kept with methods manual and fixed. */
  readonly address?: Address | undefined;
  readonly prefixLength?: number | undefined;
  readonly peer?: Address | undefined;
  readonly broadcast?: Address | undefined;
  readonly gateway?: Address | undefined;
}

export interface StoredIpv6 extends StoredIp<Ipv6Address, 'auto' | 'manual' | 'off' | 'fixed'> {
  readonly privacy?: 'disabled' | 'enabled' | 'prefered' | undefined;
  /** Delegated, as `2001:db8::/64`. */
  readonly lastPrefixes?: readonly string[] | undefined;
  /** DUID in hexadecimal (RFC 8415 section 11). */
  readonly duid?: string | undefined;
}

export type StoredIpv4 = StoredIp<Ipv4Address, 'dhcp' | 'manual' | 'off' | 'fixed' | 'auto'>;

export interface StoredProxy {
  readonly method: 'direct' | 'manual' | 'auto';
  readonly servers?: readonly string[] | undefined;
  readonly excludes?: readonly string[] | undefined;
  readonly url?: string | undefined;
}

export interface StoredEap {
  readonly method: 'peap' | 'ttls' | 'tls' | 'pwd';
  readonly identity?: string | undefined;
  readonly phase2?: string | undefined;
  /** SHA-256 of the certificate that the server showed first, hexadecimal. */
  readonly serverCertificate?: string | undefined;
}

export interface StoredService {
  readonly name?: string | undefined;
  /** Hexadecimal. */
  readonly ssid?: string | undefined;
  /** MHz. */
  readonly frequency?: number | undefined;
  /** Not kept for ethernet and vpn, whose default it is. */
  readonly favorite?: boolean | undefined;
  /** Kept for favorites only. */
  readonly autoConnect?: boolean | undefined;
  /** See `formatModified`. */
  readonly modified?: string | undefined;
  readonly passphrase?: Secret | undefined;
  /** Kept for vpn only. */
  readonly splitRouting?: boolean | undefined;
  readonly ipv4?: StoredIpv4 | undefined;
  readonly ipv6?: StoredIpv6 | undefined;
  readonly nameservers?: readonly string[] | undefined;
  readonly timeservers?: readonly string[] | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly proxy?: StoredProxy | undefined;
  readonly mdns?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  /** Not ConnMan's: the hardware address that the network sees; absent means the device's own. */
  readonly macAddressPolicy?: MacAddressPolicy | undefined;
  /** Not ConnMan's: whether it is paid by the byte; absent where that is guessed. */
  readonly metered?: 'yes' | 'no' | undefined;
  /** Not ConnMan's: as `formatDataBudget` writes it, and the bytes that are used of it, in which month (as 2026-11). */
  readonly dataBudget?: string | undefined;
  readonly dataUsed?: number | undefined;
  readonly dataMonth?: string | undefined;
  /** Not ConnMan's: static routes, as `formatStaticRoute` writes them. */
  readonly routes?: readonly string[] | undefined;
  /** Not ConnMan's, as the four below: WPA3 or OWE succeeded here, and WPA2 or no encryption is accepted no more. */
  readonly atLeast?: 'sae' | 'owe' | undefined;
  /** 802.1X as the user was asked for it; the password is `passphrase`. */
  readonly eap?: StoredEap | undefined;
  /** Not ConnMan's: a person writes it, in place of DNSOverTLS in main.conf. Read, and never written. */
  readonly dnsOverTls?: DnsOverTlsMode | undefined;
  /** The provisioning file, without `.config`, and its section. */
  readonly configFile?: string | undefined;
  readonly configIdent?: string | undefined;
}

const modifiedPattern = /^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** In the order in which a new file gets them. */
export const serviceFields = {
  Name: text(),
  SSID: hex(),
  Frequency: integer({ least: 0, most: 0x7fffffff, expected: 'a frequency in MHz' }),
  Favorite: boolean(),
  AutoConnect: boolean(),
  Modified: pattern(modifiedPattern, 'a time such as 2025-01-02T03:04:05Z'),
  Passphrase: text(),
  SplitRouting: boolean(),
  'IPv4.method': word(['dhcp', 'manual', 'off', 'fixed', 'auto']),
  'IPv4.DHCP.LastAddress': ipv4(),
  'IPv4.netmask_prefixlen': integer({ least: 0, most: 32, expected: 'a prefix length, 0 to 32' }),
  'IPv4.local_address': ipv4(),
  'IPv4.peer_address': ipv4(),
  'IPv4.broadcast_address': ipv4(),
  'IPv4.gateway': ipv4(),
  'IPv6.method': word(['auto', 'manual', 'off', 'fixed']),
  'IPv6.privacy': word(['disabled', 'enabled', 'prefered', 'preferred']),
  'IPv6.DHCP.LastAddress': ipv6(),
  'IPv6.DHCP.LastPrefixes': texts(';'),
  'IPv6.netmask_prefixlen': integer({ least: 0, most: 128, expected: 'a prefix length, 0 to 128' }),
  'IPv6.local_address': ipv6(),
  'IPv6.peer_address': ipv6(),
  'IPv6.broadcast_address': ipv6(),
  'IPv6.gateway': ipv6(),
  'IPv6.DHCP.DUID': hex(),
  Nameservers: texts(';'),
  Timeservers: texts(';'),
  Domains: texts(';'),
  'Proxy.Method': word(['direct', 'manual', 'auto']),
  'Proxy.Servers': texts(';'),
  'Proxy.Excludes': texts(';'),
  'Proxy.URL': text(),
  mDNS: boolean(),
  Hidden: boolean(),
  MACAddressPolicy: word(macAddressPolicies),
  Metered: word(['yes', 'no']),
  DataBudget: pattern(dataBudgetPattern, dataBudgetExpected),
  DataUsed: integer({ least: 0, most: Number.MAX_SAFE_INTEGER, expected: 'a number of bytes' }),
  DataMonth: pattern(/^\d{4}-\d\d$/, 'a month such as 2026-11'),
  Routes: routes(';'),
  WPA3: boolean(),
  OWE: boolean(),
  EAP: word(['peap', 'ttls', 'tls', 'pwd']),
  Identity: text(),
  Phase2: text(),
  ServerCertificate: hex(),
  DNSOverTLS: word(['off', 'opportunistic', 'strict']),
  'Config.file': text(),
  'Config.ident': text(),
};

type ServiceKeys = ValuesOf<typeof serviceFields>;

/** Reads the group named after the service; undefined if it is not there. A value that does not fit counts as absent. */
export function readStoredService(
  file: string,
  identifier: string,
  content: string,
  problems: Problem[],
): StoredService | undefined {
  const keyFile = KeyFile.parse(content);
  // The text of the line may be part of a passphrase.
  for (const { line, expected } of keyFile.faults) problems.push({ file, line, found: '***', expected });
  if (keyFile.lineOfGroup(identifier) === 0) return undefined;
  const keys = readGroup(keyFile, identifier, serviceFields, { file, handwritten: false, problems });
  return {
    name: keys.Name,
    ssid: keys.SSID,
    frequency: keys.Frequency,
    favorite: keepsFavorite(identifier) ? keys.Favorite : undefined,
    autoConnect: keys.AutoConnect,
    modified: keys.Modified,
    passphrase: keys.Passphrase === undefined ? undefined : new Secret(unescapeC(keys.Passphrase)),
    splitRouting: keys.SplitRouting,
    ipv4: keys['IPv4.method'] && {
      method: keys['IPv4.method'],
      lastAddress: keys['IPv4.DHCP.LastAddress'],
      address: keys['IPv4.local_address'],
      prefixLength: keys['IPv4.netmask_prefixlen'],
      peer: keys['IPv4.peer_address'],
      broadcast: keys['IPv4.broadcast_address'],
      gateway: keys['IPv4.gateway'],
    },
    ipv6: keys['IPv6.method'] && {
      method: keys['IPv6.method'],
      privacy: keys['IPv6.privacy'] === 'preferred' ? 'prefered' : keys['IPv6.privacy'],
      lastAddress: keys['IPv6.DHCP.LastAddress'],
      lastPrefixes: keys['IPv6.DHCP.LastPrefixes'],
      duid: keys['IPv6.DHCP.DUID'],
      address: keys['IPv6.local_address'],
      prefixLength: keys['IPv6.netmask_prefixlen'],
      peer: keys['IPv6.peer_address'],
      broadcast: keys['IPv6.broadcast_address'],
      gateway: keys['IPv6.gateway'],
    },
    nameservers: keys.Nameservers,
    timeservers: keys.Timeservers,
    domains: keys.Domains,
    proxy: keys['Proxy.Method'] && {
      method: keys['Proxy.Method'],
      servers: keys['Proxy.Servers'],
      excludes: keys['Proxy.Excludes'],
      url: keys['Proxy.URL'],
    },
    mdns: keys.mDNS,
    hidden: keys.Hidden,
    macAddressPolicy: keys.MACAddressPolicy,
    metered: keys.Metered,
    dataBudget: keys.DataBudget,
    dataUsed: keys.DataUsed,
    dataMonth: keys.DataMonth,
    routes: keys.Routes,
    atLeast: keys.WPA3 ? 'sae' : keys.OWE ? 'owe' : undefined,
    eap: keys.EAP && {
      method: keys.EAP,
      identity: keys.Identity,
      phase2: keys.Phase2,
      serverCertificate: keys.ServerCertificate,
    },
    dnsOverTls: keys.DNSOverTLS,
    configFile: keys['Config.file'],
    configIdent: keys['Config.ident'],
  };
}

/** The file with this service in it. `previous` is the file's content so far, '' if there is none. */
export function writeStoredService(identifier: string, service: StoredService, previous: string): string {
  const keyFile = KeyFile.parse(previous);
  const keys = keysOf(identifier, service);
  for (const key of Object.keys(serviceFields) as (keyof ServiceKeys)[]) {
    // Right or wrong, it is for its author to change.
    if (key === 'DNSOverTLS') continue;
    const value = keys[key];
    if (value === undefined) keyFile.remove(identifier, key);
    else keyFile.set(identifier, key, rawOf(value));
  }
  return keyFile.toString();
}

function rawOf(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'string') return writeText(value);
  return typeof value === 'object' ? writeList(value) : String(value);
}

/** The keys to write: ConnMan's rules about which value is worth a key. */
function keysOf(identifier: string, service: StoredService): Partial<ServiceKeys> {
  const { ipv4: v4, ipv6: v6, proxy } = service;
  const static4 = v4?.method === 'manual' || v4?.method === 'fixed' ? v4 : undefined;
  const static6 = v6?.method === 'manual' || v6?.method === 'fixed' ? v6 : undefined;
  const keys: { [K in Exclude<keyof ServiceKeys, 'DNSOverTLS'>]: ServiceKeys[K] | undefined } = {
    Name: service.name,
    SSID: service.ssid,
    Frequency: service.frequency,
    Favorite: keepsFavorite(identifier) ? service.favorite : undefined,
    AutoConnect: service.favorite === false ? undefined : service.autoConnect,
    Modified: service.modified,
    Passphrase: service.passphrase && escapeC(service.passphrase.reveal()),
    SplitRouting: typeOf(identifier) === 'vpn' ? service.splitRouting : undefined,
    'IPv4.method': v4?.method,
    'IPv4.DHCP.LastAddress': v4?.method === 'dhcp' ? v4.lastAddress : undefined,
    'IPv4.netmask_prefixlen': static4?.prefixLength,
    'IPv4.local_address': static4?.address,
    'IPv4.peer_address': static4?.peer,
    'IPv4.broadcast_address': static4?.broadcast,
    'IPv4.gateway': static4?.gateway,
    'IPv6.method': v6?.method,
    'IPv6.privacy': v6?.privacy,
    'IPv6.DHCP.LastAddress': v6?.method === 'auto' ? v6.lastAddress : undefined,
    'IPv6.DHCP.LastPrefixes': v6?.method === 'auto' ? filled(v6.lastPrefixes) : undefined,
    'IPv6.netmask_prefixlen': static6?.prefixLength,
    'IPv6.local_address': static6?.address,
    'IPv6.peer_address': static6?.peer,
    'IPv6.broadcast_address': static6?.broadcast,
    'IPv6.gateway': static6?.gateway,
    'IPv6.DHCP.DUID': v6?.duid,
    Nameservers: filled(service.nameservers),
    Timeservers: filled(service.timeservers),
    Domains: filled(service.domains),
    'Proxy.Method': proxy?.method,
    'Proxy.Servers': filled(proxy?.servers),
    'Proxy.Excludes': filled(proxy?.excludes),
    'Proxy.URL': proxy?.url || undefined,
    mDNS: service.mdns || undefined,
    Hidden: service.hidden || undefined,
    MACAddressPolicy: service.macAddressPolicy,
    Metered: service.metered,
    DataBudget: service.dataBudget,
    DataUsed: service.dataUsed,
    DataMonth: service.dataMonth,
    Routes: filled(service.routes),
    WPA3: service.atLeast === 'sae' || undefined,
    OWE: service.atLeast === 'owe' || undefined,
    EAP: service.eap?.method,
    Identity: service.eap?.identity,
    Phase2: service.eap?.phase2,
    ServerCertificate: service.eap?.serverCertificate,
    'Config.file': service.configFile,
    'Config.ident': service.configIdent,
  };
  return keys as Partial<ServiceKeys>;
}

function keepsFavorite(identifier: string): boolean {
  const type = typeOf(identifier);
  return type !== 'ethernet' && type !== 'vpn';
}

function typeOf(identifier: string): string {
  return identifier.slice(0, identifier.indexOf('_'));
}

function filled(items: readonly string[] | undefined): readonly string[] | undefined {
  return items && items.length > 0 ? items : undefined;
}

/** The time of the last change as ConnMan writes it: local time, in spite of the Z, in whole seconds. */
export function formatModified(wallTimeMs: number): string {
  const t = new Date(wallTimeMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
  return `${date}T${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}Z`;
}
