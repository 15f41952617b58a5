/** connmanctl: with words it runs one command and ends, without it prompts. */
import { OsError } from '@connman/base';
import { Bus, nodeBusStream, systemBusAddress } from '@connman/dbus';
import { Client, type ClientOptions, type Terminal } from './client';
import { commandNamed, helpText, runCommand, usageText } from './grammar';
import { fitted } from './narrow';
import { lostOutput, sentence, stderr, stdout, write } from './output';
import { exitStatus, fine, jsonOption, UsageError } from './words';

declare const BUILD_VERSION: string;

const plainTerminal: Terminal = { out: (text) => write(stdout, text), error: (text) => write(stderr, text) };

async function connectBus({ compat }: ClientOptions): Promise<Bus> {
  const status = compat ? exitStatus.failed : exitStatus.noDaemon;
  try {
    const bus = await Bus.connect({ stream: nodeBusStream, address: systemBusAddress(process.env) });
    bus.onLost((reason) => fail(reason, status));
    return bus;
  } catch (error) {
    return fail(describe(error), status);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof OsError)) return error instanceof Error ? error.message : String(error);
  return `Failed to connect to socket ${error.object}: ${sentence(-error.errno, error.code)}`;
}

function fail(reason: string, status: number): never {
  write(stderr, `Error: ${reason}\n`);
  process.exit(status);
}

async function runOnce(name: string, words: readonly string[], options: ClientOptions): Promise<void> {
  if (name === 'help' || name === '--help' || name === '-h') {
    write(stdout, fitted(helpText(true)));
    return;
  }
  if (name === '--version' || name === '-v') {
    write(stdout, `${BUILD_VERSION}\n`);
    return;
  }
  const command = commandNamed(name);
  // ConnMan's client asks for the bus first, and says so.
  const bus = await connectBus(options);
  if (command && !command.run) process.exit(fine);
  const client = new Client(bus, plainTerminal, options);
  try {
    if ((await runCommand(client, name, words, options.json)) === 'goes-on') return;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    write(stderr, usageText(name, error, options.compat));
    process.exit(options.compat ? error.errno : exitStatus.usage);
  }
  process.exit(options.compat && !command?.ours ? fine : client.failure);
}

/** @param line what a shell's user has typed up to the cursor. */
async function printCandidates(line: string): Promise<void> {
  const { candidatesFor } = require('./shell-completion') as typeof import('./shell-completion');
  const candidates = await candidatesFor(line, async () => new Client(await connectBus(options), plainTerminal));
  write(stdout, candidates.map((candidate) => `${candidate}\n`).join(''));
  process.exit(fine);
}

async function interact(options: ClientOptions): Promise<void> {
  process.stdout.on('error', (error) => lostOutput(stdout, error));
  process.stderr.on('error', (error) => lostOutput(stderr, error));
  const { Prompt } = require('./interactive') as typeof import('./interactive');
  const bus = await connectBus(options);
  const prompt = new Prompt(plainTerminal);
  prompt.start(new Client(bus, prompt, options));
  await prompt.done;
  process.exit(fine);
}

// Whatever goes wrong in here is a line for the user; the stack is for us.
process.on('uncaughtException', (error) => {
  if (process.env.CONNMAN_DEBUG) write(stderr, `${error.stack}\n`);
  fail(
    `connmanctl failed: ${error.message}; run it again with CONNMAN_DEBUG=1 and report what it prints`,
    exitStatus.failed,
  );
});

/** Options of the client itself stand anywhere on the line; no command of ConnMan has one of their names. */
const own = { json: jsonOption, compat: '--compat-exit' } as const;
const line = process.argv.slice(2);
const options: ClientOptions = { json: line.includes(own.json), compat: line.includes(own.compat) };
const [name, ...words] = line.filter((word) => word !== own.json && word !== own.compat);
if (name === '--complete') void printCandidates(words[0] ?? '');
else void (name === undefined ? interact(options) : runOnce(name, words, options));
