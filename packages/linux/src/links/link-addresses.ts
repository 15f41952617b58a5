/** The link-layer addresses of this machine's links, by ioctl: a program that is confined to a few address families can ask, too. */
import { readFileSync } from 'node:fs';
import { OsError } from '@connman/base';
import { type MacAddress, macFromBytes } from '@connman/inet';
import type { LinkAddresses } from '@connman/ports';
import { addon } from '../addon';
import { must } from '../calls';
import { AF_UNIX, littleEndian } from '../sockaddr';
import { asOsError } from '../system-fault';

const SOCK_DGRAM = 2;
const SIOCGIFHWADDR = 0x8927;
const ENODEV = 19;
/** struct ifreq: the name, and then a struct sockaddr with the address. */
const IFREQ_BYTES = 40;
const NAME_BYTES = 16;
const ARPHRD_ETHER = 1;
/** Names every link of the caller's network namespace, with or without an address, and needs no /sys. */
const list = '/proc/thread-self/net/dev';

export const linkAddresses: LinkAddresses = {
  read() {
    const fd = must(addon().socket(AF_UNIX, SOCK_DGRAM, 0), 'socket', 'link addresses');
    try {
      return new Set(linkNames().flatMap((name) => addressOf(fd, name) ?? []));
    } finally {
      addon().close(fd);
    }
  },
};

function linkNames(): string[] {
  // Two lines of headings, then "  eth0: counters". Names are bytes, and may have a colon inside.
  const lines = readList().split('\n').slice(2);
  return lines.flatMap((line) => /^ *(.+):[ \d]+$/.exec(line)?.[1] ?? []);
}

function readList(): string {
  try {
    return readFileSync(list, 'latin1');
  } catch (error) {
    throw asOsError(error, list);
  }
}

function addressOf(fd: number, name: string): MacAddress | undefined {
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(Buffer.from(name, 'latin1').subarray(0, NAME_BYTES - 1));
  const answer = addon().ioctl(fd, SIOCGIFHWADDR, request);
  // It went away since it was listed.
  if (answer === -ENODEV) return undefined;
  if (answer < 0) throw new OsError('SIOCGIFHWADDR', -answer, `link ${name}`);
  const type = new DataView(request.buffer).getUint16(NAME_BYTES, littleEndian);
  return type === ARPHRD_ETHER ? macFromBytes(request, NAME_BYTES + 2) : undefined;
}
