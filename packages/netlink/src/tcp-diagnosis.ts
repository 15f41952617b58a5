/** TCP sockets of the machine and how they get on: sock_diag(7), struct inet_diag_msg and struct tcp_info. */
import { type OsError, ok, type Result } from '@connman/base';
import { type Family, type IpAddress, ipv4FromBytes, ipv6FromBytes } from '@connman/inet';
import type { NetlinkPort } from '@connman/ports';
import { domainOf } from './domain';
import { Exchange } from './exchange';
import { AttributeReader, littleEndian, type MessageReader, MessageWriter, uint32 } from './wire';

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const IPPROTO_TCP = 6;
const INET_DIAG_INFO = 2;
/** struct inet_diag_msg. */
const MESSAGE_BYTES = 72;
const TCP_ESTABLISHED = 1;
const TCP_SYN_SENT = 2;
/** icsk_pending: a retransmission is due. */
const TIMER_RETRANSMIT = 1;
/** Of idiag_wqueue in struct inet_diag_msg, and of tcpi_snd_mss in struct tcp_info. */
const QUEUED = 60;
const SEND_MSS = 16;
/** Of tcpi_bytes_acked and, behind it, tcpi_bytes_received (Linux 4.1). */
const BYTES_ACKED = 120;

export interface TcpSocketFact {
  /** Of the socket, for as long as it lives. */
  readonly cookie: string;
  readonly local: IpAddress;
  readonly isConnecting: boolean;
  /** Retransmissions in a row that were not acknowledged. */
  readonly retransmits: number;
  /** What is not acknowledged fills a segment: one of full size is among what is sent again. */
  readonly hasFullSegment: boolean;
  /** Bytes that the peer has acknowledged, and that it has sent. */
  readonly progress: number;
}

export class TcpDiagnosis {
  private readonly exchange: Exchange;

  /** Throws OsError. */
  constructor(port: NetlinkPort) {
    this.exchange = new Exchange(port, NETLINK_SOCK_DIAG);
  }

  /** Connections that are open or being opened, of programs in this network namespace. */
  sockets(family: Family): Result<TcpSocketFact[], OsError> {
    let sockets: TcpSocketFact[] = [];
    const states = (1 << TCP_ESTABLISHED) | (1 << TCP_SYN_SENT);
    const body = new MessageWriter()
      .uint8s(domainOf(family), IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0)
      .uint32(states)
      .uint8s(...new Uint8Array(48))
      .finish();
    const result = this.exchange.dump(
      { type: SOCK_DIAG_BY_FAMILY, body, object: `TCP sockets of IPv${family}` },
      () => {
        sockets = [];
      },
      (message) => {
        const socket = decodeTcpSocket(message);
        if (socket) sockets.push(socket);
      },
    );
    return result.ok ? ok(sockets) : result;
  }

  close(): void {
    this.exchange.close();
  }
}

/** Undefined for what is no whole message: a kernel older than the fields has none of them. */
export function decodeTcpSocket({
  bytes,
  start,
  end,
}: Pick<MessageReader, 'bytes' | 'start' | 'end'>): TcpSocketFact | undefined {
  if (end - start < MESSAGE_BYTES) return undefined;
  const local = addressAt(bytes, start);
  const attributes = new AttributeReader(bytes, start + MESSAGE_BYTES, end);
  let progress = 0;
  let hasFullSegment = false;
  while (attributes.next()) {
    if (attributes.type !== INET_DIAG_INFO || attributes.length < BYTES_ACKED + 16) continue;
    const mss = uint32(bytes, attributes.start + SEND_MSS);
    hasFullSegment = mss > 0 && uint32(bytes, start + QUEUED) >= mss;
    progress = uint64(bytes, attributes.start + BYTES_ACKED) + uint64(bytes, attributes.start + BYTES_ACKED + 8);
  }
  return {
    cookie: `${uint32(bytes, start + 44)} ${uint32(bytes, start + 48)}`,
    local,
    isConnecting: bytes[start + 1] === TCP_SYN_SENT,
    retransmits: bytes[start + 2] === TIMER_RETRANSMIT ? (bytes[start + 3] ?? 0) : 0,
    hasFullSegment,
    progress,
  };
}

/** A socket of IPv6 may carry IPv4 (::ffff:0:0/96). */
function addressAt(bytes: Uint8Array, start: number): IpAddress {
  const at = start + 8;
  if (bytes[start] === domainOf(4)) return ipv4FromBytes(bytes.subarray(at, at + 4));
  const isMapped =
    bytes.subarray(at, at + 10).every((byte) => byte === 0) && bytes[at + 10] === 255 && bytes[at + 11] === 255;
  return isMapped ? ipv4FromBytes(bytes.subarray(at + 12, at + 16)) : ipv6FromBytes(bytes.subarray(at, at + 16));
}

function uint64(bytes: Uint8Array, at: number): number {
  const [first, second] = [uint32(bytes, at), uint32(bytes, at + 4)];
  return littleEndian ? first + second * 2 ** 32 : second + first * 2 ** 32;
}
