import { readFileSync } from 'node:fs';
import type { ProcessExit, ProcessOptions } from '@connman/ports';
import { whole } from '../../test/whole-root';
import { identityOf, processes } from './processes';

type Run = { readonly lines: string[]; readonly exit: Promise<ProcessExit> };

function run(
  options: Omit<ProcessOptions, 'onExit' | 'onLine'>,
): Run & { process: ReturnType<typeof processes.start> } {
  const lines: string[] = [];
  let process: ReturnType<typeof processes.start> | undefined;
  const exit = new Promise<ProcessExit>((resolve) => {
    process = processes.start({
      ...options,
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
      onExit: resolve,
    });
  });
  if (!process) throw new Error('not started');
  return { lines, exit, process };
}

const shell = (script: string, rest: Partial<ProcessOptions> = {}) =>
  run({ program: '/bin/sh', args: ['-c', script], output: 'lines', ...rest });

test('a program gets its input and nothing of our environment, and its lines and status come back', async () => {
  const { exit, lines } = shell('cat; echo "$HOME|$GREETING"; echo oops >&2; exit 3', {
    environment: { GREETING: 'hello' },
    input: 'a secret\n',
  });
  expect(await exit).toEqual({ kind: 'code', code: 3 });
  expect(lines.sort()).toEqual(['error oops', 'out a secret', 'out |hello']);
});

test('a program that is not there is an exit, not an exception', async () => {
  const { exit, process } = run({ program: '/nowhere/openvpn', args: [], output: 'none' });
  expect(await exit).toMatchObject({ kind: 'not-started', error: { code: 'ENOENT', object: '/nowhere/openvpn' } });
  expect(process.identity).toBeUndefined();
  process.signal('SIGTERM');
});

test('a question without a newline is heard and answered', async () => {
  const lines: string[] = [];
  const exit = await new Promise<ProcessExit>((resolve) => {
    const asking = processes.start({
      program: '/bin/sh',
      args: ['-c', 'printf "Password: "; read x; echo "got $x"'],
      output: 'lines',
      keepInput: true,
      onLine: (line) => lines.push(line),
      onPrompt(text) {
        if (text === 'Password: ') asking.write('swordfish\n');
      },
      onExit: resolve,
    });
  });
  expect(exit).toEqual({ kind: 'code', code: 0 });
  expect(lines).toEqual(['Password: got swordfish']);
});

test('a signal ends it and is reported', async () => {
  const { exit, process } = shell('echo ready; read x', { keepInput: true });
  process.signal('SIGKILL');
  expect(await exit).toEqual({ kind: 'signal', signal: 'SIGKILL' });
});

test('a process is adopted by pid and start time, signalled, and its end is seen', async () => {
  const started = shell('echo ready; exec sleep 60');
  const { identity } = started.process;
  if (!identity) throw new Error('not started');
  let ended: (exit: ProcessExit) => void = () => {};
  const adoptedExit = new Promise<ProcessExit>((resolve) => {
    ended = resolve;
  });
  expect(processes.adopt({ ...identity, startTime: identity.startTime + 1 }, ended)).toBeUndefined();
  const adopted = processes.adopt(identity, ended);
  adopted?.signal('SIGTERM');
  expect(await adoptedExit).toEqual({ kind: 'unknown' });
  expect(await started.exit).toEqual({ kind: 'signal', signal: 'SIGTERM' });
  expect(identityOf(identity.pid)).toBeUndefined();
  expect(processes.adopt(identity, ended)).toBeUndefined();
});

whole('a program runs as another user with exactly the groups it was given', async () => {
  const { exit, lines } = shell('id -u; id -G; grep CapEff /proc/self/status', {
    runAs: { user: 'nobody', group: 'nogroup', supplementaryGroups: ['games'] },
  });
  expect(await exit).toEqual({ kind: 'code', code: 0 });
  const gid = (name: string) => new RegExp(`^${name}:[^:]*:(\\d+)`, 'm').exec(readFileSync('/etc/group', 'utf8'))?.[1];
  expect(lines).toEqual(['out 65534', `out ${gid('nogroup')} ${gid('games')}`, 'out CapEff:\t0000000000000000']);
});

test('programs are found where system programs are', () => {
  expect(processes.find('sh')).toMatch(/\/sh$/);
  expect(processes.find('no-such-program')).toBeUndefined();
});
