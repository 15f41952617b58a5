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
  setProgramName,
  standardErrorWriter,
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
    process.stdout.write(values.version ? `${BUILD_VERSION}\n` : usage);
    return;
  }
  const log = lineLogger({
    write: standardErrorWriter(),
    level: values.debug ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: 'connman-dnsproxyd: ',
  });
  const file = values.config ?? (existsSync(usualFile) ? usualFile : undefined);
  log.info(
    file === undefined ? `no ${usualFile}: the servers are for connmand to tell` : `servers are those of ${file}`,
  );
  const configuration = readConfiguration(file ?? '', file === undefined ? '' : readFileSync(file, 'utf8'));
  for (const problem of configuration.problems) log.warning(formatProblem(problem));

  const proxy = open(configuration, log);
  // Connected as root, so that the bus gives us the name also where the account is missing.
  const bus = values.bus || file === undefined ? await connect(log) : undefined;
  // Opening them took root to name who has a port. Ports below 1024 may be wanted again later; nothing else that root may do:
  // sockets are bound to links without it since Linux 5.7. Nothing has come from outside yet.
  const account = accountOf(values.user ?? accountName);
  if (!account) log.warning(`no user ${values.user ?? accountName}, running as nobody; systemd-sysusers creates it`);
  dropPrivileges({ account, keep: [capability.netBindService] });
  if (bus) await offerOnBus(bus, proxy, file !== undefined, log);
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

function open(configuration: Configuration, log: Logger): DnsProxyComponent {
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
  const proxy = createDnsProxy(ports, configuration.settings, log);
  for (const link of configuration.links) proxy.setLink(link);
  proxy.setFallbackServers(configuration.fallback, configuration.fallbackTls);
  proxy.listenOn(configuration.listen);
  log.info(`answering on ${proxy.listening.addresses.join(', ') || 'no address'}`);
  return proxy;
}

function connect(log: Logger): Promise<Bus> {
  return Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
}

/** Without servers of its own the program has no business without the bus. */
async function offerOnBus(bus: Bus, proxy: DnsProxyComponent, hasServers: boolean, log: Logger): Promise<void> {
  exportDnsProxy(bus, proxy);
  exportDnsProxyControl(bus, proxy);
  if (!(await bus.requestName(dnsProxyBusName)))
    throw new Error(`${dnsProxyBusName} has an owner already: stop it first`);
  bus.onLost((reason) => {
    if (hasServers) return log.warning(`the message bus is gone (${reason}); names go on being resolved as they were`);
    log.error(`the message bus is gone (${reason}); ending`);
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`connman-dnsproxyd: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
