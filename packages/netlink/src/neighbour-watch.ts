/** IPv6 neighbours of one link, as the kernel meets and forgets them: whose hardware address has which addresses. */
import type { OsError } from '@connman/base';
import { familyOf, type IpAddress, type Ipv6Address, isIpv6LinkLocal, type MacAddress } from '@connman/inet';
import type { NetlinkPort, NetlinkSocket } from '@connman/ports';
import { Exchange } from './exchange';
import type { NeighbourFact } from './facts';
import { decodeNeighbour, dumpNeighbours, isUnresolved, RTM_DELNEIGH, RTM_NEWNEIGH } from './neighbour';
import { MessageReader } from './wire';

const NETLINK_ROUTE = 0;
const RTNLGRP_NEIGH = 3;

export interface Neighbour6 {
  readonly mac: MacAddress;
  readonly address: Ipv6Address;
}

export interface NeighbourWatchOptions {
  readonly netlink: NetlinkPort;
  readonly ifindex: number;
  /** All there are now, sorted by address; called when they have changed. */
  readonly onChange: (neighbours: readonly Neighbour6[]) => void;
  readonly onFault: (error: OsError) => void;
}

export class NeighbourWatch {
  private readonly options: NeighbourWatchOptions;
  private readonly known = new Map<string, MacAddress>();
  private readonly socket: NetlinkSocket;
  private isChanged = false;
  private isStale = false;

  /** Throws OsError when there is no netlink socket to be had. */
  constructor(options: NeighbourWatchOptions) {
    this.options = options;
    this.socket = options.netlink.open({
      protocol: NETLINK_ROUTE,
      groups: [RTNLGRP_NEIGH],
      onDatagram: (bytes) => this.hear(bytes),
      onIdle: () => this.tell(),
      onOverrun: () => {
        this.isStale = true;
      },
      onError: options.onFault,
    });
    this.readAll();
    this.tell();
  }

  close(): void {
    this.socket.close();
  }

  private tell(): void {
    if (this.isStale) this.readAll();
    if (!this.isChanged) return;
    this.isChanged = false;
    const pairs = [...this.known].sort(([a], [b]) => (a < b ? -1 : 1));
    this.options.onChange(pairs.map(([address, mac]) => ({ mac, address: address as Ipv6Address })));
  }

  private readAll(): void {
    const { netlink, ifindex, onFault } = this.options;
    this.isStale = false;
    const exchange = new Exchange(netlink, NETLINK_ROUTE);
    let facts: NeighbourFact[] = [];
    const read = exchange.dump(
      dumpNeighbours(6, ifindex),
      () => {
        facts = [];
      },
      ({ bytes, start, end }) => {
        const decoded = decodeNeighbour(bytes, start, end);
        if (decoded.ok && decoded.value) facts.push(decoded.value);
      },
    );
    exchange.close();
    if (!read.ok) return onFault(read.error);
    const found = new Set<string>(facts.map(({ address }) => address));
    for (const address of this.known.keys()) if (!found.has(address)) this.forget(address);
    for (const fact of facts) this.take(fact);
  }

  private hear(datagram: Uint8Array): void {
    const message = new MessageReader(datagram);
    while (message.next()) {
      if (message.type !== RTM_NEWNEIGH && message.type !== RTM_DELNEIGH) continue;
      const decoded = decodeNeighbour(message.bytes, message.start, message.end);
      if (!decoded.ok || !decoded.value) continue;
      if (message.type === RTM_NEWNEIGH) this.take(decoded.value);
      else if (decoded.value.ifindex === this.options.ifindex) this.forget(decoded.value.address);
    }
  }

  private take(fact: NeighbourFact): void {
    const { ifindex, address, mac } = fact;
    if (ifindex !== this.options.ifindex || !isGlobal(address)) return;
    if (mac === '' || isUnresolved(fact)) return this.forget(address);
    if (this.known.get(address) === mac) return;
    this.known.set(address, mac);
    this.isChanged = true;
  }

  private forget(address: string): void {
    if (this.known.delete(address)) this.isChanged = true;
  }
}

function isGlobal(address: IpAddress): boolean {
  const isMulticast = address.startsWith('ff');
  return familyOf(address) === 6 && !isMulticast && !isIpv6LinkLocal(address as Ipv6Address);
}
