/** Network namespaces of one's own, for tests and laboratories: nothing done inside reaches the machine's network. */
import { addon } from '../addon';
import { must } from '../calls';

const CLONE_NEWNET = 0x40000000;
const here = '/proc/self/ns/net';

export interface Namespace {
  /** Goes back to where the program was; sockets and processes made inside stay there. */
  leave(): void;
}

/**
 * Moves the main thread into a new, empty network namespace: what it opens and starts from now on is inside. Needs
 * root. Throws OsError, and then nothing has changed.
 */
export function enterNewNamespace(): Namespace {
  const native = addon();
  const before = must(native.open(here, 0, 0), 'open', here);
  const left = native.unshare(CLONE_NEWNET);
  if (left < 0) {
    native.close(before);
    must(left, 'unshare', 'the network namespace');
  }
  return {
    leave() {
      const back = native.setns(before, CLONE_NEWNET);
      native.close(before);
      must(back, 'setns', 'the network namespace');
    },
  };
}
