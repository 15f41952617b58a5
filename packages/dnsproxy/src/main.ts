/** connman-dnsproxyd: the DNS proxy as a program, with its servers from a file, from connmand over the bus, or both. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Logger, lineLogger } from '@connman/base';
import { type DnsProxyComponent, dnsProxyBusName, exportDnsProxy, exportDnsProxyControl } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import {
  accountOf,
  batchPort,
  bootClock,
  busStreamPort,
  capability,
  createFileSource,
  createSecureStreamPort,
  createStreamListenerPort,
  createStreamPort,
  dropPrivileges,
  exchangePort,
  kernelEntropy,
  notifyServiceManager,
  portHolderPort,
  printLast,
  setProgramName,
  writeStandardError,
} from '@connman/linux';
import { formatProblem } from '@connman/settings';
import { createDnsProxy } from './component';
import { type Configuration, readConfiguration } from './config';

declare const BUILD_VERSION: string;

const accountName = 'connman-dnsproxy';
const usualFile = '/etc/connman/dnsproxy.conf';

const usage = `Usage: connman-dnsproxyd [--config FILE] [--bus] [--user NAME] [--debug] [--version]

Answers DNS questions on the loopback addresses from its cache and from name servers.
  --config FILE  the servers and the settings; see connman-dnsproxyd(8); ${usualFile} if there is one
  --bus          offer ${dnsProxyBusName} on the system bus, for connmand and connmanctl; without a FILE in any case
  --user NAME    user to run as after binding ports; connman-dnsproxy by default, nobody if there is no such user
  --debug        say more
`;

const options = {
  config: { type: 'string' },
  bus: { type: 'boolean' },
  user: { type: 'string' },
  debug: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

async function main(): Promise<void> {
  setProgramName('connman-dnsproxyd');
  const { values } = parseArgs({ options });
  if (values.version || values.help) {
    printLast(values.version ? `${BUILD_VERSION}\n` : usage);
    return;
  }
  const log = lineLogger({
    write: writeStandardError,
    level: values.debug ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: 'connman-dnsproxyd: ',
  });
  const file = values.config ?? (existsSync(usualFile) ? usualFile : undefined);
  log.info(file === undefined ? `no ${usualFile}: waiting for connmand to configure servers` : `servers from ${file}`);
  const configuration = readConfiguration(file ?? '', file === undefined ? '' : readFileSync(file, 'utf8'));
  for (const problem of configuration.problems) log.warning(formatProblem(problem));

  const proxy = create(configuration, file === undefined, log);
  // Connected as root, so that the bus gives us the name also where the account is missing.
  const bus = values.bus || file === undefined ? await connect(log) : undefined;
  const account = accountOf(values.user ?? accountName);
  if (!account) log.warning(`no user ${values.user ?? accountName}, running as nobody; systemd-sysusers creates it`);
  // Ports below 1024 may be wanted again later; nothing else that root may do: sockets are bound to links without it since
  // Linux 5.7. On standby, to name the process that has a port takes more until the ports are open.
  const later = file === undefined && process.getuid?.() === 0 ? [capability.sysPtrace, capability.dacReadSearch] : [];
  dropPrivileges({ account, keep: [capability.netBindService, ...later] });
  if (bus && file === undefined) await standBy(bus, proxy, log);
  else if (bus) await offerOnBus(bus, proxy, log);
  notifyServiceManager('READY=1');

  process.on('SIGHUP', () => proxy.flush());
  process.on('SIGUSR1', () => log.info(JSON.stringify(proxy.statistics())));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      notifyServiceManager('STOPPING=1');
      proxy.close();
      process.exit(0);
    });
  }
}

function create(configuration: Configuration, standby: boolean, log: Logger): DnsProxyComponent {
  const streams = createStreamPort(bootClock);
  const ports = {
    clock: bootClock,
    entropy: kernelEntropy,
    exchanges: exchangePort,
    streams,
    secureStreams: createSecureStreamPort(streams),
    batches: batchPort,
    streamListeners: createStreamListenerPort(bootClock),
    holders: portHolderPort,
    hosts: createFileSource(configuration.hostsFile),
  };
  const proxy = createDnsProxy(ports, configuration.settings, log, { standby });
  if (standby) return proxy;
  for (const link of configuration.links) proxy.setLink(link);
  proxy.setFallbackServers(configuration.fallback, configuration.fallbackTls);
  proxy.listenOn(configuration.listen);
  log.info(`answering on ${proxy.listening.addresses.join(', ') || 'no address'}`);
  return proxy;
}

function connect(log: Logger): Promise<Bus> {
  return Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
}

/** With servers of its own the program works for the owner of connmand's name. */
async function offerOnBus(bus: Bus, proxy: DnsProxyComponent, log: Logger): Promise<void> {
  exportDnsProxy(bus, proxy);
  exportDnsProxyControl(bus, proxy);
  if (!(await bus.requestName(dnsProxyBusName, { wait: true }))) {
    log.warning(`another program has ${dnsProxyBusName}; connmanctl dns shows that one until it ends`);
  }
  bus.onLost((reason) => log.warning(`lost the message bus (${reason}); still answering`));
}

/**
 * Without servers of its own the program waits for connmand to set them. Until then it holds no port, and the name only for as
 * long as connmand does not want it: a connmand that has its own proxy finds both free.
 */
async function standBy(bus: Bus, proxy: DnsProxyComponent, log: Logger): Promise<void> {
  let isOpen = false;
  proxy.onEvent(({ kind }) => {
    if (isOpen || kind !== 'listening') return;
    isOpen = true;
    dropPrivileges({ account: undefined, keep: [capability.netBindService] });
    log.info(`answering on ${proxy.listening.addresses.join(', ') || 'no address'}`);
    bus.requestName(dnsProxyBusName, { wait: true }).catch((error: unknown) => log.warning(String(error)));
  });
  exportDnsProxy(bus, proxy);
  exportDnsProxyControl(bus, proxy);
  if (!(await bus.requestName(dnsProxyBusName, { wait: true, replaceable: true }))) {
    log.warning(
      `another program has ${dnsProxyBusName}; standing by. If it is connmand, set DnsProxy=bus in [Components] of main.conf and restart it`,
    );
  }
  bus.onLost((reason) => {
    log.error(`lost the message bus (${reason}); exiting`);
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`connman-dnsproxyd: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
