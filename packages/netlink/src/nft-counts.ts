/**
 * What each client has sent and received, counted by the kernel: sets of nftables to which rules add the addresses they see, each
 * with a counter (dynset, Linux 4.10). Nothing of ours runs per packet.
 */
import {
  type Family,
  type IpAddress,
  ipv4FromBytes,
  ipv6FromBytes,
  type MacAddress,
  macFromBytes,
} from '@connman/inet';
import {
  bigEndian32,
  change,
  expression,
  NFGENMSG_BYTES,
  NFNL_SUBSYS_NFTABLES,
  NFPROTO_INET,
  NFT_PAYLOAD_NETWORK_HEADER,
  NFT_REG_1,
  NFTA_DATA_VALUE,
  NFTA_EXPR_DATA,
  NFTA_EXPR_NAME,
  NFTA_LIST_ELEM,
  nfgenmsg,
  payload,
} from './nft-expressions';
import type { ChangeRequest, DumpRequest } from './request';
import { AttributeReader, type MessageWriter, NLM_F_CREATE } from './wire';

const NFT_MSG_NEWSET = 9;
const NFT_MSG_GETSETELEM = 13;
const NFTA_SET_TABLE = 1;
const NFTA_SET_NAME = 2;
const NFTA_SET_FLAGS = 3;
const NFTA_SET_KEY_TYPE = 4;
const NFTA_SET_KEY_LEN = 5;
const NFTA_SET_DESC = 9;
const NFTA_SET_ID = 10;
const NFTA_SET_TIMEOUT = 11;
const NFTA_SET_DESC_SIZE = 1;
const NFT_SET_TIMEOUT = 0x10;
const NFT_SET_EVAL = 0x20;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_EXPR = 7;
const NFTA_COUNTER_BYTES = 1;
const NFTA_COUNTER_PACKETS = 2;
const NFTA_DYNSET_SET_NAME = 1;
const NFTA_DYNSET_SET_ID = 2;
const NFTA_DYNSET_OP = 3;
const NFTA_DYNSET_SREG_KEY = 4;
const NFTA_DYNSET_EXPR = 7;
const NFT_DYNSET_OP_UPDATE = 1;
const NFT_PAYLOAD_LL_HEADER = 0;
/** NFT_REG32_02: the third word of the first register. */
const THIRD_WORD = 10;
/** A hardware address takes two words of a register. */
const MAC_BYTES = 8;
const ETHERNET_SOURCE = 6;
/** Types of nft(8) for what a set holds; those of parts are six bits each. */
const types = { ipv4: 7, ipv6: 8, ether: 9 } as const;

/** Addresses that clients make up fill no more than this; what is not used for a day, as a lease, makes room. */
const mostAddresses = 4096;
const timeoutMs = 86_400_000;

export type CountDirection = 'sent' | 'received';

export interface TrafficCount {
  readonly direction: CountDirection;
  readonly address: IpAddress;
  /** Who has sent; the kernel does not know yet to whom a packet goes. */
  readonly mac?: MacAddress;
  readonly bytes: number;
  readonly packets: number;
}

interface CountSet {
  readonly direction: CountDirection;
  readonly family: Family;
  readonly name: string;
  readonly id: number;
  readonly addressBytes: number;
  readonly keyBytes: number;
  readonly keyType: number;
}

export const countSets: readonly CountSet[] = (['sent', 'received'] as const).flatMap((direction, i) =>
  ([4, 6] as const).map((family, j): CountSet => {
    const addressBytes = family === 4 ? 4 : 16;
    const type = family === 4 ? types.ipv4 : types.ipv6;
    const isSent = direction === 'sent';
    return {
      ...{ direction, family, addressBytes, name: `${direction}${family}`, id: 1 + 2 * i + j },
      keyBytes: addressBytes + (isSent ? MAC_BYTES : 0),
      keyType: isSent ? (types.ether << 6) | type : type,
    };
  }),
);

/** One that exists with what it has counted stays as it is. */
export function newCountSet(table: string, { name, id, keyBytes, keyType }: CountSet): ChangeRequest {
  return change(NFT_MSG_NEWSET, NLM_F_CREATE, 'adding the set', `${table} ${name}`, (body) =>
    body
      .attributeText(NFTA_SET_TABLE, table)
      .attributeText(NFTA_SET_NAME, name)
      .attribute(NFTA_SET_FLAGS, bigEndian32(NFT_SET_EVAL | NFT_SET_TIMEOUT))
      .attribute(NFTA_SET_KEY_TYPE, bigEndian32(keyType))
      .attribute(NFTA_SET_KEY_LEN, bigEndian32(keyBytes))
      .attribute(NFTA_SET_ID, bigEndian32(id))
      .attribute(NFTA_SET_TIMEOUT, bigEndian64(timeoutMs))
      .attributeNested(NFTA_SET_DESC, (size) => size.attribute(NFTA_SET_DESC_SIZE, bigEndian32(mostAddresses))),
  );
}

/** The packet is counted for the address it is from or to, and goes on. */
export function putCount(list: MessageWriter, direction: CountDirection, family: Family): void {
  const set = countSets.find((one) => one.direction === direction && one.family === family) as CountSet;
  const { name, id, addressBytes } = set;
  const source = family === 4 ? 12 : 8;
  if (direction === 'sent') {
    payload(list, NFT_PAYLOAD_LL_HEADER, ETHERNET_SOURCE, 6);
    payload(list, NFT_PAYLOAD_NETWORK_HEADER, source, addressBytes, THIRD_WORD);
  } else payload(list, NFT_PAYLOAD_NETWORK_HEADER, source + addressBytes, addressBytes);
  expression(list, 'dynset', (data) =>
    data
      .attributeText(NFTA_DYNSET_SET_NAME, name)
      .attribute(NFTA_DYNSET_SET_ID, bigEndian32(id))
      .attribute(NFTA_DYNSET_OP, bigEndian32(NFT_DYNSET_OP_UPDATE))
      .attribute(NFTA_DYNSET_SREG_KEY, bigEndian32(NFT_REG_1))
      .attributeNested(NFTA_DYNSET_EXPR, (inner) =>
        inner.attributeText(NFTA_EXPR_NAME, 'counter').attributeNested(NFTA_EXPR_DATA, () => {}),
      ),
  );
}

export function dumpCounts(table: string, { name }: CountSet): DumpRequest {
  const body = nfgenmsg(NFPROTO_INET, 0)
    .attributeText(NFTA_SET_ELEM_LIST_TABLE, table)
    .attributeText(NFTA_SET_ELEM_LIST_SET, name)
    .finish();
  return { type: (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETSETELEM, body, object: `nftables ${table} ${name}` };
}

/** Of an NFT_MSG_NEWSETELEM; what is not as long as it should be is left out. */
export function decodeCounts(set: CountSet, bytes: Uint8Array, start: number, end: number): TrafficCount[] {
  const counts: TrafficCount[] = [];
  const attributes = new AttributeReader(bytes, start + NFGENMSG_BYTES, end);
  while (attributes.next()) {
    if (attributes.type !== NFTA_SET_ELEM_LIST_ELEMENTS) continue;
    const elements = attributes.nested();
    while (elements.next()) {
      const count = elements.type === NFTA_LIST_ELEM ? decodeElement(set, elements.nested()) : undefined;
      if (count) counts.push(count);
    }
  }
  return counts;
}

function decodeElement({ direction, addressBytes, keyBytes }: CountSet, attributes: AttributeReader) {
  let key: Uint8Array | undefined;
  let carried = { bytes: 0, packets: 0 };
  while (attributes.next()) {
    if (attributes.type === NFTA_SET_ELEM_KEY) key = dataOf(attributes.nested());
    else if (attributes.type === NFTA_SET_ELEM_EXPR) carried = counterOf(attributes.nested());
  }
  if (key?.length !== keyBytes) return undefined;
  const tail = key.subarray(keyBytes - addressBytes);
  const address = addressBytes === 4 ? ipv4FromBytes(tail) : ipv6FromBytes(tail);
  return { direction, address, ...(direction === 'sent' && { mac: macFromBytes(key) }), ...carried };
}

function dataOf(attributes: AttributeReader): Uint8Array | undefined {
  while (attributes.next())
    if (attributes.type === NFTA_DATA_VALUE) return attributes.bytes.slice(attributes.start, attributes.end);
  return undefined;
}

function counterOf(attributes: AttributeReader): { readonly bytes: number; readonly packets: number } {
  const carried = { bytes: 0, packets: 0 };
  while (attributes.next()) {
    if (attributes.type !== NFTA_EXPR_DATA) continue;
    const data = attributes.nested();
    while (data.next()) {
      if (data.type === NFTA_COUNTER_BYTES) carried.bytes = readBigEndian64(data);
      else if (data.type === NFTA_COUNTER_PACKETS) carried.packets = readBigEndian64(data);
    }
  }
  return carried;
}

function readBigEndian64({ bytes, start, length }: AttributeReader): number {
  return length < 8 ? 0 : Number(new DataView(bytes.buffer, bytes.byteOffset + start, 8).getBigUint64(0));
}

function bigEndian64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
