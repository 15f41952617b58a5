/** Other programs run to their end, through Node's child processes. */
import { OsError } from '@connman/base';
import type { ProgramRunner } from '@connman/ports';
import { processes, searchPath } from './processes';

const ENOENT = 2;
/** A program that waits for a lock of the machine is not waited for longer. */
const longestMs = 5000;

export const programRunner: ProgramRunner = {
  find: (name) => processes.find(name),
  run(program, args, input) {
    // Loaded on use.
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    const env = { PATH: searchPath.join(':') };
    const options = { input, env, cwd: '/', encoding: 'utf8', timeout: longestMs } as const;
    const { status, stdout, stderr, error } = spawnSync(program, args, options);
    // What does not read its input to the end has said why it does not.
    const { errno = -ENOENT, code } = (error ?? {}) as NodeJS.ErrnoException;
    if (error && code !== 'EPIPE' && code !== 'ETIMEDOUT') throw new OsError('spawn', Math.abs(errno), program);
    return { code: status ?? undefined, output: stdout, errors: stderr };
  },
};
