/** connmanctl: with words it runs one command and ends, without it prompts. */
import { writeSync } from 'node:fs';
import { OsError } from '@connman/base';
import { Bus, nodeBusStream, systemBusAddress } from '@connman/dbus';
import { Client, type Terminal } from './client';
import { commandNamed, helpText } from './grammar';
import { errnoText, fine, invalid } from './words';

const noBus = 1;
const EAGAIN = 'EAGAIN';
const EPIPE = 'EPIPE';

/** Straight to the descriptor: Node's streams cost milliseconds to load, and may lose text when the program ends. */
function write(fd: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader has gone: nobody is left to tell.
      if (code === EPIPE) process.exit(fine);
      if (code !== EAGAIN) throw error;
    }
  }
}

const plainTerminal: Terminal = { out: (text) => write(1, text), error: (text) => write(2, text) };

async function connectBus(): Promise<Bus> {
  try {
    const bus = await Bus.connect({ stream: nodeBusStream, address: systemBusAddress(process.env) });
    bus.onLost((reason) => fail(reason));
    return bus;
  } catch (error) {
    return fail(describe(error));
  }
}

function describe(error: unknown): string {
  if (!(error instanceof OsError)) return error instanceof Error ? error.message : String(error);
  const { getSystemErrorMap } = process.getBuiltinModule('node:util');
  const text = getSystemErrorMap().get(-error.errno)?.[1] ?? error.code;
  return `Failed to connect to socket ${error.object}: ${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function fail(reason: string): never {
  write(2, `Error: ${reason}\n`);
  process.exit(noBus);
}

async function runOnce(name: string, words: readonly string[]): Promise<void> {
  if (name === 'help' || name === '--help' || name === '-h') {
    write(1, helpText(true));
    return;
  }
  const bus = await connectBus();
  const command = commandNamed(name);
  if (command && !command.run) process.exit(fine);
  if (!command?.run) {
    write(2, `Error '${name}': Unknown command\n`);
    process.exit(invalid);
  }
  const outcome = await command.run(new Client(bus, plainTerminal), words);
  if (outcome === 'goes-on') return;
  if (outcome !== fine) write(2, `Error '${name}': ${errnoText(outcome)}\n`);
  process.exit(outcome);
}

async function interact(): Promise<void> {
  const { Prompt } = require('./interactive') as typeof import('./interactive');
  const bus = await connectBus();
  const prompt = new Prompt();
  prompt.start(new Client(bus, prompt));
  await prompt.done;
  process.exit(fine);
}

const [name, ...words] = process.argv.slice(2);
void (name === undefined ? interact() : runOnce(name, words));
