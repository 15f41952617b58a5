/** connmand: from the command line to its name on the bus. */
import { mkdirSync, rmSync } from 'node:fs';
import type { Logger } from '@connman/base';
import { connmanBusName } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import {
  busStreamPort,
  bootClock as clock,
  diskFiles as files,
  folderWatchPort,
  loadPart,
  notifyServiceManager,
  systemLog as openSystemLog,
  printLast,
  setProgramName,
  procSysctl as sysctl,
  tunnelDevicePort,
} from '@connman/linux';
import { type checking, formatProblem, readMainConf, summarised } from '@connman/settings';
import { loadMetrics, loadSessions } from './components-main';
import { createDaemon } from './daemon-main';
import { type BuildParts, withoutEffect } from './shell/build-parts';
import { frontOnBus } from './shell/bus/front';
import { type DaemonLog, daemonLog } from './shell/daemon-log';
import { engineConfig, nfsRootInterfaces } from './shell/engine-config';
import { type Options, parseOptions, usage } from './shell/options';
import { Reloader } from './shell/reload';
import { Secrets } from './shell/secrets';
import { Statistics } from './shell/statistics/statistics';

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
  const keep = secrets.keep.bind(secrets);
  const statistics = new Statistics({ files, clock, folder: options.storage, log });
  const machine = {
    hostname: sysctl.read('kernel/hostname') ?? '',
    reservedInterfaces: nfsRootInterfaces(files.read('/proc/cmdline') ?? ''),
  };
  const config = engineConfig(conf.settings, options, machine, keep);
  const reloader = new Reloader({
    ...{ files, file: options.config, unread: parts.keys, log, settings: conf.settings },
    // Which links are managed is decided once.
    apply: (settings) =>
      front.dispatch({
        kind: 'configured',
        config: { ...engineConfig(settings, options, machine, keep), filter: config.filter },
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
  const daemon = createDaemon({ bus, front, settings: conf.settings, config, options, log });
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

main();
