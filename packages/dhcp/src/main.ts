/** connman-dhcp: the DHCP component as a program of its own on the bus, with no more privileges than its sockets need. */
import { parseArgs } from 'node:util';
import { lineLogger } from '@connman/base';
import { dhcpBusName, exportDhcp } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import {
  accountOf,
  bootClock,
  busStreamPort,
  capability,
  datagramPort,
  dropPrivileges,
  kernelEntropy,
  linkAddresses,
  notifyServiceManager,
  packetPort,
  setProgramName,
  standardErrorWriter,
} from '@connman/linux';
import { createDhcpComponent } from './component';
import { Dhcp6Client } from './v6/client';

declare const BUILD_VERSION: string;

const accountName = 'connman-dhcp';

const usage = `Usage: connman-dhcp [--version] [--help]

Offers ${dhcpBusName} on the system bus, for connmand with "Dhcp=bus" in its main.conf. Has no settings of its own;
CONNMAN_DHCP_DEBUG=1 in the environment logs in detail.
`;

async function main(): Promise<void> {
  setProgramName('connman-dhcp');
  const { values } = parseArgs({ options: { version: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.version || values.help) {
    process.stdout.write(values.version ? `${BUILD_VERSION}\n` : usage);
    return;
  }
  const log = lineLogger({
    write: standardErrorWriter(),
    level: process.env.CONNMAN_DHCP_DEBUG ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: '',
  });
  // Connected as root, so that the bus gives us the name also where the account is missing.
  const bus = await Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
  const account = accountOf(accountName);
  if (!account) log.warning(`no user ${accountName}, running as nobody; systemd-sysusers creates it`);
  // Packet sockets, and ports 68 and 546: nothing else is needed, and the rest is given away before the first byte from a network.
  dropPrivileges({ account, keep: [capability.netRaw, capability.netBindService] });
  const component = createDhcpComponent({
    clock: bootClock,
    entropy: kernelEntropy,
    packets: packetPort,
    datagrams: datagramPort,
    linkAddresses,
    loadDhcp6: () => Dhcp6Client,
    log,
  });
  exportDhcp(bus, component);
  if (!(await bus.requestName(dhcpBusName))) throw new Error(`${dhcpBusName} has an owner already: stop it first`);
  notifyServiceManager('READY=1');
  bus.onLost((reason) => {
    log.error(`the message bus is gone (${reason}); ending, leases stay as they are`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}

main().catch((error: unknown) => {
  process.stderr.write(`connman-dhcp: ${(error as Error).message}\n`);
  process.exit(1);
});
