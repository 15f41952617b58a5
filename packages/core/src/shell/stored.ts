/** Between the engine's settings and what is on disk under /var/lib/connman. */
import { type Logger, OsError } from '@connman/base';
import { netmaskOf, prefixLengthOf } from '@connman/inet';
import { formatModified, type Storage, type StoredService } from '@connman/settings';
import type { Ipv4Config, Ipv6Config } from '../model/ipconfig/ip-settings';
import { parseNameservers } from '../model/service/nameserver-text';
import type { Service, ServiceSettings } from '../model/service/service';
import type { GlobalSettings } from '../model/technology/stored-settings';
import type { Stored } from '../world';
import type { StoreWriter } from './store';

/** What was stored, for the engine to start from. */
export function readStored(storage: Storage): Stored {
  const { offlineMode, technologies } = storage.global();
  const services = new Map<string, ServiceSettings>();
  for (const [id, stored] of storage.services()) {
    if (id.startsWith('ethernet_')) services.set(id, settingsOf(stored));
  }
  return {
    global: {
      offlineMode: offlineMode ?? false,
      enabled: { ethernet: technologies.Wired?.enable ?? true },
      ...(technologies.Wired?.tetheringFreq !== undefined && { tetheringFreq: technologies.Wired.tetheringFreq }),
    },
    services,
  };
}

/** Writes to `storage`; a fault is logged, and the next change of the same thing tries again. */
export function storeWriter(storage: Storage, log: Logger): StoreWriter {
  const attempt = (what: string, write: () => void) => {
    try {
      write();
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.error(`${what} is not saved: ${error.message}; it is lost if the daemon ends before the next change`);
    }
  };
  return {
    writeService: (service) =>
      attempt(service.id, () =>
        storage.saveService(service.id, { ...storage.service(service.id), ...storedOf(service) }),
      ),
    writeGlobal: (settings) => attempt('settings', () => writeGlobal(storage, settings)),
  };
}

function writeGlobal(storage: Storage, settings: GlobalSettings): void {
  const before = storage.global();
  const { Wired } = before.technologies;
  const wired = { enable: settings.enabled.ethernet, tetheringFreq: settings.tetheringFreq };
  storage.saveGlobal({
    ...before,
    offlineMode: settings.offlineMode,
    technologies: { Wired: { tethering: false, ...Wired, ...wired } },
  });
}

function settingsOf(stored: StoredService): ServiceSettings {
  const { ipv4, ipv6, proxy } = stored;
  return {
    // Ethernet services are favorites without saying so.
    favorite: stored.favorite ?? true,
    autoConnect: stored.autoConnect ?? true,
    modified: Date.parse(stored.modified?.replace(/Z$/, '') ?? '') || 0,
    ipv4: ipv4Of(ipv4),
    ipv6: ipv6Of(ipv6),
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
    ...(ipv4?.lastAddress && { lastAddress: ipv4.lastAddress }),
  };
}

/** `auto` was reported while an address of RFC 3927 was in use, and `fixed` is a provider's: both mean DHCP here. */
function ipv4Of(stored: StoredService['ipv4']): Ipv4Config {
  if (stored?.method === 'off') return { method: 'off' };
  if (stored?.method !== 'manual') return { method: 'dhcp' };
  const { address, prefixLength, gateway } = stored;
  return {
    method: 'manual',
    ...(address && { address }),
    ...(prefixLength !== undefined && { netmask: netmaskOf(prefixLength) }),
    ...(gateway && { gateway }),
  };
}

function ipv6Of(stored: StoredService['ipv6']): Ipv6Config {
  const privacy = stored?.privacy ?? 'disabled';
  if (stored?.method === 'off') return { method: 'off', privacy };
  if (stored?.method !== 'manual') return { method: 'auto', privacy };
  const { address, prefixLength, gateway } = stored;
  return {
    method: 'manual',
    privacy,
    ...(address && { address }),
    ...(prefixLength !== undefined && { prefixLength }),
    ...(gateway && { gateway }),
  };
}

function storedOf(service: Service): StoredService {
  const { favorite, autoConnect, modified, ipv4, ipv6, lastAddress, ...lists } = service.settings;
  const { nameservers, timeservers, domains, mdns, proxy } = lists;
  return {
    name: service.name,
    favorite,
    autoConnect,
    modified: modified > 0 ? formatModified(modified) : undefined,
    ipv4: {
      method: ipv4.method,
      lastAddress,
      address: ipv4.address,
      prefixLength: ipv4.netmask && prefixLengthOf(ipv4.netmask),
      gateway: ipv4.gateway,
    },
    ipv6: {
      method: ipv6.method,
      privacy: ipv6.privacy,
      address: ipv6.address,
      prefixLength: ipv6.prefixLength,
      gateway: ipv6.gateway,
    },
    nameservers,
    timeservers,
    domains,
    proxy,
    mdns,
  };
}
