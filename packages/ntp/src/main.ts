/** connman-ntp: the NTP component as a program of its own on the bus, with no more privileges than its sockets and the clock need. */
import { parseArgs } from 'node:util';
import { lineLogger } from '@connman/base';
import { exportNtp, ntpBusName } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import {
  accountOf,
  bootClock,
  busStreamPort,
  capability,
  createSecureStreamPort,
  createStreamPort,
  dropPrivileges,
  kernelEntropy,
  notifyServiceManager,
  setProgramName,
  stampedDatagramPort,
  standardErrorWriter,
  systemClock,
  systemNameResolver,
} from '@connman/linux';
import { createNtpComponent } from './component';

declare const BUILD_VERSION: string;

/** Made by tools/packaging/connman.sysusers. */
const accountName = 'connman-ntp';

const usage = `Usage: connman-ntp [--version] [--help]

Offers ${ntpBusName} on the system bus, for connmand with "Ntp=bus" in its main.conf. Has no settings of its own;
CONNMAN_NTP_DEBUG=1 in the environment logs in detail.
`;

async function main(): Promise<void> {
  setProgramName('connman-ntp');
  const { values } = parseArgs({ options: { version: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.version || values.help) {
    process.stdout.write(values.version ? `${BUILD_VERSION}\n` : usage);
    return;
  }
  const log = lineLogger({
    write: standardErrorWriter(),
    level: process.env.CONNMAN_NTP_DEBUG ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: '',
  });
  // Connected as root, so that the bus gives us the name also where the account is missing.
  const bus = await Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
  const account = accountOf(accountName);
  if (!account) log.warning(`no user ${accountName}, running as nobody; systemd-sysusers creates it`);
  // The clock, and sockets of one link: nothing else is needed, and the rest is given away before the first byte from a network.
  dropPrivileges({ account, keep: [capability.netRaw, capability.sysTime] });
  const component = createNtpComponent({
    clock: bootClock,
    systemClock,
    entropy: kernelEntropy,
    datagrams: stampedDatagramPort,
    secureStreams: createSecureStreamPort(createStreamPort(bootClock)),
    names: systemNameResolver,
    log,
  });
  exportNtp(bus, component);
  if (!(await bus.requestName(ntpBusName))) throw new Error(`${ntpBusName} has an owner already: stop it first`);
  notifyServiceManager('READY=1');
  bus.onLost((reason) => {
    log.error(`the message bus is gone (${reason}); ending, the clock runs on as it is`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}

main().catch((error: unknown) => {
  process.stderr.write(`connman-ntp: ${(error as Error).message}\n`);
  process.exit(1);
});
