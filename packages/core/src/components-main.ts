/** What connmand hosts, or loads when it is needed: each of these components may be left out of a build, or run on the bus. */
import { type Logger, OsError, scoped } from '@connman/base';
import type * as bluetooth from '@connman/bluetooth';
import type { dun } from '@connman/bluetooth';
import type * as cellular from '@connman/cellular';
import type { modemManager } from '@connman/cellular';
import {
  type DhcpServerComponent,
  type DhcpServerEvent,
  type DnsProxySteering,
  dnsProxyBusName,
  exportDnsProxy,
  type NtpComponent,
  type RouterAdvertiserComponent,
  type TechnologyDriver,
  vpnBusName,
} from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { dhcp6, tethering } from '@connman/dhcp';
import { createDnsProxy } from '@connman/dnsproxy';
import {
  batchPort,
  bootClock as clock,
  createFileSource,
  createRfkill,
  createSecureStreamPort,
  createStreamListenerPort,
  createStreamPort,
  datagramPort,
  kernelEntropy as entropy,
  exchangePort,
  diskFiles as files,
  loadPart,
  localListenerPort,
  netlinkPort,
  packetPort,
  portHolderPort,
  programRunner,
  stampedDatagramPort,
  systemClock,
  systemNameResolver,
} from '@connman/linux';
import type { iptables } from '@connman/netlink';
import type { Rfkill } from '@connman/ports';
import type { MainSettings } from '@connman/settings';
import type * as vpn from '@connman/vpn';
import type * as wifiPart from '@connman/wifi';
import type { p2p, wired } from '@connman/wifi';
import type { Happening } from './events';
import type { PortalView } from './model/onboarding/onboarding';
import { wantsPart } from './shell/build-parts';
import type { Drivers } from './shell/drivers';
import type { Firewall } from './shell/firewall';
import type * as metrics from './shell/metrics/metrics';
import type * as neard from './shell/neard/handover-agent';
import type { HandoverOptions } from './shell/neard/handover-agent';
import type * as networkManager from './shell/networkmanager/state';
import { driverOnDemand } from './shell/on-demand';
import type * as onboarding from './shell/onboarding/portal';
import type { PortalOptions } from './shell/onboarding/portal';
import type { Options } from './shell/options';
import type { Snapshot } from './shell/publish/snapshot';
import type * as systemdResolved from './shell/resolver/systemd-resolved-backend';
import type * as sessions from './shell/session/sessions';
import type { Shell } from './shell/shell';
import { isVpnConfigured } from './shell/vpn-configured';

export const loadIptables = () => {
  const part = loadPart<typeof iptables>('iptables');
  return part && new part.IptablesFirewall(programRunner, () => files.status('/proc/net/if_inet6') !== undefined);
};
export const loadSessions = () => loadPart<typeof sessions>('sessions')?.Sessions;
export const loadMetrics = () => loadPart<typeof metrics>('metrics');

/** The socket that MetricsSocket names, if it does. */
export function metricsSocket(path: string, log: Logger, shell: Shell, bus: Bus): { close(): void } {
  const part = path === '' ? undefined : loadMetrics();
  const text = () => part?.metricsText(shell, bus) ?? Promise.resolve('');
  return part?.serveMetrics({ path, listeners: localListenerPort, log, text }) ?? { close: () => {} };
}
export const loadDhcp6 = () => loadPart<typeof dhcp6>('dhcp6')?.Dhcp6Client;

export const loadSystemdResolved = () => loadPart<typeof systemdResolved>('systemd-resolved')?.systemdResolvedBackend;

/** NetworkManager's State, where NetworkManagerCompat wants it. */
export function networkManagerState(bus: Bus, log: Logger, snapshot: () => Snapshot) {
  const part = loadPart<typeof networkManager>('networkmanager');
  if (part) return new part.NetworkManagerState(bus, log, snapshot());
  log.warning('NetworkManagerCompat has no effect: the part networkmanager is not installed');
  return undefined;
}

/** The page of the onboarding access point. */
export function onboardingPortal(options: Omit<PortalOptions, 'port' | 'clock'>): {
  show(view: PortalView | undefined): void;
} {
  let portal: onboarding.Portal | undefined;
  return {
    show: (view) => {
      const part = portal || !view ? undefined : loadPart<typeof onboarding>('onboarding');
      portal ??= part && new part.Portal({ ...options, clock, port: 80 });
      if (portal) portal.show(view);
      else if (view)
        options.log.error('the onboarding access point has no page: the part "onboarding" is not installed');
    },
  };
}

/** Wi-Fi by NFC, loaded when neard runs. */
export function watchNeard(options: Options, parts: HandoverOptions): void {
  let agent: neard.HandoverAgent | undefined;
  if (!wantsPart(options, 'neard')) return;
  parts.bus.watchOwner('org.neard', (owner) => {
    if (owner === undefined && !agent) return;
    const part = agent ? undefined : loadPart<typeof neard>('neard');
    agent ??= part && new part.HandoverAgent(parts);
    agent?.appeared(owner);
  });
}

/** What serves clients, loaded when a connection is shared. */
export function sharingParts(
  options: Options,
  log: Logger,
  onEvent: (event: DhcpServerEvent) => void,
): { readonly dhcpServers: DhcpServerComponent; readonly advertisers: RouterAdvertiserComponent } {
  const common = { clock, packets: packetPort, log };
  // Groups of peers are of this boot, and never the same twice.
  const leaseFile = (link: string) =>
    link === 'tether' ? `${options.storage}/tether-leases` : `${options.runtime}/peer-leases`;
  let servers: DhcpServerComponent | undefined;
  let advertisers: RouterAdvertiserComponent | undefined;
  const load = () => loadPart<typeof tethering>('tethering');
  return {
    dhcpServers: {
      start: (request) => {
        servers ??= load()?.createDhcpServers({ ...common, datagrams: datagramPort, files, leaseFile, onEvent });
        if (servers) return servers.start(request);
        const { ifindex } = request;
        onEvent({ kind: 'failed', ifindex, reason: 'the part "tethering" is not installed' });
      },
      stop: (ifindex) => servers?.stop(ifindex),
    },
    advertisers: {
      start: (request) => {
        const part = advertisers ? undefined : load();
        advertisers ??= part?.createRouterAdvertisers({
          ...{ ...common, entropy, onEvent },
          watchNeighbours: (watch) => new part.NeighbourWatch({ ...watch, netlink: netlinkPort }),
        });
        advertisers?.start(request);
      },
      stop: (ifindex) => advertisers?.stop(ifindex),
    },
  };
}

/** Loaded when there is a server to ask. */
export function hostedNtp(log: Logger): NtpComponent | undefined {
  return loadPart<typeof import('@connman/ntp')>('ntp')?.createNtpComponent({
    ...{ clock, systemClock, entropy, datagrams: stampedDatagramPort, names: systemNameResolver, log },
    secureStreams: createSecureStreamPort(createStreamPort(clock)),
  });
}

export interface TechnologyHost {
  readonly bus: Bus;
  readonly options: Options;
  readonly settings: MainSettings;
  readonly drivers: Drivers;
  readonly log: Logger;
  /** Which links connmand manages at all (-i, -I, NetworkInterfaceBlacklist). */
  readonly manages: (name: string) => boolean;
}

/** The radios' parts, each loaded when there is something for it to drive. */
export function radioTechnologies(host: TechnologyHost) {
  const { bus, options, drivers, log } = host;
  const onDemand = <P>(name: string, create: (part: P) => TechnologyDriver) =>
    driverOnDemand<P>({
      ...{ name, wanted: wantsPart(options, name), log, create },
      load: () => loadPart<P>(name),
      add: (driver) => drivers.add(driver),
    });
  const needWifi = onDemand<typeof wifiPart>('wifi', (part) => wifiDriver(part, host));
  const needPeers = onDemand<typeof p2p>('p2p', (part) => {
    const ports = { bus, clock, files, log };
    const links = part.kernelLinks({ ...ports, netlink: netlinkPort, manages: host.manages });
    return part.createP2pDriver({ ...ports, links, ifindexOf });
  });
  drivers.onDevice((device) => device.can.findsPeers && needPeers('a radio that does Wi-Fi Direct'));
  const driverPorts = () => ({ bus, clock, log, files, ifindexOf, ...rfkill() });
  const needBluetooth = onDemand<typeof bluetooth>('bluetooth', (part) =>
    part.createBluetoothDriver({ ...driverPorts(), existFor: hasBluetoothLink }),
  );
  const needDundee = onDemand<typeof dun>('dundee', (part) => part.createDunDriver(driverPorts()));
  const needOfono = onDemand<typeof cellular>('ofono', (part) => part.createCellularDriver(driverPorts()));
  const needModemManager = onDemand<typeof modemManager>('modemmanager', (part) =>
    part.createModemManagerDriver({ ...driverPorts(), file: `${options.storage}/access-point-names` }),
  );
  return {
    /** Links that have their final name, with the DEVTYPE of their uevent. */
    linksSettled(links: readonly (readonly [ifindex: number, deviceType: string])[]): void {
      if (links.some(([, deviceType]) => deviceType === 'wlan')) needWifi('a wireless link');
    },
    start(): void {
      bus.watchOwner('org.bluez', (owner) => owner !== undefined && needBluetooth('bluetoothd'));
      bus.watchOwner('org.ofono.dundee', (owner) => owner !== undefined && needDundee('dundee'));
      bus.watchOwner('org.ofono', (owner) => owner !== undefined && needOfono('ofonod'));
      bus.watchOwner(
        'org.freedesktop.ModemManager1',
        (owner) => owner !== undefined && needModemManager('ModemManager'),
      );
    },
  };
}

function wifiDriver(part: typeof wifiPart, { bus, options, settings, log, manages }: TechnologyHost): TechnologyDriver {
  const ports = { netlink: netlinkPort, packets: packetPort, files, clock, entropy, log };
  const { wifiDriver: supplicantDriver } = options;
  const { randomScanAddress, backgroundScanning: background } = settings;
  return part.createWifiDriver({
    ...{ bus, ...ports, supplicantDriver, ...rfkill() },
    scanning: { background, randomAddress: randomScanAddress },
    links: part.kernelLinks({ ...ports, manages }),
    nl80211: part.kernelNl80211(netlinkPort, clock, log, randomScanAddress),
    addressSecretFile: `${options.storage}/mac-address-secret`,
    certificateFolder: `${options.storage}/server-certificates`,
  });
}

/** A kernel, or a container, may have none. */
function rfkill(): { readonly rfkill?: Rfkill } {
  return files.status('/dev/rfkill') ? { rfkill: createRfkill() } : {};
}

const linksFolder = '/sys/class/net';

function ifindexOf(name: string): number | undefined {
  const text = readOfLink(name, 'ifindex');
  return text === undefined ? undefined : Number(text);
}

/** Of a link that is going away the kernel still has the file, and refuses to read it. */
function readOfLink(name: string, file: string): string | undefined {
  try {
    return files.read(`${linksFolder}/${name}/${file}`);
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
}

function hasBluetoothLink(adapter: string): boolean {
  return files.list(linksFolder).some((name) => {
    const isBluetooth = readOfLink(name, 'uevent')?.includes('DEVTYPE=bluetooth\n') ?? false;
    return isBluetooth && readOfLink(name, 'address')?.trim() === adapter;
  });
}

/** 802.1X on cables, where a service has EAP settings; undefined where that part is not installed or not wanted (-p and -P). */
export function wiredDriver(bus: Bus, options: Options, log: Logger): TechnologyDriver | undefined {
  if (!wantsPart(options, 'wired')) return undefined;
  return loadPart<typeof wired>('wired')?.createWiredDriver({ bus, clock, files, log });
}

/** The connections of connman-vpnd as services: loaded when one is configured, or connman-vpnd runs. */
export function followVpn(
  { bus, drivers, options, log }: Omit<TechnologyHost, 'settings' | 'manages'>,
  firewall: Firewall,
  dispatch: (happening: Happening) => void,
): void {
  const folders = { storageFolder: options.storage, provisioningFolder: '/var/lib/connman-vpn' };
  const isConfigured = isVpnConfigured({ files, ...folders });
  const probeKillSwitch = () => firewall.probe();
  const need = driverOnDemand<typeof vpn>({
    ...{ name: 'vpn', wanted: wantsPart(options, 'vpn'), log },
    load: () => loadPart<typeof vpn>('vpn'),
    create: (part) => {
      const found = isConfigured && firewall.found();
      if (found) dispatch(found);
      return part.vpnTechnology({ bus, clock, resolver: systemNameResolver, probeKillSwitch, log, isConfigured });
    },
    add: (driver) => drivers.add(driver),
  });
  if (isConfigured) need('a VPN connection');
  else bus.watchOwner(vpnBusName, (owner) => owner !== undefined && need('connman-vpnd'));
}

export function hostedDnsProxy(bus: Bus, tlsCaFile: string, log: Logger): DnsProxySteering {
  const streams = createStreamPort(clock);
  const ports = {
    clock,
    entropy,
    streams,
    exchanges: exchangePort,
    secureStreams: createSecureStreamPort(streams),
    batches: batchPort,
    streamListeners: createStreamListenerPort(clock),
    holders: portHolderPort,
    hosts: createFileSource('/etc/hosts'),
  };
  const proxy = createDnsProxy(ports, { tlsCaFile }, scoped(log, 'dns'));
  exportDnsProxy(bus, proxy);
  // Names are resolved meanwhile, too.
  bus.requestName(dnsProxyBusName, { replace: true }).then(
    (isOurs) => {
      if (!isOurs) log.warning(`${dnsProxyBusName} has an owner already: connmanctl dns shows that one, not ours`);
    },
    (error: unknown) => log.warning(`${dnsProxyBusName}: ${(error as Error).message}; connmanctl dns shows nothing`),
  );
  return proxy;
}
