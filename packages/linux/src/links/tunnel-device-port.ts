/** TUN/TAP devices through /dev/net/tun (linux/if_tun.h). */
import { OsError } from '@connman/base';
import type { TunnelDevicePort } from '@connman/ports';
import { addon } from '../addon';
import { must } from '../calls';
import { littleEndian } from '../sockaddr';

const O_RDWR = 2;
const EINVAL = 22;
const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const TUNSETOWNER = 0x400454cc;
const TUNSETGROUP = 0x400454ce;
const IFF_TUN = 0x0001;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
/** struct ifreq: a name of 16 bytes, then a union whose first two bytes are the flags. */
const IFREQ_BYTES = 40;
const MAX_NAME_BYTES = 15;
const device = '/dev/net/tun';

export const tunnelDevicePort: TunnelDevicePort = {
  create(name, kind, owner = {}) {
    const native = addon();
    const { fd } = attach(name, kind);
    try {
      // Of a link without an owner the kernel gives the packets to any user who asks while its program is away.
      must(native.ioctl(fd, TUNSETOWNER, owner.user ?? 0), 'TUNSETOWNER', name);
      if (owner.group !== undefined) must(native.ioctl(fd, TUNSETGROUP, owner.group), 'TUNSETGROUP', name);
      must(native.ioctl(fd, TUNSETPERSIST, 1), 'TUNSETPERSIST', name);
    } finally {
      native.close(fd);
    }
  },
  open() {
    const { fd, interfaceName } = attach('tun%d', 'tun');
    return { fd, interfaceName, close: () => addon().close(fd) };
  },
};

/** A descriptor of the link; the kernel puts a number in place of `%d`. */
function attach(name: string, kind: 'tun' | 'tap'): { readonly fd: number; readonly interfaceName: string } {
  const text = new TextEncoder().encode(name);
  if (text.length > MAX_NAME_BYTES) throw new OsError('TUNSETIFF', EINVAL, name, 'the name is too long');
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(text);
  new DataView(request.buffer).setUint16(16, (kind === 'tun' ? IFF_TUN : IFF_TAP) | IFF_NO_PI, littleEndian);
  const native = addon();
  const fd = must(native.open(device, O_RDWR, 0), 'open', device);
  const attached = native.ioctl(fd, TUNSETIFF, request);
  if (attached < 0) native.close(fd);
  must(attached, 'TUNSETIFF', name);
  return { fd, interfaceName: new TextDecoder().decode(request.subarray(0, request.indexOf(0))) };
}
