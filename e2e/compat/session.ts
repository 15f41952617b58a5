// One conversation between a connmanctl and a connmand, written down so that two pairs can be compared line by line.
import type { Host } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import type { Network } from '../netns/lab/network';
import type { Subject } from '../netns/lab/subject';

export interface Pair {
  readonly daemon: Subject;
  readonly client: Subject;
}

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** What one command answered. */
export interface Answer extends Outcome {
  readonly command: string;
}

export interface Step {
  /** Arguments of connmanctl; ID stands for the service of eth0. */
  readonly command: string;
  /** Instead of a one-shot command: lines typed at the prompt, each with what must appear before the next. */
  readonly typed?: readonly (readonly [line: string, appears: RegExp])[];
  /** What must have come to pass before the next step. */
  readonly until?: (scene: Scene) => Promise<unknown>;
}

export interface Scene {
  readonly lab: Lab;
  readonly network: Network;
}

/** Plays the steps in a fresh laboratory, from a machine that is online. */
export async function play(pair: Pair, steps: readonly Step[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  await inLab(pair.daemon, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const connman = await lab.startDaemon();
    const { path } = await connman.untilOnline('eth0');
    const id = path.split('/').at(-1) ?? '';
    for (const { command, typed, until } of steps) {
      const run = typed ? converse(lab.machine, pair.client, typed) : runOnce(lab.machine, pair.client, command, id);
      answers.push({ command, ...(await run) });
      await until?.({ lab, network });
    }
  });
  return answers;
}

async function runOnce(machine: Host, client: Subject, command: string, id: string): Promise<Outcome> {
  const words = command.split(' ').map((word) => (word === 'ID' ? id : word));
  const script = 'exec "$@" >/run/stdout 2>/run/stderr';
  const child = machine.start(['sh', '-c', script, 'sh', ...client.client, ...words], { env: client.env });
  child.closeInput();
  const { code } = await child.exited;
  return { stdout: neutral(machine.read('/run/stdout')), stderr: neutral(machine.read('/run/stderr')), status: code };
}

/** Types at the prompt. Both output streams come as one; the prompt, its redrawing and the echo are left out. */
async function converse(machine: Host, client: Subject, typed: NonNullable<Step['typed']>): Promise<Outcome> {
  const child = machine.start([...client.client], { env: client.env });
  let shown = 0;
  const text = () => child.output.items.slice(shown).map(withoutPrompt).join('\n');
  // readline may draw a line once more after the next one was typed.
  const echoes = new Set(['', 'quit', ...typed.map(([line]) => line)]);
  const parts: string[] = [];
  for (const [line, appears] of [...typed, ['quit', /\(nsenter ended: 0\)/] as const]) {
    shown = child.output.items.length;
    child.write(`${line}\n`);
    await child.output.until(`${appears} after "${line}"`, () => appears.test(text()));
    const answered = text()
      .split('\n')
      .filter((answer) => !echoes.has(answer) && !answer.startsWith('(nsenter'));
    parts.push(`connmanctl> ${line}`, ...answered);
  }
  return { stdout: neutral(parts.join('\n')), stderr: '', status: (await child.exited).code };
}

function withoutPrompt(line: string): string {
  // No VPN daemon runs here; the reference says so somewhere in its first lines.
  return line
    .replace(/Error getting VPN connections: .*?\.service files/, '')
    .replace(/connmanctl> |\r {12}\r|\r/g, '');
}

/**
 * Leaves out what differs from one laboratory to the next, hardware addresses and leases, and one thing that means nothing
 * on a wire: the tethering frequency, which the reference shows as 0 until it has stored the technology once.
 */
export function neutral(text: string): string {
  return text
    .replace(/ethernet_[0-9a-f]{12}_cable/g, 'ethernet_MAC_cable')
    .replace(/\b([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b/g, 'MAC')
    .replace(/TetheringFreq = (0|2412)$/gm, 'TetheringFreq = 0 or 2412')
    .replace(/\b10\.77\.1\.1[0-5]\d\b/g, 'LEASE');
}

export function toLines(answers: readonly Answer[]): string[] {
  return answers.flatMap(({ command, stdout, stderr, status }) => [
    `$ connmanctl ${command}`,
    ...lines(stdout),
    ...lines(stderr).map((line) => `stderr: ${line}`),
    `exit ${status}`,
  ]);
}

function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
