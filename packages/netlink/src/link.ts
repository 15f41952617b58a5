/** Links: struct ifinfomsg and the IFLA_ attributes (linux/if_link.h). */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { type MacAddress, macFromBytes, macToBytes } from '@connman/inet';
import type { LinkFact, RouterFlags } from './facts';
import type { ChangeRequest, DumpRequest } from './request';
import { AttributeReader, int32, MessageWriter, NLM_F_CREATE, NLM_F_EXCL, uint16, uint32 } from './wire';

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;

/** struct ifinfomsg. */
const IFINFO_BYTES = 16;

const IFF_UP = 0x1;
const IFF_LOWER_UP = 0x10000;
const IFF_DORMANT = 0x20000;

const IF_OPER_UNKNOWN = 0;
const IF_OPER_UP = 6;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_WIRELESS = 11;
const IFLA_OPERSTATE = 16;
const IFLA_LINKINFO = 18;
const IFLA_EXT_MASK = 29;
const IFLA_PHYS_PORT_NAME = 38;
const IFLA_PERM_ADDRESS = 54;
const IFLA_PROTINFO = 12;
const IFLA_AF_SPEC = 26;
const IFLA_INET6_FLAGS = 1;
const AF_INET6 = 10;
/** IF_RA_: bits of IFLA_INET6_FLAGS (linux/if_link.h has no names for them, net/if_inet6.h has). */
const IF_RA_MANAGED = 0x40;
const IF_RA_OTHERCONF = 0x80;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_VLAN_ID = 1;
const IFLA_BR_FORWARD_DELAY = 1;
/** Leaves the counters out of a dump: a third of its size. */
const RTEXT_FILTER_SKIP_STATS = 8;

/**
 * The body of an RTM_NEWLINK or RTM_DELLINK; undefined if the message tells something else than the link's own state:
 * a bridge speaks of its ports (ifi_family AF_BRIDGE), a wireless driver of its events, in messages of the same type,
 * and there RTM_DELLINK does not mean that the link is gone.
 */
export function decodeLink(bytes: Uint8Array, start: number, end: number): Result<LinkFact | undefined, DecodeError> {
  if (end - start < IFINFO_BYTES) return err({ layer: 'rtnetlink link', offset: start, reason: 'header cut short' });
  if (bytes[start] !== 0) return ok(undefined);
  const flags = uint32(bytes, start + 8);
  let name = '';
  let mac: MacAddress | '' = '';
  let permanentMac: MacAddress | undefined;
  let mtu = 0;
  let operstate = 0;
  let master = 0;
  let kind = '';
  let vlanId = 0;
  let physicalPort = '';
  let routerFlags: RouterFlags | undefined;
  const attributes = new AttributeReader(bytes, start + IFINFO_BYTES, end);
  while (attributes.next()) {
    switch (attributes.type) {
      case IFLA_ADDRESS:
        if (attributes.length === 6) mac = macFromBytes(bytes, attributes.start);
        break;
      case IFLA_PERM_ADDRESS:
        if (attributes.length === 6) permanentMac = macFromBytes(bytes, attributes.start);
        break;
      case IFLA_IFNAME:
        name = attributes.text();
        break;
      case IFLA_MTU:
        mtu = attributes.number();
        break;
      case IFLA_MASTER:
        master = attributes.number();
        break;
      case IFLA_WIRELESS:
        return ok(undefined);
      case IFLA_OPERSTATE:
        operstate = attributes.number();
        break;
      case IFLA_LINKINFO:
        ({ kind, vlanId } = decodeLinkInfo(attributes.nested()));
        break;
      case IFLA_AF_SPEC:
        routerFlags = ofInet6(attributes.nested());
        break;
      case IFLA_PHYS_PORT_NAME:
        physicalPort = attributes.text();
        break;
    }
  }
  if (name === '') return err({ layer: 'rtnetlink link', offset: start, reason: 'no IFLA_IFNAME' });
  return ok({
    ifindex: int32(bytes, start + 4),
    name,
    hardwareType: uint16(bytes, start + 2),
    mac,
    ...(permanentMac === undefined ? {} : { permanentMac }),
    mtu,
    up: (flags & IFF_UP) !== 0,
    carrier: isOperational(flags, operstate),
    operstate,
    master,
    kind,
    vlanId,
    physicalPort,
    ...(routerFlags && { routerFlags }),
  });
}

/** The body of an RTM_NEWLINK of IPv6 (ifi_family AF_INET6); undefined if it is none, or says nothing of routers. */
export function decodeRouterFlags(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly ifindex: number; readonly flags?: RouterFlags } | undefined {
  if (end - start < IFINFO_BYTES || bytes[start] !== AF_INET6) return undefined;
  const attributes = new AttributeReader(bytes, start + IFINFO_BYTES, end);
  while (attributes.next()) {
    if (attributes.type !== IFLA_PROTINFO) continue;
    const flags = flagsOf(attributes.nested());
    return { ifindex: int32(bytes, start + 4), ...(flags && { flags }) };
  }
  return undefined;
}

function ofInet6(families: AttributeReader): RouterFlags | undefined {
  while (families.next()) if (families.type === AF_INET6) return flagsOf(families.nested());
  return undefined;
}

function flagsOf(attributes: AttributeReader): RouterFlags | undefined {
  while (attributes.next()) {
    if (attributes.type !== IFLA_INET6_FLAGS) continue;
    const bits = attributes.number();
    const [managed, other] = [(bits & IF_RA_MANAGED) !== 0, (bits & IF_RA_OTHERCONF) !== 0];
    return managed || other ? { managed, other } : undefined;
  }
  return undefined;
}

/**
 * The driver's carrier (IFF_LOWER_UP) is told before the kernel has opened the link's queues, and while 802.1X has not authorised
 * it (dormant): what is sent then is dropped. Drivers that keep no operstate leave it unknown.
 */
function isOperational(flags: number, operstate: number): boolean {
  if ((flags & IFF_LOWER_UP) === 0) return false;
  return operstate === IF_OPER_UP || (operstate === IF_OPER_UNKNOWN && (flags & IFF_DORMANT) === 0);
}

function decodeLinkInfo(attributes: AttributeReader): { kind: string; vlanId: number } {
  let kind = '';
  let data: AttributeReader | undefined;
  while (attributes.next()) {
    if (attributes.type === IFLA_INFO_KIND) kind = attributes.text();
    else if (attributes.type === IFLA_INFO_DATA) data = attributes.nested();
  }
  let vlanId = 0;
  // The numbers inside mean something else for each kind.
  if (kind === 'vlan') while (data?.next()) if (data.type === IFLA_VLAN_ID) vlanId = data.number();
  return { kind, vlanId };
}

function header(ifindex: number, flags: number, change: number): MessageWriter {
  return new MessageWriter().uint32(0).uint32(ifindex).uint32(flags).uint32(change);
}

/** All links of the namespace. */
export function dumpLinks(): DumpRequest {
  const body = header(0, 0, 0).attribute32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS).finish();
  return { type: RTM_GETLINK, body, object: 'links' };
}

/** One link by its name, which costs the same however many there are. ENODEV if there is none. */
export function linkLookup(name: string): ChangeRequest {
  const writer = header(0, 0, 0).attribute32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS).attributeText(IFLA_IFNAME, name);
  return { type: RTM_GETLINK, flags: 0, body: writer.finish(), call: 'looking it up', object: `link ${name}` };
}

export interface LinkSettings {
  /** Switched on or off; as it is if not given. */
  readonly up?: boolean;
  /** As it is if not given. */
  readonly mtu?: number;
  /** As it is if not given. Most drivers refuse another one while the link is up. */
  readonly mac?: MacAddress;
  /** ifindex of the bridge or bond it becomes a member of, 0 for none; as it is if not given. */
  readonly master?: number;
}

/** Switches a link on or off, sets its MTU, its address or its bridge, or several of these at once. */
export function setLink(ifindex: number, { up, mtu, mac, master }: LinkSettings): ChangeRequest {
  const writer = header(ifindex, up ? IFF_UP : 0, up === undefined ? 0 : IFF_UP);
  if (mtu !== undefined) writer.attribute32(IFLA_MTU, mtu);
  if (mac !== undefined) writer.attribute(IFLA_ADDRESS, macToBytes(mac));
  if (master !== undefined) writer.attribute32(IFLA_MASTER, master);
  const what = [
    up === undefined ? '' : `switching it ${up ? 'on' : 'off'}`,
    mtu === undefined ? '' : `MTU ${mtu}`,
    mac === undefined ? '' : `address ${mac}`,
    master === undefined ? '' : master === 0 ? 'taking it from its bridge' : `putting it into bridge ${master}`,
  ];
  return {
    type: RTM_SETLINK,
    flags: 0,
    body: writer.finish(),
    call: what.filter(Boolean).join(' with '),
    object: `link ${ifindex}`,
  };
}

/** Makes a link of a kind that needs no other settings: 'wireguard', 'dummy', 'bridge'. EEXIST if the name is in use. */
export function addLink(name: string, kind: string): ChangeRequest {
  const writer = header(0, 0, 0)
    .attributeText(IFLA_IFNAME, name)
    .attributeNested(IFLA_LINKINFO, (info) => info.attributeText(IFLA_INFO_KIND, kind));
  return {
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: writer.finish(),
    call: `making it (kind ${kind})`,
    object: `link ${name}`,
  };
}

/**
 * Makes a bridge whose ports forward at once, without a spanning tree to wait for, and whose address stays whatever ports come and
 * go. EEXIST if the name is in use.
 */
export function addBridge(name: string, mac: MacAddress): ChangeRequest {
  const writer = header(0, 0, 0)
    .attributeText(IFLA_IFNAME, name)
    .attribute(IFLA_ADDRESS, macToBytes(mac))
    .attributeNested(IFLA_LINKINFO, (info) =>
      info
        .attributeText(IFLA_INFO_KIND, 'bridge')
        .attributeNested(IFLA_INFO_DATA, (data) => data.attribute32(IFLA_BR_FORWARD_DELAY, 0)),
    );
  return {
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: writer.finish(),
    call: 'making the bridge',
    object: `link ${name}`,
  };
}

/** Removes a link that a program has made; EOPNOTSUPP for hardware. */
export function removeLink(ifindex: number): ChangeRequest {
  return {
    type: RTM_DELLINK,
    flags: 0,
    body: header(ifindex, 0, 0).finish(),
    call: 'removing it',
    object: `link ${ifindex}`,
  };
}
