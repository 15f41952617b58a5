/** Neighbours, the kernel's ARP and ND cache: struct ndmsg and the NDA_ attributes (linux/neighbour.h). */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { type Family, familyOf, type IpAddress, ipToBytes, type MacAddress, macFromBytes } from '@connman/inet';
import { addressFrom, domainOf, familyOfDomain } from './domain';
import type { NeighbourFact } from './facts';
import type { ChangeRequest, DumpRequest } from './request';
import { AttributeReader, int32, MessageWriter, uint16 } from './wire';

export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;

/** struct ndmsg. */
const NDMSG_BYTES = 12;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_IFINDEX = 8;

/** The body of an RTM_NEWNEIGH; undefined for families other than IPv4 and IPv6 (a bridge's forwarding table). */
export function decodeNeighbour(
  bytes: Uint8Array,
  start: number,
  end: number,
): Result<NeighbourFact | undefined, DecodeError> {
  if (end - start < NDMSG_BYTES)
    return err({ layer: 'rtnetlink neighbour', offset: start, reason: 'header cut short' });
  const family = familyOfDomain(bytes[start]);
  if (!family) return ok(undefined);
  let address: IpAddress | undefined;
  let mac: MacAddress | '' = '';
  const attributes = new AttributeReader(bytes, start + NDMSG_BYTES, end);
  while (attributes.next()) {
    if (attributes.type === NDA_DST) address = addressFrom(family, attributes);
    else if (attributes.type === NDA_LLADDR && attributes.length === 6) mac = macFromBytes(bytes, attributes.start);
  }
  if (address === undefined) return err({ layer: 'rtnetlink neighbour', offset: start, reason: 'no address' });
  return ok({ ifindex: int32(bytes, start + 4), address, mac, state: uint16(bytes, start + 8) });
}

/** The neighbours known on a link. */
export function dumpNeighbours(family: Family, ifindex: number): DumpRequest {
  const body = new MessageWriter()
    .uint8s(domainOf(family), 0, 0, 0)
    .uint32(0)
    .uint32(0)
    .attribute32(NDA_IFINDEX, ifindex)
    .finish();
  return { type: RTM_GETNEIGH, body, object: `neighbours of link ${ifindex}` };
}

/** NUD_INCOMPLETE and NUD_FAILED: its link-layer address is not known, and packets to it wait or are lost. */
export function isUnresolved({ state }: NeighbourFact): boolean {
  return (state & 0x21) !== 0;
}

/** Forgets a neighbour, and the packets that wait for it; the next packet to it is preceded by a new ARP or ND request. */
export function removeNeighbour({ ifindex, address }: Pick<NeighbourFact, 'ifindex' | 'address'>): ChangeRequest {
  const body = new MessageWriter()
    .uint8s(domainOf(familyOf(address)), 0, 0, 0)
    .uint32(ifindex)
    .uint32(0)
    .attribute(NDA_DST, ipToBytes(address))
    .finish();
  return {
    type: RTM_DELNEIGH,
    flags: 0,
    body,
    call: 'forgetting the neighbour',
    object: `link ${ifindex}: ${address}`,
  };
}
