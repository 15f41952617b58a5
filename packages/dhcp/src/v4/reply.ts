/** What a server said, as the client machine hears it: the type, who said it, and for OFFER and ACK a lease that makes sense. */
import { err, ok, type Result } from '@connman/base';
import type { Dhcp4Lease } from '@connman/contracts';
import { type Ipv4Address, isUsableHostAddress, type MacAddress } from '@connman/inet';
import { readLease } from './lease';
import type { DhcpMessage } from './message';
import { messageTypeOf, option, readOption } from './options';

/** Of a server's own words no more is passed on: they are for a line of the log. */
const longestWords = 80;

interface Reply {
  readonly xid: number;
  /** The link-layer address the packet came from: the server's, or its relay's or router's. */
  readonly mac: MacAddress;
}

export interface LeaseReply extends Reply {
  readonly type: 'offer' | 'ack';
  readonly lease: Dhcp4Lease;
  readonly rapidCommit: boolean;
}

export interface Refusal extends Reply {
  readonly type: 'nak';
  /** Undefined if the server left it out, which RFC 2131 table 3 forbids but is seen. */
  readonly server: Ipv4Address | undefined;
  /** Option 56: why, in the server's words. */
  readonly message: string;
}

export type ServerReply = LeaseReply | Refusal;

export interface ReadReply {
  readonly reply: ServerReply;
  /** What was wrong with it and what was made of that. */
  readonly notes: readonly string[];
}

/** The error says why the message is of no use to a client. */
export function readReply(message: DhcpMessage, mac: MacAddress): Result<ReadReply, string> {
  if (message.op !== 'reply') return err('is a request, not a reply');
  const type = messageTypeOf(message.options);
  const server = readOption(message.options, option.serverIdentifier);
  const { xid } = message;
  if (type === 'nak') {
    const text = (readOption(message.options, option.message) ?? '').slice(0, longestWords);
    return ok({ reply: { type, xid, mac, server, message: text }, notes: [] });
  }
  if (type !== 'offer' && type !== 'ack') return err(`has the message type ${type ?? 'of no DHCP message'}`);
  if (server === undefined) return err('names no server (option 54)');
  if (!isUsableHostAddress(server)) return err(`names ${server} as its server, which no host can have`);
  const read = readLease(message.yiaddr, server, message.options);
  if (!read.ok) return read;
  const rapidCommit = readOption(message.options, option.rapidCommit) === true;
  return ok({ reply: { type, xid, mac, lease: read.value.lease, rapidCommit }, notes: read.value.notes });
}
