// Boots the guest for one job and waits until it is off again.
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Options of the kernel: nothing takes time but waiting, which takes none of ours; computing takes time as well; our own time. */
const timeMode = { virtual: ['time-travel=inf-cpu'], counted: ['time-travel'], real: [] };

/**
 * Of scripts in TypeScript. Without source maps: while Node.js read the map of one script the guest's kernel computed for ever, each
 * time at the same place. Without V8's own threads, for a guest has one processor.
 */
export const nodeFlags = ['--single-threaded'];

/** Of our time, from the kernel's start to the job's; on a busy machine it takes ten. */
const bootSeconds = 60;

const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.resolve(here, '../../..');

/** Where the kernel and the peers are, or what is missing. */
export function laboratory() {
  const where = (part) => execFileSync(path.join(here, '../setup'), ['--where', part], { encoding: 'utf8' }).trim();
  const kernel = where('kernel');
  const peers = where('peers');
  const yieldFolder = where('yield');
  if (!existsSync(path.join(kernel, 'linux'))) return { missing: 'the kernel of the radio laboratory is not built' };
  if (!existsSync(peers)) return { missing: 'the peers of the radio laboratory are not unpacked' };
  if (!existsSync(yieldFolder)) return { missing: 'guest/yield.c of the radio laboratory is not built' };
  return { kernel, peers, preload: path.join(yieldFolder, 'yield.so') };
}

/**
 * Runs one command in a new guest.
 *
 * @param job name; argv; environment; out: the folder that is /out in the guest, or none; time: virtual, counted or real;
 *   timeoutSeconds;
 *   memoryMb; onOutput(text): what it prints, as it comes.
 * @returns { status, note }: its exit status, or 124 (out of time) or 125 (the guest died) with a note.
 */
export async function boot(job) {
  const { kernel, peers, preload } = laboratory();
  const out = freshFolder(job);
  const environment = Object.entries(job.environment).map(([name, value]) => `export ${name}=${shellWord(value)}\n`);
  const command = job.argv.map(shellWord).join(' ');
  writeFileSync(path.join(out, 'job'), `${environment.join('')}exec ${command}\n`);
  writeFileSync(path.join(out, 'output'), '');

  const follow = follower(path.join(out, 'output'), job.onOutput);
  const words = [
    `mem=${job.memoryMb}M`,
    'root=/dev/root rootfstype=hostfs rootflags=/ ro',
    `init=${path.join(here, 'init')}`,
    `lab.peers=${peers} lab.modules=${kernel}/lib/modules lab.out=${out}`,
    ...(job.time === 'virtual' ? [`lab.preload=${preload}`] : []),
    // Its memory is a file, its control socket a path: both are gone with the guest.
    `uml_dir=${out}/`,
    'con=null con0=null,fd:1 quiet',
    ...timeMode[job.time],
  ];
  let ended = await runKernel(job, kernel, words, out);
  // User-mode Linux may hang while it boots, before anything of the job has run.
  if (ended === 'hung') ended = await runKernel(job, kernel, words, out);
  follow.end();

  const statusFile = path.join(out, 'status');
  const status = existsSync(statusFile) ? Number(readFileSync(statusFile, 'utf8')) : ended === 'off' ? 125 : 124;
  if (status === 0 && !job.out) rmSync(out, { recursive: true });
  if (status === 0) return { status };
  if (status === 124) return { status, note: `not done after ${job.timeoutSeconds} s; its files are in ${out}` };
  if (status === 125) return { status, note: `the guest died; see ${path.join(out, 'console.log')}` };
  return { status, note: `its files are in ${out}` };
}

function freshFolder({ out, name }) {
  if (!out) return mkdtempSync(path.join(scratchFolder(), `${name}-`));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  return out;
}

export function scratchFolder() {
  const folder = path.join(repository, 'tmp/radio');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * The kernel ends with us, and every process of the guest with the kernel.
 *
 * @returns off, timeout, or hung: the job has not begun in time.
 */
async function runKernel({ timeoutSeconds }, kernel, words, out) {
  const log = openSync(path.join(out, 'console.log'), 'w');
  const guard = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child'];
  const [program, ...args] = [...guard, path.join(kernel, 'linux'), ...words.join(' ').split(' ')];
  const env = { PATH: process.env.PATH, TMPDIR: existsSync('/dev/shm') ? '/dev/shm' : '/tmp' };
  const child = spawn(program, args, { stdio: ['ignore', log, log], env });
  closeSync(log);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGKILL'));
  let ended = 'off';
  const end = (how) => {
    ended = how;
    child.kill('SIGKILL');
  };
  const timers = [
    setTimeout(() => end('timeout'), timeoutSeconds * 1000),
    setTimeout(() => existsSync(path.join(out, 'begun')) || end('hung'), bootSeconds * 1000),
  ];
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  timers.forEach(clearTimeout);
  return ended;
}

/** Hands on what a file grows by. The file is written by the guest's kernel, of which the host has no notice. */
function follower(file, onText) {
  const descriptor = openSync(file, 'r');
  const decoder = new TextDecoder();
  let offset = 0;
  const take = () => {
    const grown = fstatSync(descriptor).size - offset;
    if (grown <= 0) return;
    const bytes = Buffer.alloc(grown);
    offset += readSync(descriptor, bytes, 0, grown, offset);
    onText(decoder.decode(bytes, { stream: true }));
  };
  const timer = setInterval(take, 50);
  return {
    end() {
      clearInterval(timer);
      take();
      closeSync(descriptor);
    },
  };
}

function shellWord(text) {
  return `'${String(text).replaceAll("'", "'\\''")}'`;
}
