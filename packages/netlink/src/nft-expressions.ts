/** The messages of nftables, and the expressions a rule is made of (linux/netfilter/nf_tables.h). */
import type { ChangeRequest } from './request';
import { MessageWriter } from './wire';

export const NFNL_SUBSYS_NFTABLES = 10;
export const NFPROTO_UNSPEC = 0;
export const NFPROTO_INET = 1;
export const NFPROTO_IPV4 = 2;
export const NFPROTO_IPV6 = 10;
export const NFTA_LIST_ELEM = 1;
export const NFTA_EXPR_NAME = 1;
export const NFTA_EXPR_DATA = 2;
export const NFTA_DATA_VALUE = 1;
export const NFT_REG_1 = 1;
const NFTA_META_DREG = 1;
const NFTA_META_KEY = 2;
const NFTA_PAYLOAD_DREG = 1;
const NFTA_PAYLOAD_BASE = 2;
const NFTA_PAYLOAD_OFFSET = 3;
const NFTA_PAYLOAD_LEN = 4;
const NFTA_CMP_SREG = 1;
const NFTA_CMP_OP = 2;
const NFTA_CMP_DATA = 3;
const NFTA_BITWISE_SREG = 1;
const NFTA_BITWISE_DREG = 2;
const NFTA_BITWISE_LEN = 3;
const NFTA_BITWISE_MASK = 4;
const NFTA_BITWISE_XOR = 5;
export const NFT_PAYLOAD_NETWORK_HEADER = 1;
export const NFT_CMP_EQ = 0;
/** struct nfgenmsg. */
export const NFGENMSG_BYTES = 4;

/** What is in the register keeps these bits alone. */
export function mask(list: MessageWriter, bits: Uint8Array): void {
  expression(list, 'bitwise', (data) =>
    data
      .attribute(NFTA_BITWISE_SREG, bigEndian32(NFT_REG_1))
      .attribute(NFTA_BITWISE_DREG, bigEndian32(NFT_REG_1))
      .attribute(NFTA_BITWISE_LEN, bigEndian32(bits.length))
      .attributeNested(NFTA_BITWISE_MASK, (value) => value.attribute(NFTA_DATA_VALUE, bits))
      .attributeNested(NFTA_BITWISE_XOR, (value) => value.attribute(NFTA_DATA_VALUE, new Uint8Array(bits.length))),
  );
}

export function meta(list: MessageWriter, key: number): void {
  expression(list, 'meta', (data) =>
    data.attribute(NFTA_META_DREG, bigEndian32(NFT_REG_1)).attribute(NFTA_META_KEY, bigEndian32(key)),
  );
}

export function payload(list: MessageWriter, base: number, offset: number, length: number, register = NFT_REG_1): void {
  expression(list, 'payload', (data) =>
    data
      .attribute(NFTA_PAYLOAD_DREG, bigEndian32(register))
      .attribute(NFTA_PAYLOAD_BASE, bigEndian32(base))
      .attribute(NFTA_PAYLOAD_OFFSET, bigEndian32(offset))
      .attribute(NFTA_PAYLOAD_LEN, bigEndian32(length)),
  );
}

export function compare(list: MessageWriter, operation: number, value: Uint8Array): void {
  expression(list, 'cmp', (data) =>
    data
      .attribute(NFTA_CMP_SREG, bigEndian32(NFT_REG_1))
      .attribute(NFTA_CMP_OP, bigEndian32(operation))
      .attributeNested(NFTA_CMP_DATA, (inner) => inner.attribute(NFTA_DATA_VALUE, value)),
  );
}

export function expression(list: MessageWriter, name: string, write: (data: MessageWriter) => void): void {
  list.attributeNested(NFTA_LIST_ELEM, (element) =>
    element.attributeText(NFTA_EXPR_NAME, name).attributeNested(NFTA_EXPR_DATA, write),
  );
}

export function change(
  message: number,
  flags: number,
  call: string,
  object: string,
  write: (body: MessageWriter) => void,
): ChangeRequest {
  const body = nfgenmsg(NFPROTO_INET, 0);
  write(body);
  return {
    type: (NFNL_SUBSYS_NFTABLES << 8) | message,
    flags,
    body: body.finish(),
    call,
    object: `nftables ${object}`,
  };
}

/** struct nfgenmsg: family, version, and a big-endian number. */
export function nfgenmsg(family: number, resource: number): MessageWriter {
  return new MessageWriter().uint8s(family, 0, resource >> 8, resource & 0xff);
}

export function bigEndian32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
