/** What the programs of this package print: straight to the descriptor, and a fault of it is a line and an exit status. */
import { writeSync } from 'node:fs';
import { exitStatus, fine } from './words';

export const stdout = 1;
export const stderr = 2;

/** Straight to the descriptor: Node's streams cost milliseconds to load, and may lose text when the program ends. */
export function write(fd: number, text: string): void {
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
export function lostOutput(fd: number, error: NodeJS.ErrnoException): void {
  // What could not be said on standard error is in the exit status.
  if (fd === stderr) return;
  if (error.code === 'EPIPE') process.exit(fine);
  write(stderr, `Error: the output could not be written: ${sentence(error.errno ?? 0, error.message)}\n`);
  process.exit(exitStatus.failed);
}

/** A system error in the C library's words. */
export function sentence(errno: number, otherwise: string): string {
  const { getSystemErrorMap } = process.getBuiltinModule('node:util');
  const text = getSystemErrorMap().get(errno)?.[1] ?? otherwise;
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
