/** connman-dnsproxyd: the DNS proxy as a program, with its servers from a file, from connmand over the bus, or both. */
import { readFileSync } from 'node:fs';
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

const usage = `Usage: connman-dnsproxyd --config FILE [--bus] [--user NAME] [--debug]

Answers DNS questions on the loopback addresses from its cache and from name servers.
  --config FILE  the servers and the settings; the keys are in packages/dnsproxy/README.md
  --bus          offer ${dnsProxyBusName} on the system bus, for connmand and connmanctl
  --user NAME    who to be once the ports are open; root's other capabilities are given away in any case
  --debug        say more
`;

const options = {
  config: { type: 'string' },
  bus: { type: 'boolean' },
  user: { type: 'string' },
  debug: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

async function main(): Promise<void> {
  setProgramName('connman-dnsproxyd');
  const { values } = parseArgs({ options });
  if (values.help || (values.config === undefined && !values.bus)) {
    process.stderr.write(usage);
    process.exit(values.help ? 0 : 2);
  }
  const log = lineLogger({
    write: (line) => process.stderr.write(line),
    level: values.debug ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: 'connman-dnsproxyd: ',
  });
  const text = values.config === undefined ? '' : readFileSync(values.config, 'utf8');
  const configuration = readConfiguration(values.config ?? '', text);
  for (const problem of configuration.problems) log.warning(formatProblem(problem));

  const proxy = open(configuration, log);
  // Ports below 1024 may be wanted again later; nothing else that root may do, and nothing has come from outside yet.
  dropPrivileges({ ...(values.user ? { user: values.user } : {}), keep: [capability.netBindService] });
  if (values.bus) await offerOnBus(proxy, log);
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
  proxy.setFallbackServers(configuration.fallback);
  proxy.listenOn(configuration.listen);
  log.info(`answering on ${proxy.listening.addresses.join(', ') || 'no address'}`);
  return proxy;
}

async function offerOnBus(proxy: DnsProxyComponent, log: Logger): Promise<void> {
  const bus = await Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
  exportDnsProxy(bus, proxy);
  exportDnsProxyControl(bus, proxy);
  if (!(await bus.requestName(dnsProxyBusName)))
    throw new Error(`${dnsProxyBusName} has an owner already: stop it first`);
  bus.onLost((reason) => log.warning(`the message bus is gone (${reason}); names go on being resolved as they were`));
}

main().catch((error: unknown) => {
  process.stderr.write(`connman-dnsproxyd: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
