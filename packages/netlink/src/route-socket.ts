/**
 * The kernel's network configuration: changes and dumps on one socket, events on another, so that a dump never mixes with
 * what happens meanwhile.
 */
import { type DecodeError, err, OsError, ok, type Result } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { NetlinkPort, NetlinkSocket } from '@connman/ports';
import { decodeAddress, dumpAddresses, RTM_NEWADDR } from './address';
import { Exchange } from './exchange';
import type { AddressFact, KernelEvent, LinkFact, NeighbourFact, RouteFact, RuleFact } from './facts';
import { decodeEvent } from './kernel-event';
import { decodeLink, dumpLinks, linkLookup, RTM_NEWLINK } from './link';
import { decodeNeighbour, dumpNeighbours, RTM_NEWNEIGH } from './neighbour';
import type { ChangeRequest, DumpRequest } from './request';
import {
  decodeLookup,
  decodeRoute,
  dumpRoutes,
  type RouteDumpFilter,
  type RouteFilter,
  RTM_NEWROUTE,
  routeLookup,
  skimRoutes,
} from './route';
import { decodeRule, dumpRules, RTM_NEWRULE, type RuleFilter } from './rule';
import { MessageReader, type Skimmer } from './wire';

const NETLINK_ROUTE = 0;
const ENOENT = 2;
const ENODEV = 19;
const EOPNOTSUPP = 95;
/**
 * RTNLGRP_: links, IPv4 addresses, IPv4 routes, IPv4 rules, IPv6 addresses, IPv6 routes, IPv6 of links, IPv6 rules, options of
 * router advertisements.
 */
const kernelEventGroups: readonly number[] = [1, 5, 7, 8, 9, 11, 12, 19, 20];
/** Room for the events of some thousand links or routes that change at once. */
const EVENT_BUFFER_BYTES = 4 * 1024 * 1024;

/** The kernel's whole picture, as far as it is of interest. */
export interface KernelSnapshot {
  readonly links: readonly LinkFact[];
  readonly addresses: readonly AddressFact[];
  readonly routes: readonly RouteFact[];
  /** Absent where the kernel has no policy routing. */
  readonly rules?: readonly RuleFact[];
}

export interface RouteSocketOptions {
  /** Whatever happened since the last call, in order; never empty. */
  onEvents(events: readonly KernelEvent[]): void;
  /**
   * Events were lost; this is the picture now. What comes by onEvents afterwards is newer than it, or repeats what it
   * holds already, and leads to the right tables when it is applied in order.
   */
  onResync(snapshot: KernelSnapshot): void;
  /** The socket is in trouble, or the kernel said what we cannot read. Nothing is lost unless onResync says so. */
  onFault(fault: OsError | DecodeError): void;
  /** Routes that are never told and never in a snapshot: decided before anything is made of them. All are told if not given. */
  readonly interestedInRoute?: RouteFilter;
  /** The same of policy routing rules. */
  readonly interestedInRule?: RuleFilter;
  /**
   * Dumps pass over routes that are neither default routes nor of this protocol (RTPROT_) before anything else is looked
   * at: ten thousand of them cost a tenth of what asking the filter would.
   */
  readonly skimRoutesBut?: number;
  /** The parts of the routing tables that snapshots hold; all if not given. What the kernel leaves out costs nothing. */
  readonly routesOfSnapshot?: readonly RouteDumpFilter[];
  /** RTNLGRP_ numbers; `kernelEventGroups` if not given. */
  readonly groups?: readonly number[];
  /** Bytes of events the kernel keeps for us while we are busy; 4 MiB if not given. */
  readonly eventBufferBytes?: number;
}

/** A routing table no one has put a route into does not exist, and a link that is gone has nothing. */
function emptyIfNone<T>(table: Result<T[], OsError>): Result<T[], OsError> {
  const none = !table.ok && (table.error.errno === ENOENT || table.error.errno === ENODEV);
  return none ? ok([]) : table;
}

type Decoder<T> = (bytes: Uint8Array, start: number, end: number) => Result<T | undefined, DecodeError>;

/** Throws OsError when there is no netlink socket to be had. Events are heard from now on, so: open, then snapshot. */
export function openRouteSocket(port: NetlinkPort, options: RouteSocketOptions): RouteSocket {
  return new RouteSocket(port, options);
}

export class RouteSocket {
  private readonly options: RouteSocketOptions;
  private readonly exchange: Exchange;
  private readonly eventSocket: NetlinkSocket;
  private events: KernelEvent[] = [];
  private resyncDue = false;
  private delivering = false;

  constructor(port: NetlinkPort, options: RouteSocketOptions) {
    this.options = options;
    this.eventSocket = port.open({
      protocol: NETLINK_ROUTE,
      groups: options.groups ?? kernelEventGroups,
      receiveBufferBytes: options.eventBufferBytes ?? EVENT_BUFFER_BYTES,
      onDatagram: (bytes) => this.collect(bytes),
      onIdle: () => this.deliver(),
      onOverrun: () => {
        this.events = [];
        this.resyncDue = true;
      },
      onError: (error) => options.onFault(error),
    });
    try {
      this.exchange = new Exchange(port, NETLINK_ROUTE);
    } catch (error) {
      this.eventSocket.close();
      throw error;
    }
  }

  close(): void {
    this.events = [];
    this.eventSocket.close();
    this.exchange.close();
  }

  /** Delivers what has happened until now without waiting for the event loop. Does nothing from within onEvents. */
  drainEvents(): void {
    if (!this.delivering) this.eventSocket.drain();
  }

  /** Carries out one change: see setLink, putAddress, addRoute, addRule and their like. */
  change(request: ChangeRequest): Result<void, OsError> {
    return this.exchange.change([request])[0] as Result<void, OsError>;
  }

  /** Carries out the changes in order, in one system call per 64; one that fails does not keep the others from happening. */
  changeAll(requests: readonly ChangeRequest[]): Result<void, OsError>[] {
    return this.exchange.change(requests);
  }

  /** The picture as it is now. */
  snapshot(): Result<KernelSnapshot, OsError> {
    const links = this.links();
    if (!links.ok) return links;
    const addresses = this.addresses();
    if (!addresses.ok) return addresses;
    const routes: RouteFact[] = [];
    for (const filter of this.options.routesOfSnapshot ?? [{}]) {
      const part = this.routes(filter);
      if (!part.ok) return part;
      routes.push(...part.value);
    }
    const rules = this.rules();
    if (!rules.ok && rules.error.errno !== EOPNOTSUPP) return rules;
    return ok({ links: links.value, addresses: addresses.value, routes, ...(rules.ok && { rules: rules.value }) });
  }

  links(): Result<LinkFact[], OsError> {
    return this.table(dumpLinks(), RTM_NEWLINK, decodeLink);
  }

  /** One of them. ENODEV if there is none of that name. */
  link(name: string): Result<LinkFact, OsError> {
    let found: Result<LinkFact | undefined, DecodeError> = ok(undefined);
    const answered = this.exchange.query(linkLookup(name), ({ type, bytes, start, end }) => {
      if (type === RTM_NEWLINK) found = decodeLink(bytes, start, end);
    });
    if (!answered.ok) return answered;
    return found.ok && found.value ? ok(found.value) : err(new OsError('looking it up', ENODEV, `link ${name}`));
  }

  addresses(filter: Parameters<typeof dumpAddresses>[0] = {}): Result<AddressFact[], OsError> {
    const addresses = emptyIfNone(this.table(dumpAddresses(filter), RTM_NEWADDR, decodeAddress));
    const { ifindex } = filter;
    // Kernels before 4.20 ignore the filter.
    return addresses.ok && ifindex ? ok(addresses.value.filter((address) => address.ifindex === ifindex)) : addresses;
  }

  /** Routes that match the filter and are of interest. */
  routes(filter: RouteDumpFilter = {}): Result<RouteFact[], OsError> {
    const { interestedInRoute, skimRoutesBut } = this.options;
    const skim = skimRoutesBut === undefined ? undefined : skimRoutes(skimRoutesBut);
    return this.routesThat(filter, interestedInRoute, skim);
  }

  /** Routes that match the filter, of interest or not. */
  everyRoute(filter: RouteDumpFilter): Result<RouteFact[], OsError> {
    return this.routesThat(filter, undefined, undefined);
  }

  private routesThat(filter: RouteDumpFilter, interesting: RouteFilter | undefined, skim: Skimmer | undefined) {
    const decode: Decoder<RouteFact> = (bytes, start, end) =>
      decodeRoute(
        bytes,
        start,
        end,
        (header) =>
          (!filter.table || header.table === filter.table) &&
          (!filter.ifindex || header.ifindex === filter.ifindex) &&
          (!filter.protocol || header.protocol === filter.protocol) &&
          (!interesting || interesting(header)),
      );
    const routes = this.table(dumpRoutes(filter), RTM_NEWROUTE, decode, skim);
    return emptyIfNone(routes);
  }

  /** How the kernel would send to an address now. ENETUNREACH and its like where it would not. */
  wayTo(destination: IpAddress): Result<RouteFact | undefined, OsError> {
    let found: RouteFact | undefined;
    const answered = this.exchange.query(routeLookup(destination), ({ type, bytes, start, end }) => {
      if (type === RTM_NEWROUTE) found = decodeLookup(bytes, start, end);
    });
    return answered.ok ? ok(found) : answered;
  }

  /** Of both families; EOPNOTSUPP where the kernel has no policy routing. */
  rules(): Result<RuleFact[], OsError> {
    const { interestedInRule } = this.options;
    const rules = this.table(dumpRules(), RTM_NEWRULE, decodeRule);
    return rules.ok && interestedInRule ? ok(rules.value.filter(interestedInRule)) : rules;
  }

  neighbours(ifindex: number): Result<NeighbourFact[], OsError> {
    const four = this.table(dumpNeighbours(4, ifindex), RTM_NEWNEIGH, decodeNeighbour);
    if (!four.ok) return four;
    const six = this.table(dumpNeighbours(6, ifindex), RTM_NEWNEIGH, decodeNeighbour);
    if (!six.ok) return six;
    return ok([...four.value, ...six.value].filter((neighbour) => neighbour.ifindex === ifindex));
  }

  private table<T>(request: DumpRequest, entryType: number, decode: Decoder<T>, skim?: Skimmer): Result<T[], OsError> {
    let entries: T[] = [];
    const result = this.exchange.dump(
      request,
      () => {
        entries = [];
      },
      (message) => {
        if (message.type !== entryType) return;
        const entry = decode(message.bytes, message.start, message.end);
        if (!entry.ok) this.options.onFault(entry.error);
        else if (entry.value !== undefined) entries.push(entry.value);
      },
      skim,
    );
    return result.ok ? ok(entries) : err(result.error);
  }

  private collect(datagram: Uint8Array): void {
    if (this.resyncDue) return;
    const message = new MessageReader(datagram);
    while (message.next()) {
      const event = decodeEvent(message, this.options.interestedInRoute, this.options.interestedInRule);
      if (!event.ok) this.options.onFault(event.error);
      else if (event.value) this.events.push(event.value);
    }
  }

  private deliver(): void {
    if (this.delivering) return;
    this.delivering = true;
    try {
      if (this.resyncDue) this.resync();
      const { events } = this;
      this.events = [];
      if (events.length > 0) this.options.onEvents(events);
    } finally {
      this.delivering = false;
    }
  }

  /**
   * The event queue was empty a moment ago, so that everything the dump does not hold comes as an event. A dump that
   * fails because the tables never hold still is tried again at the next event, which is sure to come for that reason.
   */
  private resync(): void {
    const snapshot = this.snapshot();
    if (!snapshot.ok) {
      this.options.onFault(snapshot.error);
      return;
    }
    this.resyncDue = false;
    this.options.onResync(snapshot.value);
  }
}
