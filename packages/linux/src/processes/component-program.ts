/** A component of connmand as a program of its own: on the bus under its name, as a user of its own, with few capabilities. */
import { parseArgs } from 'node:util';
import { type Logger, lineLogger } from '@connman/base';
import { Bus, systemBusAddress } from '@connman/dbus';
import { busStreamPort } from '../streams/bus-stream-port';
import {
  accountOf,
  type capability,
  dropPrivileges,
  notifyServiceManager,
  printLast,
  setProgramName,
  writeStandardError,
} from './process';

export interface ComponentProgram {
  /** Of the program and of its user, which tools/packaging/connman.sysusers makes. */
  readonly name: string;
  readonly busName: string;
  /** The line of main.conf that has connmand use it. */
  readonly setting: string;
  readonly version: string;
  /** Capabilities that its sockets and calls need. */
  readonly keep: readonly (typeof capability)[keyof typeof capability][];
  /** What becomes of its work when it ends, for the log. */
  readonly left: string;
  /** Puts the component on the bus. Called with no more privileges than `keep`. */
  offer(bus: Bus, log: Logger): void;
}

export function runComponent(program: ComponentProgram): void {
  run(program).catch((error: unknown) => {
    process.stderr.write(`${program.name}: ${(error as Error).message}\n`);
    process.exit(1);
  });
}

async function run({ name, busName, setting, version, keep, left, offer }: ComponentProgram): Promise<void> {
  setProgramName(name);
  const debugVariable = `${name.toUpperCase().replaceAll('-', '_')}_DEBUG`;
  const { values } = parseArgs({ options: { version: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.version || values.help) {
    printLast(values.version ? `${version}\n` : usage(name, busName, setting, debugVariable));
    return;
  }
  const log = lineLogger({
    write: writeStandardError,
    level: process.env[debugVariable] ? 'debug' : 'info',
    severityPrefix: process.env.JOURNAL_STREAM !== undefined,
    prefix: '',
  });
  // Connected as root, so that the bus gives us the name also where the account is missing.
  const bus = await Bus.connect({ stream: busStreamPort, address: systemBusAddress(process.env), log });
  const account = accountOf(name);
  if (!account) log.warning(`no user ${name}, running as nobody; systemd-sysusers creates it`);
  // What is not needed is given away before the first byte from a network.
  dropPrivileges({ account, keep });
  offer(bus, log);
  if (!(await bus.requestName(busName))) throw new Error(`${busName} has an owner already: stop it first`);
  notifyServiceManager('READY=1');
  bus.onLost((reason) => {
    log.error(`lost the message bus (${reason}); exiting, ${left}`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}

function usage(name: string, busName: string, setting: string, debugVariable: string): string {
  return `Usage: ${name} [--version] [--help]

Offers ${busName} on the system bus, for connmand with "${setting}" in the group [Components] of its main.conf, which has
the bus start it. It has no settings of its own; ${debugVariable}=1 in the environment logs in detail.
`;
}
