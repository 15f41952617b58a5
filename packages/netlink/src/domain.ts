/** Address families: the kernel's numbers (AF_INET 2, AF_INET6 10) and ours (4, 6), and addresses in attributes. */
import { type Family, type IpAddress, ipv4FromBytes, ipv6FromBytes } from '@connman/inet';
import type { AttributeReader } from './wire';

const AF_INET = 2;
const AF_INET6 = 10;

export function domainOf(family: Family): number {
  return family === 4 ? AF_INET : AF_INET6;
}

/** Undefined for any other family. */
export function familyOfDomain(domain: number | undefined): Family | undefined {
  if (domain === AF_INET) return 4;
  return domain === AF_INET6 ? 6 : undefined;
}

/** The address that is the attribute's value; undefined if it has not the family's length. */
export function addressFrom(family: Family, attribute: AttributeReader): IpAddress | undefined {
  return addressAt(family, attribute.bytes, attribute.start, attribute.end);
}

export function addressAt(family: Family, bytes: Uint8Array, start: number, end: number): IpAddress | undefined {
  if (end - start !== (family === 4 ? 4 : 16)) return undefined;
  return family === 4 ? ipv4FromBytes(bytes, start) : ipv6FromBytes(bytes, start);
}
