/** Tests that become another user: they need root with every user id, and not root of a user namespace that has one. */
import { readFileSync } from 'node:fs';

function hasEveryUser(): boolean {
  const [, , count] = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/).map(Number);
  return process.getuid?.() === 0 && (count ?? 0) > 65_535;
}

export const whole: jest.It = hasEveryUser() ? test : test.skip;
