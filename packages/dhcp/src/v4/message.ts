/** The DHCPv4 message (RFC 2131 section 2): the fixed header, the magic cookie and the option fields, decoded and encoded. */
import { ByteReader, ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes, type MacAddress, macFromBytes, macToBytes } from '@connman/inet';
import { collectOptions, encodeOptions } from './option-fields';

/** BOOTREQUEST goes to servers, BOOTREPLY to clients. */
export type Op = 'request' | 'reply';

export interface DhcpMessage {
  readonly op: Op;
  /** Chosen by the client; the answer carries it back. */
  readonly xid: number;
  /** Seconds since the client began to look for or renew an address. */
  readonly secs: number;
  /** The client asks for answers sent to the broadcast address (flag B). */
  readonly broadcast: boolean;
  readonly ciaddr: Ipv4Address;
  readonly yiaddr: Ipv4Address;
  readonly siaddr: Ipv4Address;
  readonly giaddr: Ipv4Address;
  /** Ethernet only: htype 1, hlen 6. */
  readonly chaddr: MacAddress;
  /** Option code to value in the order met, instances of one code joined (RFC 3396); pad, end and overload are not in it. */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

const layer = 'dhcpv4';
const htypeEthernet = 1;
const magicCookie = 0x63825363;
const snameOffset = 44;
const fileOffset = 108;
const cookieOffset = 236;
const optionsOffset = 240;
/** Relays and servers of BOOTP's time drop what is shorter (RFC 1542 section 2.1). */
const minimumLength = 300;

export function decodeMessage(bytes: Uint8Array): Result<DhcpMessage, DecodeError> {
  const bad = (offset: number, reason: string) => err({ layer, offset, reason });
  if (bytes.length < optionsOffset) return bad(bytes.length, `cut short: needs at least ${optionsOffset} bytes`);
  const reader = new ByteReader(bytes);
  const op = reader.uint8();
  if (op !== 1 && op !== 2) return bad(0, `op ${op} is neither request nor reply`);
  const htype = reader.uint8();
  const hlen = reader.uint8();
  if (htype !== htypeEthernet || hlen !== 6) return bad(1, `htype ${htype}, hlen ${hlen} is not Ethernet`);
  reader.skip(1);
  const xid = reader.uint32();
  const secs = reader.uint16();
  const flags = reader.uint16();
  reader.offset = cookieOffset;
  if (reader.uint32() !== magicCookie) return bad(cookieOffset, 'no magic cookie: a BOOTP message, not DHCP');

  const options = collectOptions(bytes.subarray(optionsOffset), {
    file: bytes.subarray(fileOffset, cookieOffset),
    sname: bytes.subarray(snameOffset, fileOffset),
  });
  if (!options.ok) return bad(optionsOffset + options.error.offset, options.error.reason);
  return ok({
    op: op === 1 ? 'request' : 'reply',
    xid,
    secs,
    broadcast: (flags & 0x8000) !== 0,
    ciaddr: ipv4FromBytes(bytes, 12),
    yiaddr: ipv4FromBytes(bytes, 16),
    siaddr: ipv4FromBytes(bytes, 20),
    giaddr: ipv4FromBytes(bytes, 24),
    chaddr: macFromBytes(bytes, 28),
    options: options.value,
  });
}

/**
 * `sizeLimit` is the longest message the receiver takes, in bytes; options that do not fit in the option field go to the
 * `file` and `sname` fields (option 52). Undefined when they do not fit there either.
 */
export function encodeMessage(message: DhcpMessage, sizeLimit = 65_507): Uint8Array | undefined {
  const fields = encodeOptions(message.options, sizeLimit - optionsOffset, {
    file: cookieOffset - fileOffset,
    sname: fileOffset - snameOffset,
  });
  if (!fields) return undefined;
  const writer = new ByteWriter(minimumLength);
  writer.uint8(message.op === 'request' ? 1 : 2).uint8(htypeEthernet);
  writer.uint8(6).uint8(0).uint32(message.xid).uint16(message.secs);
  writer.uint16(message.broadcast ? 0x8000 : 0);
  for (const address of [message.ciaddr, message.yiaddr, message.siaddr, message.giaddr])
    writer.bytes(ipv4ToBytes(address));
  writer.bytes(macToBytes(message.chaddr)).zeros(10);
  writer.bytes(fields.sname).zeros(fileOffset - snameOffset - fields.sname.length);
  writer.bytes(fields.file).zeros(cookieOffset - fileOffset - fields.file.length);
  writer.uint32(magicCookie).bytes(fields.options);
  if (writer.length < minimumLength) writer.zeros(minimumLength - writer.length);
  return writer.finish();
}
