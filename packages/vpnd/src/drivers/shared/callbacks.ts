/**
 * What VPN programs call back: connman-vpn-callback stands in for their scripts and sends its arguments and environment to a
 * socket in the connection's folder.
 */
import type { BusStream, LocalListenerPort } from '@connman/ports';

export interface Callback {
  /** Without the program's own name. */
  readonly args: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
}

/** More than any program sends; a peer that sends more is not ours. */
const maxBytes = 256 * 1024;

export const callbackVariable = 'CONNMAN_VPN_SOCKET';

/** `onCallback` gives the status that the program gets; 0 is fine. Throws OsError. */
export function listenForCallbacks(
  port: LocalListenerPort,
  path: string,
  onCallback: (callback: Callback) => number,
): { close(): void } {
  return port.listen({
    path,
    // The folder is closed to all but root and the user that the program runs as.
    mode: 0o666,
    onStream(take) {
      let received: Uint8Array = new Uint8Array(0);
      const stream: BusStream = take({
        onData(bytes, fds) {
          for (const fd of fds) stream.closeFd(fd);
          received = joined(received, bytes);
          const callback = parseCallback(received);
          if (callback) stream.write(Uint8Array.of(onCallback(callback)), []);
          if (callback || received.length > maxBytes) stream.close();
        },
        onDrain() {},
        onClose() {},
      });
    },
  });
}

/** Undefined while it is not whole. */
export function parseCallback(bytes: Uint8Array): Callback | undefined {
  const texts = new TextDecoder().decode(bytes).split('\0');
  const [argumentCount = NaN, variableCount = NaN] = texts.slice(0, 2).map(Number);
  const end = 2 + argumentCount + variableCount;
  // A zero ends the last text, too: behind it there is one more, empty piece.
  if (!(argumentCount >= 1) || !(variableCount >= 0) || !(texts.length > end)) return undefined;
  const environment = new Map<string, string>();
  for (const entry of texts.slice(2 + argumentCount, end)) {
    const equals = entry.indexOf('=');
    if (equals > 0) environment.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return { args: texts.slice(3, 2 + argumentCount), environment };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
