/** connmand-wait-online: ends when a service is connected, for network-online.target (rules 201 and 202). */
import { parseArgs } from 'node:util';
import { Bus, nodeBusStream, systemBusAddress } from '@connman/dbus';
import { stderr, stdout, write } from './output';
import { parseWish, waitOnline, waitOptions, waitStatus } from './wait-online';

declare const BUILD_VERSION: string;

const usage = `Usage: connmand-wait-online [OPTION...]

Waits until a service is ready or online, and exits with status 0.
  -i, --interface=DEV,...  one of these interfaces must be connected
  -I, --ignore=DEV,...     these interfaces do not count
      --timeout=SECONDS    how long to wait, 0 without end; 120 unless given; then the status is ${waitStatus.timeout}
  -v, --version            print the version
  -h, --help               print this help
`;

function fail(status: number, reason: string): never {
  write(stderr, `connmand-wait-online: ${reason}\n`);
  process.exit(status);
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: waitOptions });
    return { values, wish: parseWish(values) };
  } catch (error) {
    return fail(waitStatus.optionError, `${(error as Error).message}; --help lists the options`);
  }
}

async function main(): Promise<void> {
  const { values, wish } = readOptions();
  if (values.version || values.help) {
    write(stdout, values.version ? `${BUILD_VERSION}\n` : usage);
    return;
  }
  const address = systemBusAddress(process.env);
  const bus = await Bus.connect({ stream: nodeBusStream, address });
  bus.onLost((reason) => fail(waitStatus.busError, `lost the message bus (${reason})`));
  if (!(await waitOnline(bus, wish)))
    fail(waitStatus.timeout, `not online after ${wish.timeout} s: ${missing(wish.interfaces)}`);
  process.exit(waitStatus.online);
}

function missing(interfaces: readonly string[]): string {
  return `no service ${interfaces.length > 0 ? `of ${interfaces.join(', ')} ` : ''}is ready; see connmanctl services`;
}

main().catch((error: unknown) => fail(waitStatus.busError, (error as Error).message));
