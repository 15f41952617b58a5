/** Finds the process that has a port: its socket's inode in /proc/net, the inode among the descriptors of all processes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { familyOf, type IpAddress, ipToBytes } from '@connman/inet';
import type { PortHolderPort } from '@connman/ports';
import { littleEndian } from '../sockaddr';
import { socketUser } from '../socket-user';

const TCP_LISTEN = '0A';

export const portHolderPort: PortHolderPort = {
  holderOf(transport, address, port) {
    const inodes = new Set<string>();
    for (const family of [4, 6] as const) {
      const table = text(`/proc/net/${transport}${family === 6 ? '6' : ''}`);
      for (const line of table.split('\n').slice(1)) {
        const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
        const [host = '', hexPort = ''] = local.split(':');
        if (Number.parseInt(hexPort, 16) !== port || (transport === 'tcp' && state !== TCP_LISTEN)) continue;
        // The wildcard of IPv6 takes IPv4 as well, unless its owner said otherwise.
        const isMeant = /^0+$/.test(host) || (familyOf(address) === family && host === kernelForm(address));
        if (isMeant && inode !== undefined) inodes.add(`socket:[${inode}]`);
      }
    }
    return inodes.size === 0 ? undefined : ownerOf(inodes);
  },
  userOf: socketUser,
};

/** As /proc/net writes addresses: 32-bit words of the machine's order, in hexadecimal. */
function kernelForm(address: IpAddress): string {
  const bytes = Buffer.from(ipToBytes(address));
  if (littleEndian) bytes.swap32();
  return bytes.toString('hex').toUpperCase();
}

function ownerOf(links: ReadonlySet<string>): { readonly pid: number; readonly name: string } | undefined {
  for (const pid of names('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of names(`/proc/${pid}/fd`)) {
      let link = '';
      try {
        link = readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        // Closed meanwhile.
      }
      if (links.has(link)) return { pid: Number(pid), name: text(`/proc/${pid}/comm`).trim() };
    }
  }
  return undefined;
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
