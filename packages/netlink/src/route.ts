/** Routes: struct rtmsg and the RTA_ attributes (linux/rtnetlink.h). */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { type Family, formatPrefix, type IpAddress, ipToBytes, ipv4Any, ipv6Any, type Prefix } from '@connman/inet';
import { addressAt, addressFrom, domainOf, familyOfDomain } from './domain';
import type { NextHop, RouteFact } from './facts';
import type { ChangeRequest, DumpRequest } from './request';
import {
  AttributeReader,
  aligned,
  HEADER_BYTES,
  int32,
  littleEndian,
  MessageWriter,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_DUMP_INTR,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  type Skimmer,
  uint16,
  uint32,
} from './wire';

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;

/** struct rtmsg. */
const RTMSG_BYTES = 12;
/** struct rtnexthop. */
const NEXTHOP_BYTES = 8;
/** The kernel's own copy of a route for one destination: path MTU, redirect. */
const RTM_F_CLONED = 0x200;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_TABLE = 15;
const RTA_VIA = 18;
const RTA_PREF = 20;
const RTAX_MTU = 2;

const RT_TABLE_MAIN = 254;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_NOWHERE = 255;
const RTN_UNICAST = 1;
const RTNH_F_ONLINK = 4;

/** What is known of a route before the rest of its message is looked at. */
export interface RouteHeader {
  readonly family: Family;
  /** Length of the destination prefix; 0 is a default route. */
  readonly destinationLength: number;
  readonly table: number;
  /** RTPROT_. */
  readonly protocol: number;
  readonly scope: number;
  /** RTN_. */
  readonly type: number;
  /** 0 when the route has several next hops, or none. */
  readonly ifindex: number;
}

/** Decides whether a route is worth a RouteFact. The header is valid during the call only. */
export type RouteFilter = (header: RouteHeader) => boolean;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The one header that is shown to all filters: ten thousand foreign routes are skipped without garbage. */
const scratch: Writable<RouteHeader> = {
  family: 4,
  destinationLength: 0,
  table: 0,
  protocol: 0,
  scope: 0,
  type: 0,
  ifindex: 0,
};

/**
 * Passes over the routes of a dump that are neither default routes nor of the protocol. One loop without a call: it runs
 * once for each of ten thousand routes of other programs, when nothing is compiled yet.
 */
export function skimRoutes(protocol: number): Skimmer {
  const [type, flags, length, rest] = littleEndian ? [4, 6, 0, 2] : [5, 7, 2, 0];
  return (bytes, from) => {
    let at = from;
    while (at + HEADER_BYTES + RTMSG_BYTES <= bytes.length) {
      if (bytes[at + type] !== RTM_NEWROUTE || (bytes[at + flags] as number) & NLM_F_DUMP_INTR) break;
      if (bytes[at + HEADER_BYTES + 1] === 0 || bytes[at + HEADER_BYTES + 5] === protocol) break;
      const first = bytes[at + length] as number;
      const second = bytes[at + length + 1] as number;
      const size = littleEndian ? first | (second << 8) : (first << 8) | second;
      if (size < HEADER_BYTES + RTMSG_BYTES || bytes[at + rest] !== 0 || bytes[at + rest + 1] !== 0) break;
      at += (size + 3) & ~3;
    }
    return at;
  };
}

/**
 * The body of an RTM_NEWROUTE or RTM_DELROUTE; undefined if the filter does not want it, for families other than IPv4
 * and IPv6, and for the kernel's per-destination copies.
 */
export function decodeRoute(
  bytes: Uint8Array,
  start: number,
  end: number,
  filter?: RouteFilter,
): Result<RouteFact | undefined, DecodeError> {
  if (end - start < RTMSG_BYTES) return err({ layer: 'rtnetlink route', offset: start, reason: 'header cut short' });
  const family = familyOfDomain(bytes[start]);
  if (!family || uint32(bytes, start + 8) & RTM_F_CLONED) return ok(undefined);
  if (filter && !filter(decodeHeader(family, bytes, start, end))) return ok(undefined);
  return ok(decodeBody(family, bytes, start, end));
}

function decodeHeader(family: Family, bytes: Uint8Array, start: number, end: number): RouteHeader {
  const header = scratch;
  header.family = family;
  header.destinationLength = bytes[start + 1] as number;
  header.table = bytes[start + 4] as number;
  header.protocol = bytes[start + 5] as number;
  header.scope = bytes[start + 6] as number;
  header.type = bytes[start + 7] as number;
  header.ifindex = 0;
  // Written out instead of an AttributeReader: this runs once for each of other programs' routes.
  for (let at = start + RTMSG_BYTES; at + 8 <= end; ) {
    const length = uint16(bytes, at);
    if (length < 4) break;
    const type = uint16(bytes, at + 2);
    if (type === RTA_TABLE) header.table = uint32(bytes, at + 4);
    else if (type === RTA_OIF) header.ifindex = uint32(bytes, at + 4);
    at += aligned(length);
  }
  return header;
}

function decodeBody(family: Family, bytes: Uint8Array, start: number, end: number): RouteFact {
  let destination: IpAddress = family === 4 ? ipv4Any : ipv6Any;
  let table = bytes[start + 4] as number;
  let gateway: IpAddress | undefined;
  let preferredSource: IpAddress | undefined;
  let ifindex = 0;
  let metric = 0;
  let mtu = 0;
  let nextHops: readonly NextHop[] | undefined;
  const attributes = new AttributeReader(bytes, start + RTMSG_BYTES, end);
  while (attributes.next()) {
    switch (attributes.type) {
      case RTA_DST:
        destination = addressFrom(family, attributes) ?? destination;
        break;
      case RTA_OIF:
        ifindex = attributes.number();
        break;
      case RTA_GATEWAY:
        gateway = addressFrom(family, attributes);
        break;
      case RTA_VIA:
        gateway = decodeVia(attributes);
        break;
      case RTA_PRIORITY:
        metric = attributes.number();
        break;
      case RTA_PREFSRC:
        preferredSource = addressFrom(family, attributes);
        break;
      case RTA_METRICS:
        mtu = decodeMtu(attributes.nested());
        break;
      case RTA_MULTIPATH:
        nextHops = decodeNextHops(family, bytes, attributes.start, attributes.end);
        break;
      case RTA_TABLE:
        table = attributes.number();
        break;
    }
  }
  return {
    family,
    destination: { address: destination, length: bytes[start + 1] as number },
    ...(gateway !== undefined && { gateway }),
    ifindex,
    metric,
    table,
    protocol: bytes[start + 5] as number,
    scope: bytes[start + 6] as number,
    type: bytes[start + 7] as number,
    ...(preferredSource !== undefined && { preferredSource }),
    ...(mtu > 0 && { mtu }),
    ...(nextHops && { nextHops }),
  };
}

/** struct rtvia: a gateway of the other family (RFC 5549 style). */
function decodeVia(attribute: AttributeReader): IpAddress | undefined {
  if (attribute.length < 2) return undefined;
  const { bytes, start, end } = attribute;
  const family = familyOfDomain(uint16(bytes, start));
  return family && addressAt(family, bytes, start + 2, end);
}

function decodeMtu(metrics: AttributeReader): number {
  while (metrics.next()) if (metrics.type === RTAX_MTU) return metrics.number();
  return 0;
}

function decodeNextHops(family: Family, bytes: Uint8Array, start: number, end: number): NextHop[] {
  const hops: NextHop[] = [];
  for (let at = start; at + NEXTHOP_BYTES <= end; ) {
    const length = uint16(bytes, at);
    if (length < NEXTHOP_BYTES || at + length > end) break;
    let gateway: IpAddress | undefined;
    const attributes = new AttributeReader(bytes, at + NEXTHOP_BYTES, at + length);
    while (attributes.next()) {
      if (attributes.type === RTA_GATEWAY) gateway = addressFrom(family, attributes);
      else if (attributes.type === RTA_VIA) gateway = decodeVia(attributes);
    }
    hops.push({ ifindex: int32(bytes, at + 4), ...(gateway !== undefined && { gateway }) });
    at += aligned(length);
  }
  return hops;
}

/** A route to be set or removed. */
export interface RouteSpecification {
  readonly family: Family;
  /** Length 0 is the default route. */
  readonly destination: Prefix;
  readonly gateway?: IpAddress;
  /** 0 for routes that have none: unreachable, blackhole. */
  readonly ifindex: number;
  /** RTA_PRIORITY; the kernel's choice if not given (IPv4 0, IPv6 1024). */
  readonly metric?: number;
  /** Main (254) if not given. */
  readonly table?: number;
  /** RTPROT_: static (4) if not given; 0 matches any when removing. */
  readonly protocol?: number;
  /** RT_SCOPE_; if not given link for IPv4 without a gateway and universe otherwise. */
  readonly scope?: number;
  /** RTN_: unicast (1) if not given. */
  readonly type?: number;
  readonly preferredSource?: IpAddress;
  readonly mtu?: number;
  /** The gateway is on the link although no prefix says so. */
  readonly onLink?: boolean;
  /** RFC 4191 preference of an IPv6 route: 1 high, 3 low. */
  readonly preference?: 1 | 3;
}

function encodeRoute(route: RouteSpecification, scope: number): Uint8Array {
  const { destination, gateway, metric, preferredSource, mtu, preference } = route;
  const table = route.table ?? RT_TABLE_MAIN;
  const writer = new MessageWriter()
    .uint8s(domainOf(route.family), destination.length, 0, 0)
    .uint8s(table < 256 ? table : 0, route.protocol ?? 4, scope, route.type ?? RTN_UNICAST)
    .uint32(route.onLink ? RTNH_F_ONLINK : 0);
  if (destination.length > 0) writer.attribute(RTA_DST, ipToBytes(destination.address));
  if (gateway !== undefined) writeGateway(writer, route.family, gateway);
  if (route.ifindex) writer.attribute32(RTA_OIF, route.ifindex);
  if (metric !== undefined) writer.attribute32(RTA_PRIORITY, metric);
  if (preferredSource !== undefined) writer.attribute(RTA_PREFSRC, ipToBytes(preferredSource));
  if (table > 255) writer.attribute32(RTA_TABLE, table);
  if (mtu !== undefined) writer.attributeNested(RTA_METRICS, (inner) => inner.attribute32(RTAX_MTU, mtu));
  if (preference !== undefined) writer.attribute8(RTA_PREF, preference);
  return writer.finish();
}

function writeGateway(writer: MessageWriter, family: Family, gateway: IpAddress): void {
  const address = ipToBytes(gateway);
  if (address.length === (family === 4 ? 4 : 16)) {
    writer.attribute(RTA_GATEWAY, address);
    return;
  }
  const domain = new MessageWriter().uint16s(domainOf(family === 4 ? 6 : 4), 0).finish();
  const via = new Uint8Array(2 + address.length);
  via.set(domain.subarray(0, 2));
  via.set(address, 2);
  writer.attribute(RTA_VIA, via);
}

function ordinaryScope(route: RouteSpecification): number {
  return route.scope ?? (route.family === 4 && route.gateway === undefined && route.ifindex ? RT_SCOPE_LINK : 0);
}

function objectOf(route: RouteSpecification): string {
  const via = route.gateway === undefined ? '' : ` via ${route.gateway}`;
  return `link ${route.ifindex}: ${formatPrefix(route.destination)}${via}`;
}

/** Adds a route; EEXIST if there is one with this destination and metric (and, for IPv6, this gateway). */
export function addRoute(route: RouteSpecification): ChangeRequest {
  return {
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: encodeRoute(route, ordinaryScope(route)),
    call: 'adding the route',
    object: objectOf(route),
  };
}

/** Adds a route behind those with its destination and metric; EEXIST if the very same one is there. */
export function appendRoute(route: RouteSpecification): ChangeRequest {
  return { ...addRoute(route), flags: NLM_F_CREATE | NLM_F_APPEND };
}

/** Adds a route, or puts it in the place of the first one with its destination and metric, in one step. */
export function replaceRoute(route: RouteSpecification): ChangeRequest {
  return {
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    body: encodeRoute(route, ordinaryScope(route)),
    call: 'replacing the route',
    object: objectOf(route),
  };
}

/** Removes the first route that matches in all that is given; ESRCH if none does. */
export function removeRoute(route: RouteSpecification): ChangeRequest {
  return {
    type: RTM_DELROUTE,
    flags: 0,
    body: encodeRoute({ protocol: 0, ...route }, route.scope ?? RT_SCOPE_NOWHERE),
    call: 'removing the route',
    object: objectOf(route),
  };
}

/** The part of the routing tables to be dumped; the kernel leaves out the rest. */
export interface RouteDumpFilter {
  /** Both if not given. */
  readonly family?: Family;
  /** All tables if not given. */
  readonly table?: number;
  readonly ifindex?: number;
  /** RTPROT_. */
  readonly protocol?: number;
}

/** How the kernel would send to an address now; its answer is one route, of which the link and the source address count. */
export function routeLookup(destination: IpAddress): ChangeRequest {
  const bytes = ipToBytes(destination);
  const domain = bytes.length === 4 ? 4 : 6;
  const writer = new MessageWriter()
    .uint8s(domainOf(domain), 8 * bytes.length, 0, 0)
    .uint8s(0, 0, 0, 0)
    .uint32(0);
  const body = writer.attribute(RTA_DST, bytes).finish();
  return { type: RTM_GETROUTE, flags: 0, body, call: 'looking it up', object: `the route to ${destination}` };
}

/** Of the answer; the kernel marks it as a copy. Undefined for what is too short. */
export function decodeLookup(bytes: Uint8Array, start: number, end: number): RouteFact | undefined {
  const family = end - start < RTMSG_BYTES ? undefined : familyOfDomain(bytes[start]);
  return family && decodeBody(family, bytes, start, end);
}

export function dumpRoutes({ family, table = 0, ifindex, protocol = 0 }: RouteDumpFilter = {}): DumpRequest {
  const writer = new MessageWriter()
    .uint8s(family ? domainOf(family) : 0, 0, 0, 0)
    .uint8s(table < 256 ? table : 0, protocol, 0, 0)
    .uint32(0);
  if (table > 255) writer.attribute32(RTA_TABLE, table);
  if (ifindex) writer.attribute32(RTA_OIF, ifindex);
  return { type: RTM_GETROUTE, body: writer.finish(), object: 'routes' };
}
