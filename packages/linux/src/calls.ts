/** The rule that turns an addon's answer into a value or an OsError. */
import { OsError } from '@connman/base';

export const EAGAIN = 11;
export const ENOBUFS = 105;
export const EINPROGRESS = 115;

/** The answer, unless it is minus an errno: then an OsError is thrown. */
export function must(answer: number, call: string, object: string): number {
  if (answer < 0) throw new OsError(call, -answer, object);
  return answer;
}
