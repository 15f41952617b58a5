/** Between the engine's settings and what is on disk under /var/lib/connman. */
import { formatDataBudget, type Logger, OsError, parseDataBudget, Secret } from '@connman/base';
import type { EapProfile, SecretRef, TechnologyType } from '@connman/contracts';
import { formatStaticRoute, netmaskOf, parseDuid, parseStaticRoutes, prefixLengthOf } from '@connman/inet';
import {
  formatModified,
  type Storage,
  type StoredEap,
  type StoredGlobal,
  type StoredService,
  type StoredTechnology,
  type TechnologyName,
  technologyNames,
} from '@connman/settings';
import type { Ipv4Config, Ipv6Config } from '../model/ipconfig/ip-settings';
import { parseNameservers } from '../model/service/nameserver-text';
import type { Service } from '../model/service/service';
import type { AccessSettings, ServiceSettings } from '../model/service/settings';
import { kindOf, technologyTypesInOrder, typeOfServiceId } from '../model/technology/kinds';
import type { GlobalSettings, StoredTechnologySettings } from '../model/technology/stored-settings';
import type { Stored } from '../world';
import type { Secrets } from './secrets';
import type { StoreWriter } from './store';

/** What was stored, for the engine to start from; passphrases stay in `secrets`. */
export function readStored(
  storage: Storage,
  secrets: Secrets,
): Omit<Stored, 'leases' | 'leases6' | 'borrowed' | 'uniqueLocal'> {
  const { offlineMode = false, technologies: groups, timeUpdates, timezoneUpdates, timeservers } = storage.global();
  const clock = {
    ...(timeUpdates && { timeUpdates }),
    ...(timezoneUpdates && { timezoneUpdates }),
    ...(timeservers && { timeservers }),
  };
  const services = new Map<string, ServiceSettings>();
  for (const [id, stored] of storage.services()) {
    const type = typeOfServiceId(id);
    if (type !== undefined) services.set(id, settingsOf(stored, type, secrets));
  }
  const technologies: { [T in TechnologyType]?: StoredTechnologySettings } = {};
  for (const type of technologyTypesInOrder) {
    const group = groups[kindOf(type).name as TechnologyName];
    if (!group) continue;
    const { enable, tetheringFreq, tethering, tetheringIdentifier, tetheringPassphrase, tetheringHidden } = group;
    technologies[type] = {
      ...(enable !== undefined && { enable }),
      ...(tetheringFreq !== undefined && { tetheringFreq }),
      ...(tethering !== undefined && { tethering }),
      ...(tetheringIdentifier !== undefined && { tetheringIdentifier }),
      ...(tetheringPassphrase && { tetheringPassphrase: secrets.keep(tetheringPassphrase) }),
      ...(tetheringHidden !== undefined && { tetheringHidden }),
    };
  }
  return { global: { offlineMode, technologies, ...clock }, services };
}

/** Writes to `storage`; a fault is logged. */
export function storeWriter(storage: Storage, secrets: Secrets, log: Logger): StoreWriter {
  const attempt = (what: string, write: () => void): string | undefined => {
    try {
      write();
      return undefined;
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.error(`${what} is not saved: ${error.message}; the file stays as it is until the next change`);
      return error.message;
    }
  };
  return {
    writeService: (service) =>
      attempt(service.id, () => {
        storage.saveService(service.id, (before) => storedOf(service, before, secrets));
      }),
    forgetService: (id) => void attempt(id, () => storage.removeService(id)),
    writeGlobal: (settings) =>
      attempt('settings', () => storage.saveGlobal((before) => globalOf(settings, before, secrets))),
  };
}

/** Groups of technologies that are as they were stored are not touched: they may hold what another program wrote. */
function globalOf(settings: GlobalSettings, before: StoredGlobal, secrets: Secrets): StoredGlobal {
  const technologies: { [T in TechnologyName]?: StoredTechnology } = {};
  for (const type of technologyTypesInOrder) {
    const kept = settings.technologies[type];
    const passphrase = kept?.tetheringPassphrase;
    const wanted: StoredTechnology | undefined = kept && {
      ...kept,
      tetheringPassphrase: passphrase && secrets.reveal(passphrase),
    };
    const name = kindOf(type).name as TechnologyName;
    if (!wanted || !technologyNames.includes(name)) continue;
    const stored = before.technologies[name];
    const given = Object.entries(wanted).filter(([, value]) => value !== undefined) as [
      keyof StoredTechnology,
      unknown,
    ][];
    if (given.every(([key, value]) => textOf(value) === textOf(stored?.[key]))) continue;
    technologies[name] = { tethering: false, ...stored, ...Object.fromEntries(given) };
  }
  const { offlineMode, timeUpdates, timezoneUpdates, timeservers } = settings;
  return { ...before, offlineMode, timeUpdates, timezoneUpdates, timeservers, technologies };
}

const textOf = (value: unknown): string => (value instanceof Secret ? value.reveal() : String(value));

function settingsOf(stored: StoredService, type: TechnologyType, secrets: Secrets): ServiceSettings {
  const { ipv4, ipv6, proxy } = stored;
  const duid = parseDuid(ipv6?.duid ?? '');
  const access = accessOf(stored, secrets);
  const isProvisioned = stored.configFile !== undefined && stored.configIdent !== undefined;
  return {
    favorite: stored.favorite ?? kindOf(type).favoriteUnlessStored,
    autoConnect: stored.autoConnect ?? true,
    modified: Date.parse(stored.modified?.replace(/Z$/, '') ?? '') || 0,
    ipv4: ipv4Of(ipv4, isProvisioned),
    ipv6: ipv6Of(ipv6, isProvisioned),
    nameservers: parseNameservers(stored.nameservers ?? []),
    timeservers: stored.timeservers ?? [],
    domains: stored.domains ?? [],
    mdns: stored.mdns ?? false,
    ...(proxy && {
      proxy: {
        method: proxy.method,
        url: proxy.url ?? '',
        servers: proxy.servers ?? [],
        excludes: proxy.excludes ?? [],
      },
    }),
    ...(stored.dnsOverTls && { dnsOverTls: stored.dnsOverTls }),
    ...(stored.macAddressPolicy && { macAddressPolicy: stored.macAddressPolicy }),
    ...(stored.metered && { metered: stored.metered }),
    ...budgetOf(stored),
    ...(stored.routes && { routes: parseStaticRoutes(stored.routes) }),
    ...(ipv4?.lastAddress && { lastAddress: ipv4.lastAddress }),
    ...(duid && { duid }),
    ...(access && { access }),
    ...(stored.configFile !== undefined &&
      stored.configIdent !== undefined && { provision: { file: stored.configFile, ident: stored.configIdent } }),
  };
}

function budgetOf({ dataBudget, dataUsed, dataMonth }: StoredService): Partial<ServiceSettings> {
  const budget = parseDataBudget(dataBudget ?? '');
  if (!budget) return {};
  const isCounted = dataUsed !== undefined && dataMonth !== undefined;
  return { dataBudget: budget, ...(isCounted && { dataUsed: { bytes: dataUsed, month: dataMonth } }) };
}

function accessOf(stored: StoredService, secrets: Secrets): AccessSettings | undefined {
  const { ssid, hidden, frequency, passphrase, atLeast, eap } = stored;
  if (ssid === undefined && passphrase === undefined) return undefined;
  const secret = passphrase && secrets.keep(passphrase);
  return {
    ...(ssid !== undefined && { ssid }),
    ...(hidden && { hidden }),
    ...(frequency !== undefined && { frequency }),
    ...(secret && !eap && { passphrase: secret }),
    ...(atLeast && { atLeast }),
    ...(eap && { eap: eapOf(eap, secret) }),
  };
}

function eapOf(stored: StoredEap, password: SecretRef | undefined): EapProfile<SecretRef> {
  const { method, identity, phase2, serverCertificate } = stored;
  return {
    method,
    // What is stored is what the user was asked for, and no user is asked for the method.
    ...(method === 'peap' && { orTtls: true }),
    ...(identity !== undefined && { identity }),
    ...(password && { password }),
    ...(phase2 !== undefined && { phase2 }),
    ...(serverCertificate !== undefined && { pinnedServerCertificate: serverCertificate }),
  };
}

/** Static: by the user, or by a *.config file. Any other `fixed` is a provider's, which says it again. */
function isStatic(method: string | undefined, isProvisioned: boolean): boolean {
  return method === 'manual' || (method === 'fixed' && isProvisioned);
}

/** `auto` was reported while an address of RFC 3927 was in use: it means DHCP. */
function ipv4Of(stored: StoredService['ipv4'], isProvisioned: boolean): Ipv4Config {
  if (stored?.method === 'off') return { method: 'off' };
  if (!stored || !isStatic(stored.method, isProvisioned)) return { method: 'dhcp' };
  const { address, prefixLength, gateway } = stored;
  return {
    method: 'manual',
    // As in ConnMan: without a length, or with 0, the address is its whole network.
    ...(address && { address, netmask: netmaskOf(prefixLength || 32) }),
    ...(gateway && { gateway }),
  };
}

function ipv6Of(stored: StoredService['ipv6'], isProvisioned: boolean): Ipv6Config {
  const privacy = stored?.privacy ?? 'disabled';
  if (stored?.method === 'off') return { method: 'off', privacy };
  if (!stored || !isStatic(stored.method, isProvisioned)) return { method: 'auto', privacy };
  const { address, prefixLength, gateway } = stored;
  return {
    method: 'manual',
    privacy,
    ...(address && { address }),
    ...(address && prefixLength !== undefined && { prefixLength }),
    ...(gateway && { gateway }),
  };
}

/** What is known of the service, over what is stored and not modelled: a DUID, prefixes, a peer and broadcast address. */
function storedOf(service: Service, before: StoredService, secrets: Secrets): StoredService {
  const { favorite, autoConnect, modified, nameservers, timeservers, domains, mdns, proxy, provision } =
    service.settings;
  const { macAddressPolicy, metered, dataBudget, dataUsed, routes } = service.settings;
  return {
    ...before,
    name: service.name,
    favorite,
    autoConnect,
    modified: modified > 0 ? formatModified(modified) : undefined,
    ipv4: storedIpv4(service.settings, before.ipv4),
    ipv6: storedIpv6(service.settings, before.ipv6),
    nameservers,
    timeservers,
    domains,
    proxy,
    mdns,
    macAddressPolicy,
    metered: metered === 'auto' ? undefined : metered,
    dataBudget: dataBudget && formatDataBudget(dataBudget),
    dataUsed: dataUsed?.bytes,
    dataMonth: dataUsed?.month,
    routes: routes?.map(formatStaticRoute),
    configFile: provision?.file,
    configIdent: provision?.ident,
    ...storedAccess(service.settings, secrets),
  };
}

function storedIpv4(
  { ipv4, lastAddress, provision }: ServiceSettings,
  before: StoredService['ipv4'],
): StoredService['ipv4'] {
  const { address, netmask, gateway } = ipv4;
  const method = provision && ipv4.method === 'manual' ? 'fixed' : ipv4.method;
  const prefixLength = netmask && prefixLengthOf(netmask);
  const { peer, broadcast } =
    before?.address === address && before?.prefixLength === prefixLength ? (before ?? {}) : {};
  return { method, lastAddress: lastAddress ?? before?.lastAddress, address, prefixLength, peer, broadcast, gateway };
}

function storedIpv6(
  { ipv6, provision, duid: own }: ServiceSettings,
  before: StoredService['ipv6'],
): StoredService['ipv6'] {
  const { privacy, address, prefixLength, gateway } = ipv6;
  const method = provision && ipv6.method === 'manual' ? 'fixed' : ipv6.method;
  const { lastAddress, lastPrefixes, duid: stored } = before ?? {};
  const duid = own ?? stored;
  const { peer, broadcast } =
    before?.address === address && before?.prefixLength === prefixLength ? (before ?? {}) : {};
  return { method, privacy, lastAddress, lastPrefixes, duid, address, prefixLength, peer, broadcast, gateway };
}

function storedAccess({ access, provision }: ServiceSettings, secrets: Secrets): Partial<StoredService> {
  if (!access) return {};
  const { ssid, hidden, frequency, passphrase, atLeast, eap } = access;
  const secret = passphrase ?? (provision ? undefined : eap?.password);
  return {
    ...{ ssid, hidden, frequency, atLeast },
    passphrase: secret && secrets.reveal(secret),
    // What a file provides is read from there.
    eap: provision ? undefined : eap && storedEap(eap),
  };
}

function storedEap({ method, identity, phase2, pinnedServerCertificate }: EapProfile<SecretRef>): StoredEap {
  return { method, identity, phase2, serverCertificate: pinnedServerCertificate };
}
