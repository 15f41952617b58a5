/** connmanctl: with words it runs one command and ends, without it prompts. */
import { writeSync } from 'node:fs';
import { OsError } from '@connman/base';
import { Bus, nodeBusStream, systemBusAddress } from '@connman/dbus';
import { Client, type Terminal } from './client';
import { commandNamed, helpText } from './grammar';
import { errnoText, fine, invalid } from './words';

declare const BUILD_VERSION: string;

const failed = 1;
const stdout = 1;
const stderr = 2;

/** Straight to the descriptor: Node's streams cost milliseconds to load, and may lose text when the program ends. */
function write(fd: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') continue;
      return lostOutput(fd, error as NodeJS.ErrnoException);
    }
  }
}

/** A reader that has left has seen what it wanted. Anything else is a failure: what was to be said is not where it should be. */
function lostOutput(fd: number, error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(fine);
  // What could not be said on standard error is in the exit status.
  if (fd === stderr) return;
  write(stderr, `Error: the output could not be written: ${sentence(error.errno ?? 0, error.message)}\n`);
  process.exit(failed);
}

/** A system error in the C library's words. */
function sentence(errno: number, otherwise: string): string {
  const { getSystemErrorMap } = process.getBuiltinModule('node:util');
  const text = getSystemErrorMap().get(errno)?.[1] ?? otherwise;
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

const plainTerminal: Terminal = { out: (text) => write(stdout, text), error: (text) => write(stderr, text) };

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
  return `Failed to connect to socket ${error.object}: ${sentence(-error.errno, error.code)}`;
}

function fail(reason: string): never {
  write(stderr, `Error: ${reason}\n`);
  process.exit(failed);
}

async function runOnce(name: string, words: readonly string[]): Promise<void> {
  if (name === 'help' || name === '--help' || name === '-h') {
    write(stdout, helpText(true));
    return;
  }
  if (name === '--version' || name === '-v') {
    write(stdout, `${BUILD_VERSION}\n`);
    return;
  }
  const bus = await connectBus();
  const command = commandNamed(name);
  if (command && !command.run) process.exit(fine);
  if (!command?.run) {
    write(stderr, `Error '${name}': Unknown command\n`);
    process.exit(invalid);
  }
  const outcome = await command.run(new Client(bus, plainTerminal), words);
  if (outcome === 'goes-on') return;
  if (outcome !== fine) write(stderr, `Error '${name}': ${errnoText(outcome)}\n`);
  process.exit(outcome);
}

async function interact(): Promise<void> {
  process.stdout.on('error', (error) => lostOutput(stdout, error));
  process.stderr.on('error', (error) => lostOutput(stderr, error));
  const { Prompt } = require('./interactive') as typeof import('./interactive');
  const bus = await connectBus();
  const prompt = new Prompt(plainTerminal);
  prompt.start(new Client(bus, prompt));
  await prompt.done;
  process.exit(fine);
}

// Whatever goes wrong in here is a line for the user; the stack is for us.
process.on('uncaughtException', (error) => {
  if (process.env.CONNMAN_DEBUG) write(stderr, `${error.stack}\n`);
  fail(`connmanctl failed: ${error.message}; run it again with CONNMAN_DEBUG=1 and report what it prints`);
});

const [name, ...words] = process.argv.slice(2);
void (name === undefined ? interact() : runOnce(name, words));
