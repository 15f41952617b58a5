/** Router solicitations (RFC 4861 section 4.1) from a raw socket; the kernel puts in source address and checksum. */
import { encodeKernelName } from '@connman/base';
import type { Ipv6Address } from '@connman/inet';
import type { RouterSolicitor } from '@connman/ports';
import { addon } from '../addon';
import { must } from '../calls';
import { AF_INET6, encodeInet } from '../sockaddr';

const SOCK_RAW_CLOEXEC = 0o2000003;
const IPPROTO_ICMPV6 = 58;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const IPPROTO_IPV6 = 41;
const IPV6_MULTICAST_HOPS = 18;
const ICMP6_FILTER = 1;
const MSG_DONTWAIT = 0x40;

const routerSolicitationType = 133;
const allRouters = 'ff02::2' as Ipv6Address;
/** What has come from further away is no neighbour's (section 6.1.1). */
const neighbourHops = 255;

export const routerSolicitor: RouterSolicitor = {
  solicit: (interfaceName) => {
    const native = addon();
    const object = `router solicitation on ${interfaceName}`;
    const fd = must(native.socket(AF_INET6, SOCK_RAW_CLOEXEC, IPPROTO_ICMPV6), 'socket', object);
    try {
      // Nothing is to be heard here: every type is blocked.
      must(native.setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, new Uint8Array(32).fill(0xff)), 'ICMP6_FILTER', object);
      const device = encodeKernelName(interfaceName);
      must(native.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device), `binding to ${interfaceName}`, object);
      must(native.setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, neighbourHops), 'IPV6_MULTICAST_HOPS', object);
      const message = new Uint8Array(8);
      message[0] = routerSolicitationType;
      must(native.sendto(fd, message, MSG_DONTWAIT, encodeInet(allRouters, 0)), 'send', object);
    } finally {
      native.close(fd);
    }
  },
};
