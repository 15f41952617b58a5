/** The networks that connections are shared on: /24 of the private ranges, the first one that nothing else uses (rule 162). */
import {
  broadcastOf,
  contains,
  familyOf,
  type Ipv4Address,
  ipv4FromUint32,
  ipv4ToUint32,
  type Prefix,
  parseIpv4,
} from '@connman/inet';

export const sharedPrefixLength = 24;

/** In the order in which they are tried (RFC 1918). */
const ranges = [
  ['192.168.0.0', 256],
  ['172.16.0.0', 4096],
  ['10.0.0.0', 65_536],
] as const;

/** `taken`: networks of other links and ways to others. Undefined when every one is taken. */
export function freeNetwork(taken: readonly Prefix[]): Ipv4Address | undefined {
  for (const [first, count] of ranges) {
    const start = ipv4ToUint32(parseIpv4(first) as Ipv4Address);
    for (let i = 0; i < count; i++) {
      const network = ipv4FromUint32(start + i * 256);
      if (!isTaken(network, taken)) return network;
    }
  }
  return undefined;
}

export function isTaken(network: Ipv4Address, taken: readonly Prefix[]): boolean {
  const own = { address: network, length: sharedPrefixLength };
  return taken.some((rival) => familyOf(rival.address) === 4 && rival.length > 0 && overlap(rival, own));
}

function overlap(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? contains(a, b.address) : contains(b, a.address);
}

/** The network that an address is of. */
export function networkOf(address: Ipv4Address): Ipv4Address {
  return hostOf(address, -(ipv4ToUint32(address) % 256));
}

/** The host with this number in the network: 1 is the gateway, 2 to 254 are leased. */
export function hostOf(network: Ipv4Address, number: number): Ipv4Address {
  return ipv4FromUint32(ipv4ToUint32(network) + number);
}

/** The address of this machine in it. */
export function gatewayOf(network: Ipv4Address) {
  const address = hostOf(network, 1);
  return { address, prefixLength: sharedPrefixLength, broadcast: broadcastOf(address, sharedPrefixLength) };
}
