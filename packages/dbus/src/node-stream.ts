/** The stream to the bus over Node's own sockets: no native code, but no file descriptors either. */
import { OsError } from '@connman/base';
import type { BusStream, BusStreamEvents, BusStreamPort } from '@connman/ports';

type SocketError = Error & { readonly errno?: number; readonly syscall?: string };

function osError(error: SocketError, address: string): OsError {
  return new OsError(error.syscall ?? 'socket', Math.abs(error.errno ?? 0), address.replace('\0', '@'));
}

export const nodeBusStream: BusStreamPort = {
  open: (address: string, events: BusStreamEvents) =>
    new Promise<BusStream>((resolve, reject) => {
      // Loaded on first use: a program with the native stream never pays for it.
      const { createConnection } = process.getBuiltinModule('node:net');
      const socket = createConnection({ path: address });
      let closed = false;
      const refuse = (error: SocketError): void => reject(osError(error, address));
      socket.once('error', refuse);
      socket.once('connect', () => {
        socket.off('error', refuse);
        let fault: OsError | undefined;
        socket.on('error', (error: SocketError) => {
          fault = osError(error, address);
        });
        socket.on('data', (chunk: Buffer) => {
          if (!closed) events.onData(chunk, []);
        });
        socket.on('drain', () => {
          if (!closed) events.onDrain();
        });
        socket.on('close', () => {
          if (!closed) events.onClose(fault);
          closed = true;
        });
        resolve({
          passesFds: false,
          get queuedBytes() {
            return socket.writableLength;
          },
          write(bytes) {
            if (!closed) socket.write(bytes);
          },
          pause() {
            socket.pause();
          },
          resume() {
            socket.resume();
          },
          closeFd(fd) {
            process.getBuiltinModule('node:fs').close(fd, () => {});
          },
          close() {
            closed = true;
            // What was written still leaves.
            socket.destroySoon();
          },
        });
      });
    }),
};
