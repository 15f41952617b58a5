/**
 * The driver alone, for the laboratory: commands come in as lines of JSON on standard input, events go out as lines of JSON
 * on standard output. `$secret` in a command becomes a Secret: `{"passphrase": {"$secret": "..."}}`.
 */
import { createInterface } from 'node:readline';
import { lineLogger, Secret } from '@connman/base';
import type { TechnologyCommand } from '@connman/contracts';
import { Bus, systemBusAddress } from '@connman/dbus';
import {
  bootClock,
  busStreamPort,
  createRfkill,
  diskFiles,
  kernelEntropy,
  netlinkPort,
  packetPort,
} from '@connman/linux';
import { createWifiDriver, kernelLinks, kernelNl80211 } from '../src';

async function main(): Promise<void> {
  const log = lineLogger({
    write: (line) => process.stderr.write(line),
    level: 'debug',
    severityPrefix: false,
    prefix: 'wifi: ',
  });
  const bus = await Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
  const ports = { netlink: netlinkPort, files: diskFiles, clock: bootClock, log };
  const links = kernelLinks({ ...ports, manages: (name) => name === (process.env.WIFI_LINK ?? name) });
  const driver = createWifiDriver({
    ...{ bus, ...ports, links, nl80211: kernelNl80211(netlinkPort, bootClock, log), rfkill: createRfkill() },
    ...{ entropy: kernelEntropy, packets: packetPort, addressSecretFile: '/run/mac-address-secret' },
    certificateFolder: '/run/server-certificates',
  });
  driver.onEvent((event) => process.stdout.write(`${JSON.stringify({ ...event, at: Math.round(bootClock.now()) })}\n`));
  driver.start();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => driver.command(readCommand(line)));
  lines.on('close', () => {
    driver.close();
    bus.close();
  });
}

function readCommand(line: string): TechnologyCommand {
  return JSON.parse(line, (_key, value) => (value?.$secret === undefined ? value : new Secret(value.$secret)));
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
});
