/** The user behind the other end of a TCP connection on this machine, as sock_diag(7) knows it. */
import { OsError } from '@connman/base';
import { familyOf, ipToBytes } from '@connman/inet';
import type { NetlinkSocket, SocketAddress } from '@connman/ports';
import { netlinkPort } from './links/netlink-port';
import { littleEndian } from './sockaddr';

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const IPPROTO_TCP = 6;
const AF_INET = 2;
const AF_INET6 = 10;
const headerBytes = 16;
/** struct inet_diag_req_v2 (linux/inet_diag.h): family, protocol, extensions, states, then the socket's id. */
const requestBytes = 56;
const idAt = headerBytes + 8;
/** idiag_uid in struct inet_diag_msg, behind the id of 48 bytes, expires, rqueue and wqueue. */
const userAt = headerBytes + 4 + 48 + 12;

/** Undefined when the kernel knows no such connection, or cannot tell (no tcp_diag). */
export function socketUser(end: SocketAddress, towards: SocketAddress): number | undefined {
  let user: number | undefined;
  let socket: NetlinkSocket | undefined;
  try {
    socket = netlinkPort.open({
      protocol: NETLINK_SOCK_DIAG,
      groups: [],
      onDatagram: (bytes) => {
        user = userOf(bytes);
      },
      onOverrun: () => {},
      onError: () => {},
    });
    socket.send(request(end, towards));
    socket.drain();
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
  }
  socket?.close();
  return user;
}

function request(end: SocketAddress, towards: SocketAddress): Uint8Array {
  const bytes = new Uint8Array(headerBytes + requestBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, littleEndian);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, littleEndian);
  view.setUint16(6, NLM_F_REQUEST, littleEndian);
  bytes[headerBytes] = familyOf(end.address) === 4 ? AF_INET : AF_INET6;
  bytes[headerBytes + 1] = IPPROTO_TCP;
  // In any state.
  view.setUint32(headerBytes + 4, 0xffffffff, littleEndian);
  view.setUint16(idAt, end.port);
  view.setUint16(idAt + 2, towards.port);
  bytes.set(ipToBytes(end.address), idAt + 4);
  bytes.set(ipToBytes(towards.address), idAt + 20);
  // INET_DIAG_NOCOOKIE.
  bytes.fill(0xff, idAt + 40, idAt + 48);
  return bytes;
}

function userOf(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < userAt + 4 || view.getUint16(4, littleEndian) !== SOCK_DIAG_BY_FAMILY) return undefined;
  return view.getUint32(userAt, littleEndian);
}
