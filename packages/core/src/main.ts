/** connmand: real ports and the bus, put together. */
import { mkdirSync, rmSync } from 'node:fs';
import type { Logger } from '@connman/base';
import { connectDhcp, connectDnsProxy, connectNtp, connmanBusName, ethernetDriver } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import { createDhcpComponent } from '@connman/dhcp';
import { familyOf } from '@connman/inet';
import {
  busStreamPort,
  bootClock as clock,
  createSecureStreamPort,
  createStreamPort,
  createWebClient,
  datagramPort,
  kernelEntropy as entropy,
  diskFiles as files,
  folderWatchPort,
  linkAddresses,
  loadPart,
  netlinkPort,
  notifyServiceManager,
  systemLog as openSystemLog,
  packetPort,
  printLast,
  releaseMemory,
  routerSolicitor as routers,
  setProgramName,
  procSysctl as sysctl,
  systemClock,
  tunnelDevicePort,
} from '@connman/linux';
import { TcpDiagnosis } from '@connman/netlink';
import { type checking, formatProblem, type MainSettings, readMainConf, Storage, summarised } from '@connman/settings';
import {
  followVpn,
  hostedDnsProxy,
  hostedNtp,
  loadDhcp6,
  loadIptables,
  loadMetrics,
  loadSessions,
  metricsSocket,
  radioTechnologies,
  sharingParts,
  watchNeard,
  wiredDriver,
} from './components-main';
import { Engine } from './engine';
import type { EngineConfig } from './model/config';
import { refusedByName } from './model/device/filter';
import { beginningOf } from './replay/replay';
import { type BuildParts, withoutEffect } from './shell/build-parts';
import { type Front, frontOnBus } from './shell/bus/front';
import { Pacrunner } from './shell/bus/pacrunner';
import { Timekeeper } from './shell/clock/timekeeper';
import { type DaemonLog, daemonLog } from './shell/daemon-log';
import { Drivers } from './shell/drivers';
import { dnsOverTls, engineConfig, nfsRootInterfaces, unkeepableTls } from './shell/engine-config';
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
import { type Options, parseOptions, usage } from './shell/options';
import { Provisioning } from './shell/provisioning';
import { Reloader } from './shell/reload';
import { dnsProxyBackend } from './shell/resolver/dns-proxy-backend';
import { plainFileBackend } from './shell/resolver/plain-file-backend';
import { Secrets } from './shell/secrets';
import { Shell } from './shell/shell';
import { Statistics } from './shell/statistics/statistics';
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
/** JSON of a BuildParts. */
declare const BUILD_PARTS: string;

function main(): void {
  const parsed = parseOptions(process.argv.slice(2));
  if (!parsed.ok) return exit(1, `connmand: ${parsed.error}`);
  const options = parsed.value;
  if (options.version) return printLast(`${BUILD_VERSION}\n`);
  if (options.help) return printLast(usage);
  if (options.check) return check(options.check, options);
  if (!options.foreground) return detach();
  const log = openLog(options);
  run(options, log).catch((error: unknown) => {
    log.aside((error as Error).message);
    exit(1, `connmand: ${(error as Error).message}`);
  });
}

/** What is wrong with the configuration, for a person or a script; nothing is touched. */
function check(named: readonly string[], { config, storage }: Options): void {
  const part = loadPart<typeof checking>('check');
  if (!part) return exit(1, 'connmand: the part "check" is not installed');
  const { keys }: BuildParts = JSON.parse(BUILD_PARTS);
  const { out, error, status } = part.checkReport(part.checkFiles({ files, named, config, storage, unread: keys }));
  process.exitCode = status;
  printLast(out);
  process.stderr.write(error);
}

function exit(code: number, message: string): void {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function openLog(options: Options): DaemonLog {
  const systemLog = openSystemLog({ ident: 'connmand', clock });
  const level = options.debug.length > 0 ? 'debug' : 'info';
  const log = daemonLog({ systemLog, level, journalStream: process.env.JOURNAL_STREAM });
  // Node prints it to standard error by itself (rule 8).
  process.on('uncaughtExceptionMonitor', ({ stack = '', message }) => {
    for (const line of options.backtrace ? stack.split('\n') : [message]) log.aside(line);
  });
  process.on('exit', () => systemLog.flush());
  return log;
}

/** Rule 2: without -n a child goes on in the background. */
function detach(): void {
  // Loaded for this alone: it brings Node's streams and sockets along.
  const { spawn } = require('node:child_process') as typeof import('node:child_process');
  const [program = process.execPath, ...args] = process.argv;
  spawn(program, [...process.execArgv, ...args, '-n'], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}

async function run(options: Options, log: Logger): Promise<void> {
  setProgramName('connmand');
  makeStorageRoot(options.storage, log);
  process.umask(0o077);
  const parts: BuildParts = JSON.parse(BUILD_PARTS);

  // The bus answers while the settings are read.
  const connecting = connectToBus(log);
  const conf = readMainConf(options.config, files.read(options.config), parts.keys);
  for (const problem of summarised(conf.problems)) log.warning(formatProblem(problem));
  for (const line of withoutEffect(parts, options)) log.warning(line);
  const bus = await connecting;

  const secrets = new Secrets();
  const statistics = new Statistics({ files, clock, folder: options.storage, log });
  const machine = {
    hostname: sysctl.read('kernel/hostname') ?? '',
    reservedInterfaces: nfsRootInterfaces(files.read('/proc/cmdline') ?? ''),
  };
  const config = engineConfig(conf.settings, options, machine);
  const reloader = new Reloader({
    ...{ files, file: options.config, unread: parts.keys, log, settings: conf.settings },
    // Which links are managed is decided once.
    apply: (settings) =>
      front.dispatch({
        kind: 'configured',
        config: { ...engineConfig(settings, options, machine), filter: config.filter },
      }),
  });
  const reload = () => reloader.reload();
  const policies = { files, watches: folderWatchPort, folder: `${options.storage}/session_policy_local`, log };
  const front = frontOnBus(bus, secrets, {
    clock,
    statistics,
    log,
    loadSessions,
    loadMetrics,
    policies,
    tunnels: tunnelDevicePort,
    reload,
  });
  // Nothing else is touched before the name is ours: its owner rules the links.
  await takeName(bus);
  const daemon = compose(bus, front, conf.settings, config, options, log);
  daemon.start();
  if (options.pidfile !== undefined) keepPidfile(options.pidfile, log);
  notifyServiceManager('READY=1');
  const stop = (signal: string) => {
    log.info(`${signal}: exiting; links stay as they are`);
    daemon.close();
    process.exit(0);
  };
  // Rule 7: `stop` does not come back, and while a handler is there another signal does nothing.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', reload);
  // Rule 5.
  bus.onLost((reason) => {
    log.error(`lost the message bus (${reason}); exiting, links stay as they are`);
    daemon.close();
    process.exit(1);
  });
}

/** Rule 3: the folder may be looked into, what is in it may not; without it the daemon goes on. */
function makeStorageRoot(folder: string, log: Logger): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    log.error(`${folder} cannot be made: ${(error as Error).message}; nothing will be remembered`);
  }
}

/** For init scripts; gone when the daemon ends in order. */
function keepPidfile(file: string, log: Logger): void {
  try {
    files.writeAtomic(file, `${process.pid}\n`, 0o644);
    process.on('exit', () => rmSync(file, { force: true }));
  } catch (error) {
    log.error(`${file} cannot be written: ${(error as Error).message}; going on without it`);
  }
}

async function connectToBus(log: Logger): Promise<Bus> {
  const address = systemBusAddress(process.env);
  try {
    return await Bus.connect({ stream: busStreamPort, address, log });
  } catch (error) {
    throw new Error(`no message bus at ${address}: ${(error as Error).message}; start dbus-daemon first`);
  }
}

async function takeName(bus: Bus): Promise<void> {
  if (await bus.requestName(connmanBusName)) return;
  throw new Error(`${connmanBusName} has an owner already: stop the other connmand first`);
}

/** Every part and who it talks to. */
function compose(bus: Bus, front: Front, settings: MainSettings, config: EngineConfig, options: Options, log: Logger) {
  const { agents, dispatch, secrets } = front;
  const storage = new Storage({
    files,
    root: options.storage,
    report: (problem) => log.warning(formatProblem(problem)),
  });
  const { keepers, former } = keptOfThisBoot({ files, runFolder: options.runtime, log }, sysctl);
  const uniqueLocal = new UniqueLocalFile({ files, entropy, file: `${options.storage}/tether-prefix`, log });
  const stored = { ...readStored(storage, secrets), ...former(), uniqueLocal: uniqueLocal.read() };
  const dhcp =
    settings.components.dhcp === 'bus'
      ? connectDhcp(bus, clock, log)
      : createDhcpComponent({
          clock,
          entropy,
          packets: packetPort,
          datagrams: datagramPort,
          linkAddresses,
          loadDhcp6,
          log,
        });
  dhcp.onEvent(gather(process.nextTick, (events) => dispatch({ kind: 'dhcp', events })));

  const drivers = new Drivers(secrets, dispatch);
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
  const resolvConf = {
    files,
    log,
    configured: settings.resolvConf,
    runFolder: options.runtime,
    storageFolder: options.storage,
  };
  const tls = dnsOverTls(settings);
  for (const warning of unkeepableTls(settings, options)) log.warning(`${options.config}: ${warning}`);
  const resolver = options.dnsProxy
    ? dnsProxyBackend({
        ...resolvConf,
        createProxy: () =>
          settings.components.dnsProxy === 'bus' ? connectDnsProxy(bus, log) : hostedDnsProxy(bus, tls.caFile, log),
        tlsNames: tls.names,
        onTrouble: ({ ifindex, server, reason }) =>
          dispatch({
            kind: 'suspicion',
            ifindex,
            family: familyOf(server),
            evidence: `name server ${server}: ${reason}`,
          }),
      })
    : plainFileBackend(resolvConf);
  const record = traceTo(process.env.CONNMAN_TRACE, beginningOf(config, stored));

  const timekeeper = new Timekeeper({
    ...{ clock, systemClock, files, folders: folderWatchPort, log, localtime: settings.localtime },
    namesCountry: settings.regdomFollowsTimezone,
    loadNtp: () => (settings.components.ntp === 'bus' ? connectNtp(bus, clock, log) : hostedNtp(log)),
    dispatch: (fact) => dispatch({ kind: 'clock', fact }),
  });
  const firewall = new Firewall({ netlink: netlinkPort, files, loadIptables, log });
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
    onSuspicion: (suspicion) => dispatch({ kind: 'suspicion', ...suspicion }),
  });
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
    secrets,
    drivers,
    resolver,
    uplinkWatch,
    timekeeper,
    agents,
    kernel,
    ...keepers,
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
      },
    },
    // The bus hands over all calls that it has read before the next tick.
    soon: process.nextTick,
    later: setImmediate,
    tidyUp,
    ...(record && { record }),
  });

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
      tcp?.close();
      firewall.close();
      provisioning.close();
      drivers.close();
      timekeeper.close();
      resolver.close();
      bus.close();
    },
  };
}

main();
