/** Whether a host responds by a link: a TCP port of it accepts a connection, or refuses it. */
import { OsError } from '@connman/base';
import type { Stream, StreamPort } from '@connman/ports';
import type { HostCheck } from '../../model/trial/trial';

/** Calls back once, never before it returns, with why the host did not respond; with undefined if it did. */
export type HostChecker = (request: HostCheck, done: (fault: string | undefined) => void) => void;

export function hostChecker(streams: StreamPort): HostChecker {
  return ({ address, port, interfaceName, timeoutMs }, done) => {
    const finish = (fault: string | undefined) => {
      stream?.close();
      done(fault);
    };
    let stream: Stream | undefined;
    try {
      stream = streams.connect({
        ...{ address, port, interfaceName, timeoutMs },
        onOpen: () => finish(undefined),
        onData: () => {},
        onEnd: () => {},
        // Only the host itself refuses a connection; what is unreachable is reported by this machine or a router.
        onError: (error) => finish(error.code === 'ECONNREFUSED' ? undefined : error.message),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      const { message } = error;
      queueMicrotask(() => done(message));
    }
  };
}
