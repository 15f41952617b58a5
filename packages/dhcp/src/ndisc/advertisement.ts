/** Router advertisements and solicitations as bytes (RFC 4861 sections 4.1, 4.2 and 4.6, RFC 8106 section 5.1). */
import { ByteWriter, type DecodeError, err, ok, type Result } from '@connman/base';
import { type Ipv6Address, ipv6Any, ipv6ToBytes, type MacAddress, macToBytes } from '@connman/inet';

export const routerSolicitationType = 133;
const routerAdvertisementType = 134;

const optionType = { sourceLinkLayerAddress: 1, prefixInformation: 3, mtu: 5, rdnss: 25 } as const;
/** On-link, and for addresses of the hosts' own making (section 4.6.2). */
const onLinkAutonomous = 0xc0;
const prefixLength = 64;
const hopLimit = 64;
const solicitationBytes = 8;

export interface Advertisement {
  readonly mac: MacAddress;
  /** 0 for a router that is not to be anyone's default router. */
  readonly routerSeconds: number;
  readonly prefixes: readonly {
    readonly prefix: Ipv6Address;
    readonly preferredSeconds: number;
    readonly validSeconds: number;
  }[];
  /** 0 leaves the option out. */
  readonly mtu: number;
  readonly nameservers: readonly Ipv6Address[];
  readonly nameserverSeconds: number;
}

/** The ICMPv6 message, its checksum 0. */
export function encodeAdvertisement(advertisement: Advertisement): Uint8Array {
  const { mac, routerSeconds, prefixes, mtu, nameservers, nameserverSeconds } = advertisement;
  const writer = new ByteWriter(64 + 32 * prefixes.length + 16 * nameservers.length);
  writer.uint8(routerAdvertisementType).uint8(0).uint16(0);
  // Neither M nor O: addresses and name servers are all here. Reachable time and retransmission timer are left to the hosts.
  writer.uint8(hopLimit).uint8(0).uint16(routerSeconds).uint32(0).uint32(0);
  writer.uint8(optionType.sourceLinkLayerAddress).uint8(1).bytes(macToBytes(mac));
  for (const { prefix, preferredSeconds, validSeconds } of prefixes) {
    writer.uint8(optionType.prefixInformation).uint8(4).uint8(prefixLength).uint8(onLinkAutonomous);
    writer.uint32(validSeconds).uint32(preferredSeconds).uint32(0).bytes(ipv6ToBytes(prefix));
  }
  if (mtu > 0) writer.uint8(optionType.mtu).uint8(1).uint16(0).uint32(mtu);
  if (nameservers.length > 0) {
    writer
      .uint8(optionType.rdnss)
      .uint8(1 + 2 * nameservers.length)
      .uint16(0)
      .uint32(nameserverSeconds);
    for (const server of nameservers) writer.bytes(ipv6ToBytes(server));
  }
  return writer.finish();
}

/** What is checked of a solicitation from `source` (section 6.1.1); it says nothing more that counts. */
export function checkSolicitation(message: Uint8Array, source: Ipv6Address): Result<undefined, DecodeError> {
  const bad = (offset: number, reason: string) => err({ layer: 'router solicitation', offset, reason });
  if (message.length < solicitationBytes) return bad(message.length, 'cut short');
  if (message[0] !== routerSolicitationType) return bad(0, `type ${message[0]}`);
  if (message[1] !== 0) return bad(1, `code ${message[1]}`);
  for (let at = solicitationBytes; at < message.length; ) {
    const bytes = (message[at + 1] ?? 0) * 8;
    if (bytes === 0 || at + bytes > message.length) return bad(at, `option length ${bytes}`);
    if (message[at] === optionType.sourceLinkLayerAddress && source === ipv6Any)
      return bad(at, 'a link-layer address of a sender without an address');
    at += bytes;
  }
  return ok(undefined);
}
