/** The DHCPv6 message between client and server (RFC 8415 sections 8 and 21.1): a type, a transaction id, and options. */
import { ByteReader, ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';

/** The values of msg-type (section 7.3); relays' messages are none of a client's business. */
export const messageTypes = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  'information-request': 11,
} as const;
export type MessageType = keyof typeof messageTypes;

/** An option as it lies in a message. Several of one code may stand side by side; unknown ones survive. */
export interface RawOption {
  readonly code: number;
  readonly value: Uint8Array;
}

export interface Message {
  readonly type: MessageType;
  /** 24 bits, chosen by the client. */
  readonly xid: number;
  readonly options: readonly RawOption[];
}

const layer = 'dhcpv6';
const headerBytes = 4;
const typeOf = new Map<number, MessageType>(
  (Object.entries(messageTypes) as [MessageType, number][]).map(([name, value]) => [value, name]),
);

export function decodeMessage(bytes: Uint8Array): Result<Message, DecodeError> {
  if (bytes.length < headerBytes)
    return err({ layer, offset: bytes.length, reason: `cut short: needs at least ${headerBytes} bytes` });
  const reader = new ByteReader(bytes);
  const first = reader.uint32();
  const type = typeOf.get(first >>> 24);
  if (!type)
    return err({ layer, offset: 0, reason: `message type ${first >>> 24} is not one between client and server` });
  const options = decodeOptions(bytes.subarray(headerBytes));
  if (!options.ok) return err({ ...options.error, offset: options.error.offset + headerBytes });
  return ok({ type, xid: first & 0xffffff, options: options.value });
}

/** Values are copies: what a socket lends lives no longer than its callback. */
export function decodeOptions(bytes: Uint8Array): Result<RawOption[], DecodeError> {
  const options: RawOption[] = [];
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0) {
    const { offset } = reader;
    const code = reader.uint16();
    const length = reader.uint16();
    const value = reader.view(length);
    if (reader.failed) return err({ layer, offset, reason: `option ${code} is cut short` });
    options.push({ code, value: value.slice() });
  }
  return ok(options);
}

export function encodeMessage({ type, xid, options }: Message): Uint8Array {
  const writer = new ByteWriter(128).uint32(((messageTypes[type] << 24) | xid) >>> 0);
  return writer.bytes(encodeOptions(options)).finish();
}

export function encodeOptions(options: readonly RawOption[]): Uint8Array {
  const writer = new ByteWriter(64);
  for (const { code, value } of options) writer.uint16(code).uint16(value.length).bytes(value);
  return writer.finish();
}
