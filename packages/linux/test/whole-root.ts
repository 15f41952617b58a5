/** Tests that an ordinary user cannot have. */
import { readFileSync } from 'node:fs';

function hasEveryUser(): boolean {
  const [, , count] = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/).map(Number);
  return process.getuid?.() === 0 && (count ?? 0) > 65_535;
}

/** Of becoming another user: they need root with every user id, and not root of a user namespace that has one. */
export const whole: jest.It = hasEveryUser() ? test : test.skip;

/** Of mounting something: root of a user namespace will do. */
export const rooted: jest.It = process.getuid?.() === 0 ? test : test.skip;
