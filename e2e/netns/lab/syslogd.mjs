// A syslogd: what comes to /dev/log is printed, a message a line. `node syslogd.mjs ADDON`
import { writeSync } from 'node:fs';

const addon = { exports: {} };
process.dlopen(addon, process.argv[2]);
const { socket, bind, recv, watchStart } = addon.exports;

const [AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK] = [1, 2, 0o4000];
const address = new Uint8Array([AF_UNIX, 0, ...new TextEncoder().encode('/dev/log'), 0]);
const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
if (bind(fd, address) < 0) throw new Error('/dev/log cannot be bound');
writeSync(1, 'listening\n');
const bytes = new Uint8Array(8192);
const readable = 1;
watchStart(fd, readable, () => {
  for (let length = recv(fd, bytes, 0); length >= 0; length = recv(fd, bytes, 0)) {
    writeSync(1, `${Buffer.from(bytes.subarray(0, length)).toString()}\n`);
  }
});
