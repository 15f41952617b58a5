/** connmand: real ports and the bus, put together. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { type Logger, lineLogger } from '@connman/base';
import { connectDhcp, connmanBusName } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import { createDhcpComponent } from '@connman/dhcp';
import {
  busStreamPort,
  bootClock as clock,
  createStreamPort,
  datagramPort,
  kernelEntropy as entropy,
  diskFiles as files,
  netlinkPort,
  notifyServiceManager,
  packetPort,
  setProgramName,
  procSysctl as sysctl,
} from '@connman/linux';
import { formatProblem, type MainSettings, readMainConf, Storage } from '@connman/settings';
import { Engine } from './engine';
import { engineConfig, nfsRootInterfaces } from './engine-config';
import type { EngineEvent, Happening } from './events';
import { HostnameKeeper } from './hostname/hostname-keeper';
import { onlineChecker } from './online/http-check';
import { stubResolver } from './online/stub-resolver';
import { type Options, parseOptions, usage } from './options';
import { emptySnapshot } from './publish/snapshot';
import { plainFileBackend } from './resolver/plain-file-backend';
import { AgentHost } from './shell/agent-host';
import { ConnmanBus } from './shell/connman-bus';
import { Kernel } from './shell/kernel';
import { LinkSettling } from './shell/link-settling';
import { Shell } from './shell/shell';
import { Store } from './shell/store';
import { readStored, storeWriter } from './shell/stored';

declare const BUILD_VERSION: string;

const storageRoot = '/var/lib/connman';
const runFolder = '/run/connman';

function main(): void {
  const parsed = parseOptions(process.argv.slice(2));
  if (!parsed.ok) return exit(1, `connmand: ${parsed.error}`);
  const options = parsed.value;
  if (options.version) return void process.stdout.write(`${BUILD_VERSION}\n`);
  if (options.help) return void process.stdout.write(usage);
  if (!options.foreground) return detach();
  run(options).catch((error: unknown) => exit(1, `connmand: ${(error as Error).message}`));
}

function exit(code: number, message: string): void {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** Rule 2: without -n a child goes on in the background. */
function detach(): void {
  const [program = process.execPath, ...args] = process.argv;
  spawn(program, [...process.execArgv, ...args, '-n'], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}

async function run(options: Options): Promise<void> {
  setProgramName('connmand');
  const log = lineLogger({
    write: (line) => process.stderr.write(line),
    level: options.debug.length > 0 ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: '',
  });
  // Rule 3: the folder may be looked into, what is in it may not.
  mkdirSync(storageRoot, { recursive: true, mode: 0o755 });
  process.umask(0o077);

  // The bus answers while the settings are read.
  const connecting = connectToBus(log);
  const conf = readMainConf(options.config, files.read(options.config));
  for (const problem of conf.problems) log.warning(formatProblem(problem));
  const bus = await connecting;

  const front = frontOnBus(bus, conf.settings);
  // Nothing else is touched before the name is ours: whoever has it rules the links.
  await takeName(bus);
  const daemon = compose(bus, front, conf.settings, options, log);
  daemon.start();
  notifyServiceManager('READY=1');
  const stop = (signal: string) => {
    log.info(`${signal}: ending; links stay as they are`);
    daemon.close();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // Rule 5.
  bus.onLost((reason) => {
    log.error(`the message bus is gone (${reason}); ending, links stay as they are`);
    daemon.close();
    process.exit(1);
  });
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

/** The objects on the bus, there before the name is, so that no client's call comes too early. */
function frontOnBus(bus: Bus, settings: MainSettings) {
  let shell: Shell | undefined;
  const early: Happening[] = [];
  const dispatch = (happening: Happening): void => {
    if (shell) shell.dispatch(happening);
    else early.push(happening);
  };
  const agents = new AgentHost({
    bus,
    clock,
    dispatch,
    inputTimeoutMs: settings.inputRequestTimeout * 1000,
    browserTimeoutMs: settings.browserLaunchTimeout * 1000,
  });
  const connman = new ConnmanBus({ bus, agents, dispatch, snapshot: () => shell?.snapshot ?? emptySnapshot });
  return {
    agents,
    connman,
    dispatch,
    open: (opened: Shell): void => {
      shell = opened;
      for (const happening of early) shell.dispatch(happening);
    },
  };
}

/** Every part and who it talks to. */
function compose(
  bus: Bus,
  front: ReturnType<typeof frontOnBus>,
  settings: MainSettings,
  options: Options,
  log: Logger,
) {
  const { agents, dispatch } = front;
  const storage = new Storage({ files, root: storageRoot, report: (problem) => log.warning(formatProblem(problem)) });
  const stored = readStored(storage);
  const config = engineConfig(settings, options, {
    hostname: sysctl.read('kernel/hostname') ?? '',
    reservedInterfaces: nfsRootInterfaces(files.read('/proc/cmdline') ?? ''),
  });
  const dhcp =
    settings.components.dhcp === 'bus'
      ? connectDhcp(bus, log)
      : createDhcpComponent({ clock, entropy, packets: packetPort, datagrams: datagramPort, log });
  dhcp.onEvent((event) => dispatch({ kind: 'dhcp', event }));

  const settling = new LinkSettling({ files, clock, onSettled: (links) => dispatch({ kind: 'links-settled', links }) });
  const kernel = new Kernel({ netlink: netlinkPort, clock, log, settling, dispatch });
  const resolver = plainFileBackend({
    files,
    log,
    configured: settings.resolvConf,
    runFolder,
    storageFolder: storageRoot,
  });
  const record = recorder({ config, stored: { ...stored, services: [...stored.services] } });

  const shell = new Shell(new Engine(config, stored), {
    clock,
    log,
    sysctl,
    dhcp,
    resolver,
    agents,
    kernel,
    store: new Store(storeWriter(storage, log), clock),
    hostNames: new HostnameKeeper(sysctl, log, settings),
    onlineChecker: onlineChecker({
      streams: createStreamPort(clock),
      clock,
      resolve: stubResolver({ datagrams: datagramPort, entropy, clock }),
      version: BUILD_VERSION,
      connectTimeoutMs: settings.onlineCheckConnectTimeout * 1000,
    }),
    bus: front.connman,
    ...(record && { record }),
  });

  return {
    start: () => {
      front.open(shell);
      kernel.start();
    },
    close: () => {
      agents.close();
      shell.close();
      kernel.close();
      resolver.close();
      bus.close();
    },
  };
}

/** CONNMAN_TRACE names a file that gets the beginning and every event, a line each, to be replayed by tools/replay. */
function recorder(beginning: object): ((event: EngineEvent) => void) | undefined {
  const file = process.env.CONNMAN_TRACE;
  if (!file) return undefined;
  const append = (line: object) => appendFileSync(file, `${JSON.stringify(line)}\n`);
  append(beginning);
  return append;
}

main();
