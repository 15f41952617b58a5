/** A network at the other end of a cable: a router with a DHCP server, and the internet behind it. */
import type { Dhcp4Lease } from '@connman/contracts';
import { contains, type IpAddress, type Ipv4Address, type Ipv6Address, type Prefix } from '@connman/inet';
import type { Random } from './random';
import { leaseOf } from './scripted-dhcp';

export type ServerAnswer = { readonly kind: 'ack'; readonly lease: Dhcp4Lease } | { readonly kind: 'nak' };

export class Lan {
  private subnet: number;
  readonly leaseSeconds: number;
  /** By MAC address. */
  private readonly leases = new Map<string, Ipv4Address>();
  private nextHost = 10;
  serverUp = true;
  internetUp = true;
  /** Every request for a page gets that of a captive portal. */
  portalUp = false;
  /** Option 26; 0 if it has nothing to say. */
  readonly mtu: number;
  /** Its router advertises an IPv6 prefix, too. */
  readonly ipv6: boolean;
  /** Chance of a packet to get lost. */
  loss = 0;
  /** Its router has other addresses or leases than before, and no cable has told so yet. */
  exchanged = false;

  constructor(subnet: number, leaseSeconds: number, random: Random) {
    this.subnet = subnet;
    this.ipv6 = random.chance(0.25);
    this.mtu = random.chance(0.2) ? 1400 : 0;
    this.leaseSeconds = leaseSeconds;
  }

  get network(): Prefix<Ipv4Address> {
    return { address: `10.${this.subnet}.0.0` as Ipv4Address, length: 24 };
  }

  get prefix(): Prefix {
    return { address: `2001:db8:${this.subnet}::` as Ipv6Address, length: 64 };
  }

  /** The name server its router advertises beside the prefix. */
  get nameserver6(): Ipv6Address {
    return `2001:db8:${this.subnet}::53` as Ipv6Address;
  }

  get gateway(): Ipv4Address {
    return `10.${this.subnet}.0.1` as Ipv4Address;
  }

  /** An address of the network that the server never gives. */
  host(number: number): Ipv4Address {
    return `10.${this.subnet}.0.${number}` as Ipv4Address;
  }

  holds(address: IpAddress): boolean {
    return contains(this.network, address);
  }

  /** A host of its own mind that uses an address without having asked for it. */
  squatter: Ipv4Address | undefined;
  private readonly declined = new Set<Ipv4Address>();

  /** The address a client is offered: the one it wants, if that can be. */
  offer(mac: string, wanted: Ipv4Address | undefined): Ipv4Address {
    if (wanted && this.holds(wanted) && !this.isTaken(wanted, mac)) return wanted;
    const known = this.leases.get(mac);
    if (known && !this.declined.has(known)) return known;
    let address = this.host(this.nextHost);
    while (this.isTaken(address, mac)) address = this.host(++this.nextHost);
    return address;
  }

  private isTaken(address: Ipv4Address, mac: string): boolean {
    return this.declined.has(address) || [...this.leases].some(([other, own]) => own === address && other !== mac);
  }

  decline(mac: string, address: Ipv4Address): void {
    this.declined.add(address);
    this.leases.delete(mac);
  }

  /** To a request for an address, or for any. */
  answer(mac: string, wanted: Ipv4Address | undefined): ServerAnswer {
    if (wanted && !this.holds(wanted)) return { kind: 'nak' };
    if (wanted && this.isTaken(wanted, mac)) return { kind: 'nak' };
    const address = wanted ?? this.offer(mac, undefined);
    this.leases.set(mac, address);
    return { kind: 'ack', lease: leaseOf(address, { gateway: this.gateway, leaseSeconds: this.leaseSeconds }) };
  }

  release(mac: string): void {
    this.leases.delete(mac);
  }

  /** The server starts again without its memory. */
  forget(): void {
    this.leases.clear();
    this.declined.clear();
    this.nextHost += 10;
    // Two clients may come to have one address, of which the first hears when it renews.
    this.exchanged = true;
  }

  /** The router is replaced by one with other addresses. */
  renumber(): void {
    this.subnet += 10;
    this.forget();
  }
}
