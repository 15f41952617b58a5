/** connman-dnsproxyd: the DNS proxy as a program, with its servers from a file, from connmand over the bus, or both. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Logger, lineLogger } from '@connman/base';
import { type DnsProxyComponent, dnsProxyBusName, exportDnsProxy, exportDnsProxyControl } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import {
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
} from '@connman/linux';
import { formatProblem } from '@connman/settings';
import { createDnsProxy } from './component';
import { type Configuration, readConfiguration } from './config';

declare const BUILD_VERSION: string;

const usualFile = '/etc/connman/dnsproxy.conf';

const usage = `Usage: connman-dnsproxyd [--config FILE] [--bus] [--user NAME] [--debug] [--version]

Answers DNS questions on the loopback addresses from its cache and from name servers.
  --config FILE  the servers and the settings; see connman-dnsproxyd(8); ${usualFile} if there is one
  --bus          offer ${dnsProxyBusName} on the system bus, for connmand and connmanctl; without a FILE in any case
  --user NAME    who to be once the ports are open, if there is such a user; capabilities are given away in any case
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
    write: (line) => process.stderr.write(line),
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
  // Opening them took root to name who has a port. Ports below 1024 may be wanted again later; nothing else that root may do:
  // sockets are bound to links without it since Linux 5.7. Nothing has come from outside yet.
  dropPrivileges({ ...(values.user ? accountOf(values.user, log) : {}), keep: [capability.netBindService] });
  if (values.bus || file === undefined) await offerOnBus(proxy, file !== undefined, log);
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

/** Stays who it is where there is no such user, or where it is not root anyway. */
function accountOf(name: string, log: Logger): { readonly user?: number; readonly group?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { user: Number(uid), group: Number(gid) };
  }
  log.warning(`there is no user ${name}: going on as root without its capabilities`);
  return {};
}

/** Without servers of its own the program has no business without the bus. */
async function offerOnBus(proxy: DnsProxyComponent, hasServers: boolean, log: Logger): Promise<void> {
  const bus = await Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
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
