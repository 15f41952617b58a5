/** Addresses of links: struct ifaddrmsg and the IFA_ attributes (linux/if_addr.h). */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { type Family, familyOf, type IpAddress, ipToBytes } from '@connman/inet';
import { addressFrom, domainOf, familyOfDomain } from './domain';
import type { AddressFact } from './facts';
import type { ChangeRequest, DumpRequest } from './request';
import { AttributeReader, MessageWriter, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, uint32 } from './wire';

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

/** struct ifaddrmsg. */
const IFADDR_BYTES = 8;
const FOREVER = 0xffffffff;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_RT_PRIORITY = 9;
const IFA_PROTO = 11;

/** The body of an RTM_NEWADDR or RTM_DELADDR; undefined for families other than IPv4 and IPv6. */
export function decodeAddress(
  bytes: Uint8Array,
  start: number,
  end: number,
): Result<AddressFact | undefined, DecodeError> {
  if (end - start < IFADDR_BYTES) return err({ layer: 'rtnetlink address', offset: start, reason: 'header cut short' });
  const family = familyOfDomain(bytes[start]);
  if (!family) return ok(undefined);
  let flags = bytes[start + 2] as number;
  let local: IpAddress | undefined;
  let other: IpAddress | undefined;
  let broadcast: IpAddress | undefined;
  let validSeconds = FOREVER;
  let preferredSeconds = FOREVER;
  let protocol = 0;
  const attributes = new AttributeReader(bytes, start + IFADDR_BYTES, end);
  while (attributes.next()) {
    switch (attributes.type) {
      case IFA_ADDRESS:
        other = addressFrom(family, attributes);
        break;
      case IFA_LOCAL:
        local = addressFrom(family, attributes);
        break;
      case IFA_BROADCAST:
        broadcast = addressFrom(family, attributes);
        break;
      case IFA_CACHEINFO:
        if (attributes.length >= 8) {
          preferredSeconds = uint32(bytes, attributes.start);
          validSeconds = uint32(bytes, attributes.start + 4);
        }
        break;
      case IFA_FLAGS:
        flags = attributes.number();
        break;
      case IFA_PROTO:
        protocol = attributes.number();
        break;
    }
  }
  // IFA_ADDRESS is the other end of a point-to-point link; without one it repeats the address, or is all there is.
  const address = local ?? other;
  if (address === undefined) return err({ layer: 'rtnetlink address', offset: start, reason: 'no address' });
  return ok({
    ifindex: uint32(bytes, start + 4),
    address,
    prefixLength: bytes[start + 1] as number,
    ...(other !== undefined && other !== address && { peer: other }),
    ...(broadcast !== undefined && { broadcast }),
    scope: bytes[start + 3] as number,
    flags,
    validSeconds,
    preferredSeconds,
    protocol,
  });
}

/** An address to be put on a link. */
export interface AddressSpecification {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly peer?: IpAddress;
  readonly broadcast?: IpAddress;
  /** RT_SCOPE_; universe if not given. */
  readonly scope?: number;
  /** IFA_F_ bits: 0x200 no route to the prefix, 0x02 no duplicate detection. */
  readonly flags?: number;
  /** For ever if not given. */
  readonly validSeconds?: number;
  /** As long as it is valid if not given. */
  readonly preferredSeconds?: number;
  /** IFA_PROTO: who puts it there. */
  readonly protocol?: number;
  /** Metric of the route to its prefix that the kernel adds; the kernel's choice if not given. */
  readonly routeMetric?: number;
}

function encodeAddress(address: AddressSpecification): Uint8Array {
  const family = familyOf(address.address);
  const writer = new MessageWriter()
    .uint8s(domainOf(family), address.prefixLength, (address.flags ?? 0) & 0xff, address.scope ?? 0)
    .uint32(address.ifindex)
    .attribute(IFA_LOCAL, ipToBytes(address.address))
    .attribute(IFA_ADDRESS, ipToBytes(address.peer ?? address.address));
  if (address.broadcast !== undefined) writer.attribute(IFA_BROADCAST, ipToBytes(address.broadcast));
  if (address.flags) writer.attribute32(IFA_FLAGS, address.flags);
  if (address.protocol) writer.attribute8(IFA_PROTO, address.protocol);
  if (address.routeMetric) writer.attribute32(IFA_RT_PRIORITY, address.routeMetric);
  const valid = address.validSeconds ?? FOREVER;
  const preferred = address.preferredSeconds ?? valid;
  if (valid !== FOREVER || preferred !== FOREVER) {
    const cache = new MessageWriter().uint32(preferred).uint32(valid).uint32(0).uint32(0);
    writer.attribute(IFA_CACHEINFO, cache.finish());
  }
  return writer.finish();
}

function objectOf(address: { ifindex: number; address: IpAddress; prefixLength: number }): string {
  return `link ${address.ifindex}: ${address.address}/${address.prefixLength}`;
}

/** Puts an address on a link; EEXIST if it is there. */
export function addAddress(address: AddressSpecification): ChangeRequest {
  return {
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: encodeAddress(address),
    call: 'adding the address',
    object: objectOf(address),
  };
}

/** Puts an address on a link, or gives the one that is there its new lifetime and flags. */
export function putAddress(address: AddressSpecification): ChangeRequest {
  return {
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    body: encodeAddress(address),
    call: 'setting the address',
    object: objectOf(address),
  };
}

/** Takes an address from a link; EADDRNOTAVAIL if it is not there. */
export function removeAddress(address: {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly peer?: IpAddress;
}): ChangeRequest {
  const { ifindex, prefixLength, peer } = address;
  return {
    type: RTM_DELADDR,
    flags: 0,
    body: encodeAddress({ ifindex, address: address.address, prefixLength, ...(peer !== undefined && { peer }) }),
    call: 'removing the address',
    object: objectOf(address),
  };
}

/** All addresses, or one family's, or one link's. */
export function dumpAddresses(filter: { readonly family?: Family; readonly ifindex?: number } = {}): DumpRequest {
  const domain = filter.family ? domainOf(filter.family) : 0;
  const body = new MessageWriter()
    .uint8s(domain, 0, 0, 0)
    .uint32(filter.ifindex ?? 0)
    .finish();
  return { type: RTM_GETADDR, body, object: 'addresses' };
}
