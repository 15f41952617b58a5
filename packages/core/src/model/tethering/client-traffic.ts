/** What each client of a shared connection has sent and received through this machine, from what the kernel has counted by address. */
import { type Family, familyOf, type IpAddress } from '@connman/inet';
import type { TrafficCount } from '@connman/netlink';
import { type Tethering, tetheringClients } from './tethering';

/** Bytes of IP packets. */
export interface Carried {
  readonly sent: number;
  readonly received: number;
}

export interface ClientTraffic {
  readonly mac: string;
  /** The name it gave the DHCP server; may be empty. */
  readonly hostname: string;
  /** Its lease, and addresses of IPv6 that it has sent from. */
  readonly addresses: readonly IpAddress[];
  readonly carried: Readonly<Record<Family, Carried>>;
}

/** Of those that are served now, also where they have carried nothing. */
export function clientTraffic(tethering: Tethering, counts: readonly TrafficCount[]): ClientTraffic[] {
  const owners = ownersOf(tethering, counts);
  return tetheringClients(tethering).map((mac) => {
    const lease = tethering.clients.find((client) => client.mac === mac);
    const own = counts.filter((count) => (count.mac ?? owners.get(count.address)) === mac);
    const addresses = new Set<IpAddress>([...(lease ? [lease.address] : []), ...own.map(({ address }) => address)]);
    const carried = { 4: sumOf(own, 4), 6: sumOf(own, 6) };
    return { mac, hostname: lease?.hostname ?? '', addresses: [...addresses], carried };
  });
}

/** Whose an address is: by the lease, else of who has sent most from it. */
function ownersOf({ clients }: Tethering, counts: readonly TrafficCount[]): ReadonlyMap<IpAddress, string> {
  const owners = new Map<IpAddress, string>();
  for (const { address, mac } of [...counts].sort((a, b) => a.bytes - b.bytes)) if (mac) owners.set(address, mac);
  for (const { address, mac } of clients) owners.set(address, mac);
  return owners;
}

function sumOf(counts: readonly TrafficCount[], family: Family): Carried {
  const sum = { sent: 0, received: 0 };
  for (const { address, direction, bytes } of counts) if (familyOf(address) === family) sum[direction] += bytes;
  return sum;
}
