/**
 * The kernel's side of rtnetlink, as far as a connection manager can tell it from the real one: links, addresses and routes
 * with their rules, each change told in the order Linux tells it, and what Linux does silently done silently.
 *
 * Faithful in what was found to matter (checked against Linux 6.18 in a network namespace): secondary addresses that die with
 * their primary (promote_secondaries 0), prefix routes, slots of routes, gateways that must be reachable, and the IPv4 routes
 * of a link that vanish unannounced when it is switched off or its last IPv4 address goes.
 */
import {
  contains,
  type Family,
  familyOf,
  type IpAddress,
  type Ipv4Address,
  ipv6Any,
  networkOf,
  type Prefix,
} from '@connman/inet';
import type {
  AddressFact,
  KernelEvent,
  LinkFact,
  RouteFact,
  RouterOption,
  RuleFact,
  RuleSpecification,
} from '@connman/netlink';
import type { Clock } from '@connman/ports';
import { type Address, flag, isPrimaryOf, isSameAddress, secondary, slaacAddress } from './fake-addresses';
import type { NewAddress, NewLink, NewRoute, Refusal } from './fake-kernel-requests';
import { FakeRoutes, type RouteMode } from './fake-routes';
import { FakeRules } from './fake-rules';

const forever = 0xffffffff;
const mainTable = 254;
const kernelProtocol = 2;
const bootProtocol = 3;
const scopeLink = 253;
/** Router discovery's mark on what it brings (RTPROT_RA, IFAPROT_KERNEL_RA). */
const raProtocol = { address: 2, route: 9 };
/** Until an IPv6 address is known to be ours alone (RFC 4862). */
const duplicateDetectionMs = 1000;

export class FakeKernel {
  private readonly clock: Clock;
  private readonly links = new Map<number, LinkFact>();
  private readonly plugged = new Set<number>();
  private readonly resetting = new Set<number>();
  private addresses: Address[] = [];
  private readonly routes = new FakeRoutes();
  private readonly rules = new FakeRules();
  private lastIfindex = 1;
  /** What came of one request or one happening, in the order it is told to the multicast groups. */
  onEvents: (events: readonly KernelEvent[]) => void = () => {};
  private told: KernelEvent[] = [];
  private isHeld = false;
  /** Whether addresses keep the mark of who put them there (IFA_PROTO, Linux 5.18). */
  marksAddresses = true;
  private temporaries = 0;
  /** How long a network card is without carrier when its MTU is changed, as many begin again then; 0 for the others. */
  resetMs = 0;
  /** Asked before each request of a program; a fault it names is the answer and nothing is done. */
  fault: (request: string) => Refusal | undefined = () => undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** All that happens meanwhile is told at once, as to a program that reads what has piled up. */
  together(act: () => void): void {
    this.isHeld = true;
    act();
    this.isHeld = false;
    this.tell();
  }

  // What a dump shows.

  dump(): { links: LinkFact[]; addresses: AddressFact[]; routes: RouteFact[]; rules: RuleFact[] } {
    return {
      links: [...this.links.values()],
      addresses: this.addresses.map((address) => this.factOf(address)),
      routes: [...this.routes.all()],
      rules: [...this.rules.all()],
    };
  }

  link(ifindex: number): LinkFact | undefined {
    return this.links.get(ifindex);
  }

  /** The way a packet to this address takes; of a socket bound to a link if one is given. */
  lookup(address: IpAddress, ifindex?: number): RouteFact | undefined {
    return this.routes.lookup(address, ifindex);
  }

  /** The way a packet from one of the machine's own addresses takes, or of a socket of the user that has none yet. */
  lookupFrom(source: IpAddress | undefined, destination: IpAddress, uid = 0): RouteFact | undefined {
    return this.rules.lookup(this.routes, source, destination, uid) ?? this.lookup(destination);
  }

  addressesOf(ifindex: number, family: Family): AddressFact[] {
    return this.ownAddresses(ifindex, family).map((address) => this.factOf(address));
  }

  // Links.

  createLink(options: NewLink): number {
    const { plugged = true, ...given } = options;
    const ifindex = given.ifindex ?? ++this.lastIfindex;
    this.lastIfindex = Math.max(this.lastIfindex, ifindex);
    if (plugged) this.plugged.add(ifindex);
    const up = given.up ?? false;
    this.links.set(ifindex, {
      hardwareType: 1,
      mtu: 1500,
      master: 0,
      kind: '',
      vlanId: 0,
      physicalPort: '',
      ...given,
      ifindex,
      up,
      carrier: up && plugged,
      operstate: up && plugged ? 6 : 2,
    });
    this.tellLink(ifindex);
    this.tell();
    return ifindex;
  }

  /** RTM_DELLINK, or the hardware is gone. */
  removeLink(ifindex: number): void {
    const link = this.links.get(ifindex);
    if (!link) return;
    if (link.up) this.switchOff(link);
    for (const address of this.addresses.filter((one) => one.ifindex === ifindex)) this.dropAddress(address);
    this.routes.removeAll((route) => route.ifindex === ifindex);
    this.links.delete(ifindex);
    this.plugged.delete(ifindex);
    for (const port of this.links.values()) {
      if (port.master !== ifindex) continue;
      this.links.set(port.ifindex, { ...port, master: 0 });
      this.tellLink(port.ifindex);
    }
    this.told.push({ kind: 'link-gone', ifindex, name: link.name });
    this.tell();
  }

  /** RTM_SETLINK. */
  setLink(
    ifindex: number,
    change: { up?: boolean; mtu?: number; name?: string; master?: number },
  ): Refusal | undefined {
    const refusal = this.fault('set-link');
    if (refusal) return refusal;
    const link = this.links.get(ifindex);
    if (!link) return 'ENODEV';
    const { up, ...rest } = change;
    const differs = Object.entries(rest).some(([key, value]) => link[key as keyof typeof rest] !== value);
    if (differs) {
      this.links.set(ifindex, { ...link, ...rest });
      this.tellLink(ifindex);
      if (rest.mtu !== undefined && rest.mtu !== link.mtu && link.carrier && this.resetMs > 0) this.reset(ifindex);
      // The label of an IPv4 address is its link's name.
      if (rest.name !== undefined && rest.name !== link.name) {
        for (const address of this.ownAddresses(ifindex, 4)) this.tellAddress(address);
      }
    }
    const now = this.links.get(ifindex) as LinkFact;
    if (up === true && !now.up) this.switchOn(now);
    if (up === false && now.up) this.switchOff(now);
    this.tell();
    return undefined;
  }

  /** The cable is put in or pulled. */
  plug(ifindex: number, plugged: boolean): void {
    if (plugged) this.plugged.add(ifindex);
    else this.plugged.delete(ifindex);
    this.followCable(ifindex);
    this.tell();
  }

  private reset(ifindex: number): void {
    this.resetting.add(ifindex);
    this.followCable(ifindex);
    this.clock.setTimer(this.resetMs, () => {
      this.resetting.delete(ifindex);
      this.followCable(ifindex);
      this.tell();
    });
  }

  private hasCarrier(ifindex: number): boolean {
    return this.plugged.has(ifindex) && !this.resetting.has(ifindex);
  }

  private followCable(ifindex: number): void {
    const link = this.links.get(ifindex);
    const carrier = this.hasCarrier(ifindex);
    if (!link?.up || link.carrier === carrier) return;
    this.links.set(ifindex, { ...link, carrier, operstate: carrier ? 6 : 2 });
    this.tellLink(ifindex);
  }

  private switchOn(link: LinkFact): void {
    const { ifindex } = link;
    this.links.set(ifindex, { ...link, up: true, carrier: false, operstate: 2 });
    this.tellLink(ifindex);
    for (const address of this.ownAddresses(ifindex, 4)) this.addPrefixRoute(address);
    this.followCable(ifindex);
  }

  private switchOff(link: LinkFact): void {
    const { ifindex } = link;
    this.links.set(ifindex, { ...link, up: false, carrier: false, operstate: 2 });
    this.routes.removeAll((route) => route.ifindex === ifindex && route.family === 4);
    this.tellLink(ifindex);
    this.dropIpv6(ifindex);
  }

  // Addresses.

  /** RTM_NEWADDR. `replace`: one that is there already gets the new lifetime instead of being refused (NLM_F_REPLACE). */
  putAddress(wanted: NewAddress, replace = true): Refusal | undefined {
    const refusal = this.fault('put-address');
    if (refusal) return refusal;
    if (!this.links.has(wanted.ifindex)) return 'ENODEV';
    const validSeconds = wanted.validSeconds ?? forever;
    if (validSeconds <= 0) return 'EINVAL';
    const known = this.addresses.find((other) => isSameAddress(other, wanted));
    if (known && !replace) return 'EEXIST';
    const address = this.newAddress(wanted, validSeconds, known?.flags);
    known?.cancelTimer();
    if (known) this.addresses[this.addresses.indexOf(known)] = address;
    else this.addresses.push(address);
    this.tellAddress(address);
    if (!known && this.links.get(wanted.ifindex)?.up) this.addPrefixRoute(address);
    this.tell();
    return undefined;
  }

  /** RTM_DELADDR. */
  removeAddress(wanted: { ifindex: number; address: IpAddress; prefixLength: number }): Refusal | undefined {
    const refusal = this.fault('remove-address');
    if (refusal) return refusal;
    const address = this.addresses.find((other) => isSameAddress(other, wanted));
    if (!address) return this.links.has(wanted.ifindex) ? 'EADDRNOTAVAIL' : 'ENODEV';
    this.dropAddress(address);
    this.tell();
    return undefined;
  }

  /** RTM_NEWADDR with a preferred lifetime of 0. */
  deprecate(wanted: { ifindex: number; address: IpAddress; prefixLength: number }): void {
    const at = this.addresses.findIndex((other) => isSameAddress(other, wanted));
    const known = this.addresses[at];
    if (!known) return;
    const retired = { ...known, flags: known.flags | flag.deprecated };
    this.addresses[at] = retired;
    this.tellAddress(retired);
    this.tell();
  }

  private newAddress(wanted: NewAddress, validSeconds: number, knownFlags: number | undefined): Address {
    const isIpv4 = familyOf(wanted.address) === 4;
    const isSecondary = isIpv4 && this.addresses.some((other) => isPrimaryOf(other, wanted));
    const fresh = isIpv4 ? (isSecondary ? secondary : 0) : flag.tentative | (wanted.temporary ? flag.temporary : 0);
    const since = this.clock.now();
    let cancelTimer = () => {};
    if (validSeconds !== forever) {
      cancelTimer = this.clock.setTimer(validSeconds * 1000, () => {
        this.dropAddress(address);
        this.tell();
      });
    }
    const address: Address = {
      ifindex: wanted.ifindex,
      address: wanted.address,
      prefixLength: wanted.prefixLength,
      ...(wanted.broadcast && { broadcast: wanted.broadcast }),
      scope: wanted.address.startsWith('fe80:') ? scopeLink : 0,
      flags: (knownFlags ?? fresh) & ~flag.permanent,
      protocol: (this.marksAddresses && wanted.protocol) || 0,
      since,
      lifetime: validSeconds,
      cancelTimer,
    };
    if (!isIpv4 && knownFlags === undefined) {
      this.clock.setTimer(duplicateDetectionMs, () => this.confirm(address));
    }
    return address;
  }

  /** No one else answered for the IPv6 address. */
  private confirm(address: Address): void {
    const at = this.addresses.findIndex((other) => isSameAddress(other, address));
    const known = this.addresses[at];
    if (!known || !(known.flags & flag.tentative)) return;
    const confirmed = { ...known, flags: known.flags & ~flag.tentative };
    this.addresses[at] = confirmed;
    this.tellAddress(confirmed);
    this.tell();
  }

  private dropAddress(wanted: Address): void {
    const address = this.addresses.find((other) => isSameAddress(other, wanted));
    if (!address) return;
    address.cancelTimer();
    for (const other of this.addresses.filter((one) => isPrimaryOf(address, one))) this.dropAddress(other);
    this.addresses = this.addresses.filter((other) => other !== address);
    this.told.push({ kind: 'address-gone', address: this.factOf(address) });
    // The same address with another prefix length has a prefix route of its own.
    const isStillOwn = this.addresses.some(
      (other) => other.address === address.address && other.ifindex === address.ifindex,
    );
    this.dropRoutes(
      (route) =>
        route.protocol === kernelProtocol &&
        route.ifindex === address.ifindex &&
        route.preferredSource === address.address &&
        (!isStillOwn || route.destination.length === address.prefixLength),
    );
    if (familyOf(address.address) === 4 && this.ownAddresses(address.ifindex, 4).length === 0) {
      this.routes.removeAll((route) => route.ifindex === address.ifindex && route.family === 4);
    }
  }

  private addPrefixRoute(address: Address): void {
    const family = familyOf(address.address);
    if (family !== 4 || address.flags & secondary || address.prefixLength === 32) return;
    const route: RouteFact = {
      family,
      destination: {
        address: networkOf(address.address as Ipv4Address, address.prefixLength),
        length: address.prefixLength,
      },
      ifindex: address.ifindex,
      metric: 0,
      table: mainTable,
      protocol: kernelProtocol,
      scope: scopeLink,
      type: 1,
      preferredSource: address.address,
    };
    if (this.routes.put(route, 'append') === 'added') this.told.push({ kind: 'route', route, replaces: false });
  }

  // Routes.

  /** RTM_NEWROUTE. */
  putRoute(wanted: NewRoute, mode: RouteMode): Refusal | undefined {
    const refusal = this.fault('put-route');
    if (refusal) return refusal;
    const link = this.links.get(wanted.ifindex);
    if (!link) return 'ENODEV';
    const family = familyOf(wanted.destination.address);
    if (wanted.gateway && !this.isReachable(wanted.gateway, wanted.ifindex)) return 'ENETUNREACH';
    if (!link.up) return 'ENETDOWN';
    const route: RouteFact = {
      family,
      destination: wanted.destination,
      ...(wanted.gateway && { gateway: wanted.gateway }),
      ifindex: wanted.ifindex,
      // IPv6 has no route without a metric.
      metric: wanted.metric || (family === 6 ? 1024 : 0),
      table: wanted.table ?? mainTable,
      protocol: wanted.protocol ?? bootProtocol,
      scope: family === 4 && !wanted.gateway ? scopeLink : 0,
      type: wanted.type ?? 1,
    };
    const outcome = this.routes.put(route, mode);
    if (outcome === 'exists') return 'EEXIST';
    // The route that was replaced is not told: NLM_F_REPLACE in the message is all there is.
    if (outcome !== 'same') this.told.push({ kind: 'route', route, replaces: outcome === 'replaced' });
    this.tell();
    return undefined;
  }

  /** RTM_DELROUTE. */
  removeRoute(wanted: Pick<RouteFact, 'family' | 'destination'> & Partial<RouteFact>): Refusal | undefined {
    const refusal = this.fault('remove-route');
    if (refusal) return refusal;
    const route = this.routes.remove(wanted);
    if (!route) return 'ESRCH';
    this.told.push({ kind: 'route-gone', route });
    this.tell();
    return undefined;
  }

  // Policy routing rules.

  /** RTM_NEWRULE with NLM_F_EXCL. */
  addRule(wanted: RuleSpecification): Refusal | undefined {
    const refusal = this.fault('put-rule');
    if (refusal) return refusal;
    const rule = this.rules.add(wanted);
    if (!rule) return 'EEXIST';
    this.told.push({ kind: 'rule', rule });
    this.tell();
    return undefined;
  }

  /** RTM_DELRULE. */
  removeRule(wanted: RuleSpecification): Refusal | undefined {
    const refusal = this.fault('remove-rule');
    if (refusal) return refusal;
    const rule = this.rules.remove(wanted);
    if (!rule) return 'ENOENT';
    this.told.push({ kind: 'rule-gone', rule });
    this.tell();
    return undefined;
  }

  /** A gateway must be on a network of the link, by a route without a gateway of its own. */
  private isReachable(gateway: IpAddress, ifindex: number): boolean {
    if (gateway.startsWith('fe80:')) return true;
    if (familyOf(gateway) === 6) {
      const own = this.ownAddresses(ifindex, 6);
      if (own.some((one) => contains({ address: one.address, length: one.prefixLength }, gateway))) return true;
    }
    const way = this.routes.lookup(gateway, ifindex);
    return way !== undefined && !way.gateway;
  }

  private dropRoutes(isGone: (route: RouteFact) => boolean): void {
    for (const route of this.routes.removeAll(isGone)) this.told.push({ kind: 'route-gone', route });
  }

  // IPv6 that comes by itself.

  /**
   * A router advertisement: the kernel makes an address of the prefix and a default route (RFC 4862, RFC 4861), and a
   * temporary address if it is to use those and has none (RFC 8981).
   */
  advertise(ifindex: number, router: IpAddress, prefix: Prefix, validSeconds = forever, useTemporary = false): void {
    const link = this.links.get(ifindex);
    if (!link?.carrier) return;
    const address = slaacAddress(prefix, link.mac);
    this.putAddress({ ifindex, address, prefixLength: 64, validSeconds, protocol: raProtocol.address });
    if (useTemporary && !this.ownAddresses(ifindex, 6).some((own) => own.flags & flag.temporary)) {
      const random = `${prefix.address.replace(/:*$/, '')}::7e39:${(++this.temporaries).toString(16)}` as IpAddress;
      this.putAddress({ ifindex, address: random, prefixLength: 64, validSeconds, temporary: true });
    }
    // One route for each link and router; that it lasts longer is told to no one.
    const route: NewRoute = { ifindex, destination: { address: ipv6Any, length: 0 }, gateway: router };
    this.putRoute({ ...route, protocol: raProtocol.route }, 'append');
  }

  /** What an advertisement says of names: passed on, kept by no one. */
  passOn(ifindex: number, options: readonly RouterOption[]): void {
    if (this.links.get(ifindex)?.carrier) this.onEvents([{ kind: 'router-options', ifindex, options }]);
  }

  /** net.ipv6.conf.*.disable_ipv6 became 1. */
  flushIpv6(ifindex: number): void {
    this.dropIpv6(ifindex);
    this.tell();
  }

  private dropIpv6(ifindex: number): void {
    this.dropRoutes((route) => route.ifindex === ifindex && route.family === 6);
    for (const address of this.ownAddresses(ifindex, 6)) this.dropAddress(address);
  }

  // Telling.

  /** At the end of a request or happening: no one hears of one that is half done. */
  private tell(): void {
    if (this.isHeld) return;
    const { told } = this;
    this.told = [];
    if (told.length > 0) this.onEvents(told);
  }

  private ownAddresses(ifindex: number, family: Family): Address[] {
    return this.addresses.filter((one) => one.ifindex === ifindex && familyOf(one.address) === family);
  }

  private factOf({ since, lifetime, cancelTimer: _, ...address }: Address): AddressFact {
    const elapsed = Math.floor((this.clock.now() - since) / 1000);
    const seconds = lifetime === forever ? forever : Math.max(0, lifetime - elapsed);
    const flags = lifetime === forever ? address.flags | flag.permanent : address.flags;
    return { ...address, flags, validSeconds: seconds, preferredSeconds: seconds };
  }

  private tellAddress(address: Address): void {
    this.told.push({ kind: 'address', address: this.factOf(address) });
  }

  private tellLink(ifindex: number): void {
    this.told.push({ kind: 'link', link: this.links.get(ifindex) as LinkFact });
  }
}
