/** Opening and binding of Internet sockets: the options that UDP and TCP share. */
import { encodeKernelName } from '@connman/base';
import { familyOf, type IpAddress, ipv4Any, ipv6Any } from '@connman/inet';
import type { DatagramAddress } from '@connman/ports';
import { addon } from './addon';
import { must } from './calls';
import { encodeInet, INET_ADDRESS_BYTES, inetDomain, inetPort } from './sockaddr';

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IP_FREEBIND = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_FREEBIND = 78;

export function formatEndpoint(address: IpAddress, port: number): string {
  return familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * A socket of the type, bound as the options say; the descriptor. Throws OsError.
 *
 * A link-local IPv6 address needs `interfaceName`: the kernel takes its scope from the device the socket is bound to.
 */
export function openInetSocket(type: number, options: DatagramAddress): number {
  const native = addon();
  const { family } = options;
  const local = options.localAddress ?? (family === 4 ? ipv4Any : ipv6Any);
  const object = `${type === SOCK_DGRAM ? 'udp' : 'tcp'} ${formatEndpoint(local, options.localPort ?? 0)}`;
  const fd = must(native.socket(inetDomain(family), type, 0), 'socket', object);
  const set = (level: number, name: number, value: number | Uint8Array, call: string) => {
    must(native.setsockopt(fd, level, name, value), call, object);
  };
  try {
    if (family === 6) set(IPPROTO_IPV6, IPV6_V6ONLY, 1, 'IPV6_V6ONLY');
    if (options.reuseAddress) set(SOL_SOCKET, SO_REUSEADDR, 1, 'SO_REUSEADDR');
    if (options.freebind) {
      if (family === 4) set(IPPROTO_IP, IP_FREEBIND, 1, 'IP_FREEBIND');
      else set(IPPROTO_IPV6, IPV6_FREEBIND, 1, 'IPV6_FREEBIND');
    }
    if (options.interfaceName) {
      set(SOL_SOCKET, SO_BINDTODEVICE, encodeKernelName(options.interfaceName), `binding to ${options.interfaceName}`);
    }
    if (options.localAddress !== undefined || options.localPort !== undefined) {
      must(native.bind(fd, encodeInet(local, options.localPort ?? 0)), 'bind', object);
    }
  } catch (error) {
    native.close(fd);
    throw error;
  }
  return fd;
}

/** The port the kernel has given to the socket. */
export function localPortOf(fd: number): number {
  const address = new Uint8Array(INET_ADDRESS_BYTES);
  must(addon().getsockname(fd, address), 'getsockname', `descriptor ${fd}`);
  return inetPort(address);
}
