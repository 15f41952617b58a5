/** Every part of connmand and who it talks to. */
import type { Logger } from '@connman/base';
import { connectDhcp, connectDnsProxy, connectNtp, ethernetDriver } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import { createDhcpComponent } from '@connman/dhcp';
import { familyOf } from '@connman/inet';
import {
  bootClock as clock,
  createSecureStreamPort,
  createStreamPort,
  createWebClient,
  datagramPort,
  kernelEntropy as entropy,
  diskFiles as files,
  folderWatchPort,
  linkAddresses,
  netlinkPort,
  packetPort,
  releaseMemory,
  routerSolicitor as routers,
  procSysctl as sysctl,
  systemClock,
} from '@connman/linux';
import { TcpDiagnosis } from '@connman/netlink';
import { formatProblem, type MainSettings, Storage } from '@connman/settings';
import {
  followVpn,
  hostedDnsProxy,
  hostedNtp,
  loadDhcp6,
  loadIptables,
  loadSystemdResolved,
  metricsSocket,
  networkManagerState,
  onboardingPortal,
  radioTechnologies,
  sharingParts,
  watchNeard,
  wiredDriver,
} from './components-main';
import { Engine } from './engine';
import type { EngineConfig } from './model/config';
import { refusedByName } from './model/device/filter';
import { beginningOf } from './replay/replay';
import type { Front } from './shell/bus/front';
import { Pacrunner } from './shell/bus/pacrunner';
import { Timekeeper } from './shell/clock/timekeeper';
import { Drivers } from './shell/drivers';
import { bootNameservers, dnsOverTls, unkeepable } from './shell/engine-config';
import { Firewall } from './shell/firewall';
import { gather } from './shell/gather';
import { HostnameKeeper } from './shell/hostname/hostname-keeper';
import { Kernel } from './shell/kernel';
import { LinkSettling } from './shell/link-settling';
import { keptOfThisBoot } from './shell/of-this-boot';
import { hostChecker } from './shell/online/host-check';
import { onlineChecker } from './shell/online/http-check';
import { nat64Finder } from './shell/online/nat64-search';
import { PortalLogins } from './shell/online/portal-logins';
import { proxyFinder } from './shell/online/proxy-search';
import { stubResolver } from './shell/online/stub-resolver';
import type { Options } from './shell/options';
import { Provisioning } from './shell/provisioning';
import type { ResolverBackend } from './shell/resolver/backend';
import { dnsProxyBackend } from './shell/resolver/dns-proxy-backend';
import { plainFileBackend } from './shell/resolver/plain-file-backend';
import { Shell } from './shell/shell';
import { StableAddresses } from './shell/stable-addresses';
import { Store } from './shell/store';
import { readStored, storeWriter } from './shell/stored';
import { TidyUp } from './shell/tidy-up';
import { traceTo } from './shell/trace';
import { UniqueLocalFile } from './shell/unique-local-file';
import { retransmittedSegments, UplinkWatch } from './shell/uplink-watch';

/** Until then a start is about the links that are up: what brings none of them up waits. */
const firstLinksMs = 50;
/** The turmoil of a start is over then, and hardly anyone has put a cable in. */
const quietMs = 500;

declare const BUILD_VERSION: string;

export interface DaemonHost {
  readonly bus: Bus;
  readonly front: Front;
  readonly settings: MainSettings;
  readonly config: EngineConfig;
  readonly options: Options;
  readonly log: Logger;
}

/** Nothing is touched before `start`, but what a run that crashed left in resolv.conf is given back. */
export function createDaemon(host: DaemonHost) {
  const { bus, front, settings, config, options, log } = host;
  const { agents, dispatch, secrets } = front;
  const storage = new Storage({
    files,
    root: options.storage,
    report: (problem) => log.warning(formatProblem(problem)),
  });
  const { keepers, former } = keptOfThisBoot({ files, runFolder: options.runtime, log }, sysctl);
  const uniqueLocal = new UniqueLocalFile({ files, entropy, file: `${options.storage}/tether-prefix`, log });
  const stored = { ...readStored(storage, secrets), ...former(), uniqueLocal: uniqueLocal.read() };
  const dhcp = dhcpComponent(host);
  dhcp.onEvent(gather(process.nextTick, (events) => dispatch({ kind: 'dhcp', events })));

  const drivers = new Drivers(secrets, dispatch, process.nextTick);
  drivers.addOnDemand(ethernetDriver, () => wiredDriver(bus, options, log));
  const radios = radioTechnologies({
    ...{ bus, options, settings, drivers, log },
    manages: (name) => refusedByName(name, config.filter) === undefined,
  });
  const onSettled = (links: readonly (readonly [ifindex: number, deviceType: string])[]) => {
    radios.linksSettled(links);
    dispatch({ kind: 'links-settled', links });
  };
  const settling = new LinkSettling({ files, clock, onSettled });
  const provisioning = new Provisioning({
    files,
    watches: folderWatchPort,
    folder: options.storage,
    secrets,
    log,
    onChange: (provisions) => dispatch({ kind: 'provisions', provisions }),
  });
  const kernel = new Kernel({ netlink: netlinkPort, clock, log, settling, dispatch });
  const tls = dnsOverTls(settings);
  const resolver = resolverBackend(host, tls);
  const record = traceTo(process.env.CONNMAN_TRACE, beginningOf(config, stored));

  const timekeeper = new Timekeeper({
    ...{ clock, systemClock, files, folders: folderWatchPort, log, localtime: settings.localtime },
    namesCountry: settings.regdomFollowsTimezone,
    loadNtp: () => (settings.components.ntp === 'bus' ? connectNtp(bus, clock, log) : hostedNtp(log)),
    dispatch: (fact) => dispatch({ kind: 'clock', fact }),
  });
  const firewall = new Firewall({ netlink: netlinkPort, files, loadIptables, log });
  const { uplinkWatch, closeSockets } = watchUplinks(host, kernel);
  const streams = createStreamPort(clock);
  const secureStreams = createSecureStreamPort(streams);
  const webPorts = {
    web: createWebClient(streams),
    resolve: stubResolver({ datagrams: datagramPort, secureStreams, entropy, clock }, tls),
    version: BUILD_VERSION,
  };
  const pacrunner = new Pacrunner(bus, log);
  const tidyUp = new TidyUp(clock, releaseMemory);
  // Calls that change nothing make garbage as well.
  bus.onCall(() => tidyUp.stir());
  const shell = new Shell(new Engine(config, stored), {
    clock,
    log,
    sysctl,
    routers,
    dhcp,
    ...sharingParts(options, log, (event) => dispatch({ kind: 'dhcp-server', event })),
    uniqueLocal,
    portal: onboardingPortal({
      log,
      keep: (secret) => secrets.keep(secret),
      tell: (intent) => front.calls.tell(intent),
    }),
    secrets,
    drivers,
    resolver,
    uplinkWatch,
    timekeeper,
    agents,
    kernel,
    ...keepers,
    stableAddresses: new StableAddresses({
      ...{ files, sysctl, entropy, log, borrowed: keepers.borrowed },
      secretFile: `${options.storage}/ipv6-secret`,
    }),
    firewall,
    store: new Store(storeWriter(storage, secrets, log), clock),
    portals: new PortalLogins(webPorts, secrets),
    hostNames: new HostnameKeeper(sysctl, keepers.borrowed, log, settings),
    hostChecker: hostChecker(streams),
    carried: () => front.statistics.carried(),
    proxyFinder: proxyFinder(webPorts.resolve),
    nat64Finder: nat64Finder(webPorts.resolve),
    onlineChecker: onlineChecker({
      ...webPorts,
      streams,
      clock,
      log,
      findProxy: (question) => pacrunner.find(question),
      connectTimeoutMs: settings.onlineCheckConnectTimeout * 1000,
      later: setImmediate,
    }),
    bus: {
      answer: (operation, outcome) => front.calls.answer(operation, outcome),
      announce: (announcements) => {
        front.connman.announce(announcements);
        pacrunner.follow(shell.snapshot);
        compat?.follow(shell.snapshot);
      },
    },
    // The bus hands over all calls that it has read before the next tick.
    soon: process.nextTick,
    later: setImmediate,
    afterwards: setImmediate,
    tidyUp,
    ...(record && { record }),
  });

  let compat: ReturnType<typeof networkManagerState>;
  let metricsServer: ReturnType<typeof metricsSocket> | undefined;
  return {
    start: () => {
      front.open(shell);
      provisioning.start();
      kernel.start();
      followVpn({ bus, drivers, options, log }, firewall, dispatch);
      clock.setTimer(firstLinksMs, () => {
        resolver.open?.();
        timekeeper.start();
        if (settings.networkManagerCompat) compat = networkManagerState(bus, log, () => shell.snapshot);
        const servers = bootNameservers(files.read('/proc/net/pnp') ?? '');
        if (servers.length > 0) dispatch({ kind: 'boot-names', servers });
        radios.start();
        watchNeard(options, {
          bus,
          secrets,
          log,
          ask: (call, intent) => front.calls.ask(call, intent),
          snapshot: () => shell.snapshot,
        });
      });
      metricsServer = metricsSocket(settings.metricsSocket, log, shell, bus);
      clock.setTimer(quietMs, () => shell.warmUp());
    },
    close: () => {
      shell.close();
      front.connman.close();
      kernel.close();
      uplinkWatch.close();
      metricsServer?.close();
      pacrunner.close();
      closeSockets();
      firewall.close();
      provisioning.close();
      drivers.close();
      timekeeper.close();
      resolver.close();
      bus.close();
    },
  };
}

function dhcpComponent({ bus, settings, log }: DaemonHost) {
  if (settings.components.dhcp === 'bus') return connectDhcp(bus, clock, log);
  const ports = { clock, entropy, packets: packetPort, datagrams: datagramPort, linkAddresses, loadDhcp6 };
  return createDhcpComponent({ ...ports, log });
}

/** The DNS proxy, here or on the bus, or a plain resolv.conf (-r). */
function resolverBackend(
  { bus, front, settings, options, log }: DaemonHost,
  tls: ReturnType<typeof dnsOverTls>,
): ResolverBackend {
  for (const warning of unkeepable(settings, options)) log.warning(`${options.config}: ${warning}`);
  const resolvConf = {
    ...{ files, log, configured: settings.resolvConf },
    runFolder: options.runtime,
    storageFolder: options.storage,
  };
  if (!options.dnsProxy) return plainFileBackend(resolvConf);
  const isOnBus = settings.components.dnsProxy === 'bus';
  if (settings.components.dnsProxy === 'systemd-resolved') {
    const create = loadSystemdResolved();
    const onMulticast = (links: readonly number[]) => front.dispatch({ kind: 'multicast-names', links });
    if (create) return create({ bus, log, resolvConf, tlsNames: tls.names, onMulticast });
    log.error('DnsProxy=systemd-resolved: the part systemd-resolved is not installed; resolv.conf names the servers');
    return plainFileBackend(resolvConf);
  }
  return dnsProxyBackend({
    ...resolvConf,
    createProxy: () => (isOnBus ? connectDnsProxy(bus, log) : hostedDnsProxy(bus, tls.caFile, log)),
    tlsNames: tls.names,
    onTrouble: ({ ifindex, server, reason }) =>
      front.dispatch({
        kind: 'suspicion',
        ifindex,
        family: familyOf(server),
        evidence: `name server ${server}: ${reason}`,
      }),
  });
}

/** Signs that an uplink leads nowhere, from what the kernel counts anyway. */
function watchUplinks({ front, log }: DaemonHost, kernel: Kernel) {
  let tcp: TcpDiagnosis | undefined;
  const uplinkWatch = new UplinkWatch({
    clock,
    log,
    retransmitted: () => retransmittedSegments(files.read('/proc/net/snmp')),
    sockets: (family) => {
      tcp ??= new TcpDiagnosis(netlinkPort);
      return tcp.sockets(family);
    },
    neighbours: (ifindex) => kernel.neighbours(ifindex),
    onSuspicion: (suspicion) => front.dispatch({ kind: 'suspicion', ...suspicion }),
  });
  return { uplinkWatch, closeSockets: () => tcp?.close() };
}
