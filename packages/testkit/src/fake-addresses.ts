/** How addresses of a link relate, and the one that a prefix of a router gives it. */
import { contains, familyOf, type IpAddress, ipToBytes, ipv6FromBytes, type Prefix } from '@connman/inet';
import type { AddressFact } from '@connman/netlink';

/** One that the kernel holds. */
export interface Address extends Omit<AddressFact, 'validSeconds' | 'preferredSeconds'> {
  readonly since: number;
  readonly lifetime: number;
  readonly cancelTimer: () => void;
}

/** IFA_F_ bits. */
export const flag = { temporary: 0x01, deprecated: 0x20, tentative: 0x40, permanent: 0x80 };

/** IFA_F_SECONDARY. */
export const secondary = 0x01;

/** Where an address is. */
export type Located = { readonly ifindex: number; readonly address: IpAddress; readonly prefixLength: number };

export function isSameAddress(a: Located, b: Located): boolean {
  return a.ifindex === b.ifindex && a.address === b.address && a.prefixLength === b.prefixLength;
}

/** Whether `b` is, or would be, a secondary address of `a`. */
export function isPrimaryOf(a: Located & { readonly flags: number }, b: Located): boolean {
  return (
    !(a.flags & secondary) &&
    a.ifindex === b.ifindex &&
    a.prefixLength === b.prefixLength &&
    a.address !== b.address &&
    familyOf(b.address) === 4 &&
    contains({ address: a.address, length: a.prefixLength }, b.address)
  );
}

/** The address of RFC 4291 appendix A: the prefix and the MAC address with ff:fe in its middle. */
export function slaacAddress(prefix: Prefix, mac: string): IpAddress {
  const bytes = ipToBytes(prefix.address);
  const hardware = mac.split(':').map((pair) => Number.parseInt(pair, 16));
  bytes.set([(hardware[0] ?? 0) ^ 2, ...hardware.slice(1, 3), 0xff, 0xfe, ...hardware.slice(3)], 8);
  return ipv6FromBytes(bytes);
}
