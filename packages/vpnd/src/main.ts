/** connman-vpnd: real ports and the bus, put together. */
import { chmodSync, lchownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Logger, lineLogger } from '@connman/base';
import { type Authorizer, PolkitAuthorizer, vpnBusName } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import {
  accountNumbers,
  busStreamPort,
  bootClock as clock,
  kernelEntropy as entropy,
  diskFiles as files,
  folderWatchPort,
  localListenerPort,
  netlinkPort,
  notifyServiceManager,
  printLast,
  processes,
  setProgramName,
  systemNameResolver,
  tunnelDevicePort,
  writeStandardError,
} from '@connman/linux';
import { formatProblem, ProviderStorage, readVpnConf, readVpnPluginConf, type VpnSettings } from '@connman/settings';
import { Agents } from './agent/agents';
import { VpnBus } from './bus/vpn-bus';
import { RunningTunnels } from './connection/running';
import { Daemon } from './daemon';
import { vpnDrivers } from './drivers';
import type { DriverTools } from './drivers/shared/tools';
import { IdleExit } from './idle-exit';
import { KillSwitch } from './kill-switch';
import { Links } from './links';
import { type Options, parseOptions, usage } from './options';
import { Provisioning } from './provisioning';
import { Uplink } from './uplink';
import { Ways } from './ways';

declare const BUILD_VERSION: string;

const storageRoot = '/var/lib/connman';
const provisioningFolder = '/var/lib/connman-vpn';
const runFolder = '/run/connman-vpn';

function main(): void {
  const parsed = parseOptions(process.argv.slice(2));
  if (!parsed.ok) return exit(1, `connman-vpnd: ${parsed.error}`);
  const options = parsed.value;
  if (options.version) return printLast(`${BUILD_VERSION}\n`);
  if (options.help) return printLast(usage);
  if (!options.foreground) return detach();
  const log = lineLogger({
    write: writeStandardError,
    level: options.debug ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: process.env.JOURNAL_STREAM === undefined ? 'connman-vpnd: ' : '',
  });
  run(options, log).catch((error: unknown) => exit(1, `connman-vpnd: ${(error as Error).message}`));
}

function exit(code: number, message: string): void {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function detach(): void {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const [program = process.execPath, ...args] = process.argv;
  spawn(program, [...process.execArgv, ...args, '-n'], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}

async function run(options: Options, log: Logger): Promise<void> {
  setProgramName('connman-vpnd');
  for (const folder of [storageRoot, provisioningFolder, runFolder]) makeFolder(folder, 0o755, log);
  process.umask(0o077);
  const bus = await connectToBus(log);
  const conf = readVpnConf(options.config, files.read(options.config));
  for (const problem of conf.problems) log.warning(formatProblem(problem));
  const { start, close } = compose(bus, conf.settings, options, log);
  if (!(await bus.requestName(vpnBusName))) throw new Error(`${vpnBusName} has an owner already: stop it first`);
  start();
  notifyServiceManager('READY=1');
  const stop = (signal: string) => {
    log.info(`${signal}: exiting; tunnels stay up, the next connman-vpnd takes them over`);
    close();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  bus.onLost((reason) => {
    log.error(`lost the message bus (${reason}); exiting, tunnels stay up`);
    process.exit(1);
  });
}

function makeFolder(folder: string, mode: number, log: Logger): void {
  try {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, mode);
  } catch (error) {
    log.error(`${folder} cannot be made: ${(error as Error).message}`);
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

/** Every part and who it talks to. No tunnel is touched before `start`, which is for the owner of the name alone. */
function compose(bus: Bus, settings: VpnSettings, options: Options, log: Logger) {
  const idle = new IdleExit(clock, () => {
    log.info('no connection is configured and no client is here; ending, the bus starts this program again');
    close();
    process.exit(0);
  });
  const timeoutMs = settings.inputRequestTimeout === 0 ? Number.POSITIVE_INFINITY : settings.inputRequestTimeout * 1000;
  const agents: Agents = new Agents({ bus, timeoutMs, onChange: () => look() });
  const links = new Links(netlinkPort, log);
  const ways = new Ways(clock, (server) => links.wayTo(server));
  links.onChange = () => ways.changed();
  const provisioning = new Provisioning(files, provisioningFolder, log);
  const storage = new ProviderStorage({
    files,
    root: storageRoot,
    report: (problem) => log.warning(formatProblem(problem)),
  });
  const drivers = new Map(
    [...vpnDrivers(driverTools(settings, links, options, log))].filter(
      ([type]) => (options.only.length === 0 || options.only.includes(type)) && !options.without.includes(type),
    ),
  );
  const running = new RunningTunnels(files, runFolder, clock, log);
  const uplink = new Uplink(bus, clock);
  const { killSwitch } = settings;
  const defaults = new Map(killSwitch === 'false' ? [] : [['KillSwitch', killSwitch]]);
  const daemon = new Daemon({
    defaults,
    clock,
    log,
    drivers,
    storage,
    provisioning,
    running,
    links,
    ways,
    uplink,
    agents,
    killSwitch: new KillSwitch(bus),
  });
  const look = () => idle.look(daemon.connections.size > 0 || agents.count > 0);
  const polkit = new PolkitAuthorizer(bus, log);
  const authorizer: Authorizer = {
    // It has asked polkit for its own clients, and is root, to whom polkit allows everything.
    allows: (sender, action) => uplink.isConnmand(sender) || polkit.allows(sender, action),
  };
  const front = new VpnBus(bus, daemon, agents, authorizer, look);
  let unwatch = () => {};
  const start = () => {
    daemon.start(front);
    unwatch = provisioning.watch(folderWatchPort, () => {
      daemon.reprovision();
      look();
    });
    look();
    front.start();
  };
  const close = () => {
    running.close();
    unwatch();
    agents.close();
    ways.close();
    links.close();
    bus.close();
  };
  return { start, close };
}

function driverTools(settings: VpnSettings, links: Links, { config }: Options, log: Logger): DriverTools {
  const runAs: DriverTools['runAs'] = (type) => {
    const file = `${path.dirname(config)}/vpn-plugin/${type}.conf`;
    const plugin = readVpnPluginConf(file, files.read(file));
    for (const problem of plugin.problems) log.warning(formatProblem(problem));
    const privileges = plugin.privileges ?? settings.privileges;
    return privileges.user === undefined && privileges.group === undefined ? undefined : privileges;
  };
  const giveTo = (type: string, path: string) => {
    const { user, group } = accountNumbers(runAs(type) ?? {});
    // The folder is that user's: a link in its place is not followed.
    if (user !== undefined) lchownSync(path, user, group ?? -1);
  };
  return {
    ...{ clock, entropy, log, files, processes, links, runAs },
    listeners: localListenerPort,
    streams: busStreamPort,
    resolver: systemNameResolver,
    netlink: netlinkPort,
    callback: path.join(__dirname, 'connman-vpn-callback'),
    makeFolder(folder, type) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      giveTo(type, folder);
    },
    makeTunnel(name, kind, type) {
      const { user } = accountNumbers(runAs(type) ?? {});
      tunnelDevicePort.create(name, kind, user === undefined ? {} : { user });
    },
    writeSecret(file, content, type) {
      files.writeAtomic(file, content, 0o600);
      giveTo(type, file);
    },
  };
}

main();
