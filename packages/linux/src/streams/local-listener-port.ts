/** Unix stream sockets that other programs connect to. */
import { chmodSync, rmSync } from 'node:fs';
import { OsError } from '@connman/base';
import type { LocalListenerPort } from '@connman/ports';
import { addon } from '../addon';
import { EAGAIN, must } from '../calls';
import { Descriptor, READABLE } from '../descriptor';
import { AF_UNIX, encodeUnix } from '../sockaddr';
import { LinuxBusStream } from './bus-stream-port';

const SOCK_STREAM_NONBLOCK_CLOEXEC = 0o2004001;
const ENAMETOOLONG = 36;
const UNIX_ADDRESS_BYTES = 110;
const BACKLOG = 16;

export const localListenerPort: LocalListenerPort = {
  listen({ path, mode, onStream }) {
    const address = encodeUnix(path);
    if (address.length > UNIX_ADDRESS_BYTES) throw new OsError('bind', ENAMETOOLONG, path);
    rmSync(path, { force: true });
    const native = addon();
    const fd = must(native.socket(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0), 'socket', path);
    try {
      // Until chmod only our own user gets in, whatever the umask of the program.
      const umask = process.umask(0o077);
      try {
        must(native.bind(fd, address), 'bind', path);
      } finally {
        process.umask(umask);
      }
      chmodSync(path, mode);
      must(native.listen(fd, BACKLOG), 'listen', path);
    } catch (error) {
      native.close(fd);
      throw error;
    }
    const descriptor = new Descriptor(fd, READABLE, path, () => {
      for (;;) {
        const stream = native.accept(fd);
        if (stream === -EAGAIN || stream < 0) return;
        let taken = false;
        onStream((events) => {
          taken = true;
          return new LinuxBusStream(stream, path, events);
        });
        if (!taken) native.close(stream);
      }
    });
    return {
      close() {
        descriptor.close();
        rmSync(path, { force: true });
      },
    };
  },
};
