/** connman-dnsproxyd: the DNS proxy as a program, with its servers from a file. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type LogLevel, lineLogger } from '@connman/base';
import {
  batchPort,
  bootClock,
  createFileSource,
  createSecureStreamPort,
  createStreamListenerPort,
  createStreamPort,
  exchangePort,
  kernelEntropy,
  notifyServiceManager,
  portHolderPort,
  setProgramName,
} from '@connman/linux';
import { formatProblem } from '@connman/settings';
import { createDnsProxy } from './component';
import { readConfiguration } from './config';

const usage = `Usage: connman-dnsproxyd --config FILE [--debug]

Answers DNS questions on the loopback addresses from its cache and from the servers that FILE names.
See docs/man/connman-dnsproxyd.8 or packages/dnsproxy/README.md for the keys of FILE.
`;

function main(): void {
  setProgramName('connman-dnsproxyd');
  const { values } = parseArgs({
    options: { config: { type: 'string' }, debug: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help || values.config === undefined) {
    process.stderr.write(usage);
    process.exit(values.help ? 0 : 2);
  }
  const level: LogLevel = values.debug ? 'debug' : 'info';
  const severityPrefix = process.env.JOURNAL_STREAM !== undefined;
  const write = (line: string) => process.stderr.write(line);
  const log = lineLogger({ write, level, severityPrefix, prefix: 'connman-dnsproxyd: ' });

  const configuration = readConfiguration(values.config, readFileSync(values.config, 'utf8'));
  for (const problem of configuration.problems) log.warning(formatProblem(problem));
  const streams = createStreamPort(bootClock);
  const proxy = createDnsProxy(
    {
      clock: bootClock,
      entropy: kernelEntropy,
      exchanges: exchangePort,
      streams,
      secureStreams: createSecureStreamPort(streams),
      batches: batchPort,
      streamListeners: createStreamListenerPort(bootClock),
      holders: portHolderPort,
      hosts: createFileSource(configuration.hostsFile),
    },
    configuration.settings,
    log,
  );
  for (const link of configuration.links) proxy.setLink(link);
  proxy.setFallbackServers(configuration.fallback);
  proxy.listenOn(configuration.listen);
  log.info(`answering on ${proxy.listening.addresses.join(', ') || 'no address'}`);
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

main();
