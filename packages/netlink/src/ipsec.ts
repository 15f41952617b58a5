/** IPsec policies of the kernel (linux/xfrm.h): whether what is sent to an address is protected. */
import { OsError, type Result } from '@connman/base';
import { type Family, familyOf, type IpAddress, ipToBytes } from '@connman/inet';
import type { NetlinkPort } from '@connman/ports';
import { familyOfDomain } from './domain';
import { Exchange } from './exchange';
import { AttributeReader, littleEndian } from './wire';

const NETLINK_XFRM = 6;
const XFRM_MSG_GETPOLICY = 0x15;
/** struct xfrm_userpolicy_id, zeroed: all of them. */
const POLICY_ID_BYTES = 64;
/** struct xfrm_userpolicy_info. */
const POLICY_INFO_BYTES = 168;
const XFRM_POLICY_OUT = 1;
const XFRM_POLICY_ALLOW = 0;
const XFRMA_TMPL = 5;
const UDP = 17;

export interface IpsecPolicy {
  readonly direction: number;
  readonly isAllowed: boolean;
  /** It has templates: what matches it is transformed, not just let through. */
  readonly transforms: boolean;
  readonly family: Family | undefined;
  readonly destination: Uint8Array;
  readonly prefixLength: number;
  /** 0 for all. */
  readonly protocol: number;
  readonly destinationPort: number;
}

/** Whether an outgoing policy covers UDP to this address and port. False, too, where the kernel has no IPsec. */
export function isProtectedByIpsec(port: NetlinkPort, address: IpAddress, udpPort: number): boolean {
  let exchange: Exchange | undefined;
  let policies: IpsecPolicy[] = [];
  try {
    exchange = new Exchange(port, NETLINK_XFRM);
    const read: Result<void, OsError> = exchange.dump(
      { type: XFRM_MSG_GETPOLICY, body: new Uint8Array(POLICY_ID_BYTES), object: 'IPsec policies' },
      () => {
        policies = [];
      },
      ({ bytes, start, end }) => {
        const policy = decodeIpsecPolicy(bytes, start, end);
        if (policy) policies.push(policy);
      },
    );
    return read.ok && policies.some((policy) => covers(policy, address, udpPort));
  } catch (error) {
    if (error instanceof OsError) return false;
    throw error;
  } finally {
    exchange?.close();
  }
}

/** Of an XFRM_MSG_NEWPOLICY; undefined if it is cut short. */
export function decodeIpsecPolicy(bytes: Uint8Array, start: number, end: number): IpsecPolicy | undefined {
  if (end - start < POLICY_INFO_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  let transforms = false;
  const attributes = new AttributeReader(bytes, start + POLICY_INFO_BYTES, end);
  while (attributes.next()) if (attributes.type === XFRMA_TMPL) transforms = true;
  return {
    destination: bytes.slice(start, start + 16),
    destinationPort: view.getUint16(32),
    family: familyOfDomain(view.getUint16(40, littleEndian)),
    prefixLength: view.getUint8(42),
    protocol: view.getUint8(44),
    direction: view.getUint8(160),
    isAllowed: view.getUint8(161) === XFRM_POLICY_ALLOW,
    transforms,
  };
}

export function covers(policy: IpsecPolicy, address: IpAddress, udpPort: number): boolean {
  const { direction, isAllowed, transforms, family, destination, prefixLength, protocol, destinationPort } = policy;
  if (direction !== XFRM_POLICY_OUT || !isAllowed || !transforms || family !== familyOf(address)) return false;
  if ((protocol !== 0 && protocol !== UDP) || (destinationPort !== 0 && destinationPort !== udpPort)) return false;
  return ipToBytes(address).every((byte, i) => {
    const mask = (0xff00 >> Math.min(8, Math.max(0, prefixLength - 8 * i))) & 0xff;
    return (((destination[i] ?? 0) ^ byte) & mask) === 0;
  });
}
