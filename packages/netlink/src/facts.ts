/** What rtnetlink says, as plain values: the vocabulary between the kernel and everything above it. */
import type { Family, IpAddress, Ipv6Address, MacAddress, Prefix } from '@connman/inet';

/** A link (struct ifinfomsg and its IFLA_ attributes). */
export interface LinkFact {
  readonly ifindex: number;
  readonly name: string;
  /** ARPHRD_ value: 1 ethernet, 772 loopback, 512 ppp, 65534 none. */
  readonly hardwareType: number;
  /** Empty for links without an Ethernet address. */
  readonly mac: MacAddress | '';
  /** IFLA_PERM_ADDRESS: the hardware's own; absent where the driver does not say. */
  readonly permanentMac?: MacAddress;
  readonly mtu: number;
  /** IFF_UP: switched on, by this or another program. */
  readonly up: boolean;
  /** The link carries packets: IFF_LOWER_UP, and its operstate is up or unknown; a dormant link has none. */
  readonly carrier: boolean;
  /** RFC 2863 operstate: 0 unknown, 2 down, 5 dormant, 6 up. */
  readonly operstate: number;
  /** ifindex of the bridge or bond it is a member of; 0 for none. */
  readonly master: number;
  /** IFLA_INFO_KIND: 'veth', 'dummy', 'vlan', 'bridge', ...; empty for plain hardware. */
  readonly kind: string;
  /** VLAN id when kind is 'vlan'; 0 otherwise. */
  readonly vlanId: number;
  /** IFLA_PHYS_PORT_NAME ('p0', ...); empty if none. */
  readonly physicalPort: string;
  /** Absent if no router has set one. */
  readonly routerFlags?: RouterFlags;
}

/** An address of a link (struct ifaddrmsg). */
export interface AddressFact {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** The other end, when it differs from the address itself. */
  readonly peer?: IpAddress;
  readonly broadcast?: IpAddress;
  /** RT_SCOPE_: 0 universe, 253 link, 254 host. */
  readonly scope: number;
  /** IFA_F_ bits: 0x40 tentative, 0x08 dadfailed, 0x80 permanent, 0x01 temporary, 0x20 deprecated. */
  readonly flags: number;
  /** Seconds as told when the message was sent; 4294967295 is for ever. */
  readonly validSeconds: number;
  readonly preferredSeconds: number;
  /** IFA_PROTO: who put it there; 0 if not told. */
  readonly protocol: number;
}

/** A route (struct rtmsg). */
export interface RouteFact {
  readonly family: Family;
  /** Length 0 is the default route. */
  readonly destination: Prefix;
  readonly gateway?: IpAddress;
  /** Output interface; 0 for multipath and for unreachable routes. */
  readonly ifindex: number;
  /** RTA_PRIORITY; 0 for IPv4 when not told. */
  readonly metric: number;
  /** 254 is main. */
  readonly table: number;
  /** RTPROT_: 2 kernel, 3 boot, 4 static, 9 ra, 16 dhcp. */
  readonly protocol: number;
  readonly scope: number;
  /** RTN_: 1 unicast, 7 unreachable. */
  readonly type: number;
  readonly preferredSource?: IpAddress;
  /** RTAX_MTU, when the route has one of its own. */
  readonly mtu?: number;
  /** The ways of a multipath route; it has no gateway and ifindex 0 then. */
  readonly nextHops?: readonly NextHop[];
}

/** One way of a multipath route (struct rtnexthop). */
export interface NextHop {
  readonly ifindex: number;
  readonly gateway?: IpAddress;
}

export interface NeighbourFact {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly mac: MacAddress | '';
  /** NUD_ bits. */
  readonly state: number;
}

/** A policy routing rule (struct fib_rule_hdr). */
export interface RuleFact {
  readonly family: Family;
  readonly priority: number;
  readonly table: number;
  /** FR_ACT_: 1 to table. */
  readonly action: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly fwmark: number;
  readonly inputInterface: string;
  readonly outputInterface: string;
  /** Routes with a prefix of this length or a shorter one do not count; absent: all do. */
  readonly suppressPrefixLength?: number;
  /** User ids of the sockets it is for; absent: all. */
  readonly users?: { readonly from: number; readonly to: number };
  /** RTPROT_ of who put it there; 0 if not told (before Linux 4.17). */
  readonly protocol: number;
}

/** An option of a router advertisement that is about names (RFC 8106), portals or translation; 4294967295 seconds are for ever, 0 takes back. */
export type RouterOption =
  /** RDNSS. */
  | { readonly kind: 'nameservers'; readonly addresses: readonly Ipv6Address[]; readonly lifetimeSeconds: number }
  /** DNSSL; names in lower case, without a dot at the end. */
  | { readonly kind: 'search-domains'; readonly domains: readonly string[]; readonly lifetimeSeconds: number }
  /** RFC 8910 section 2.3: where the network says whether a captive portal is in the way. */
  | { readonly kind: 'captive-portal'; readonly uri: string }
  /** RFC 8781: the prefix of the network's translation to IPv4 (NAT64). */
  | { readonly kind: 'nat64'; readonly prefix: Prefix<Ipv6Address>; readonly lifetimeSeconds: number };

/** What the kernel passes on of a router advertisement (struct nduseroptmsg); it keeps nothing of it. */
export interface RouterOptions {
  readonly ifindex: number;
  readonly options: readonly RouterOption[];
}

/** What routers say in their advertisements of how addresses are had (RFC 4861 section 4.2). */
export interface RouterFlags {
  /** M: addresses are managed, DHCPv6 has them. */
  readonly managed: boolean;
  /** O: DHCPv6 has other configuration. */
  readonly other: boolean;
}

export type KernelEvent =
  | { readonly kind: 'link'; readonly link: LinkFact }
  | { readonly kind: 'link-gone'; readonly ifindex: number; readonly name: string }
  | { readonly kind: 'address'; readonly address: AddressFact }
  | { readonly kind: 'address-gone'; readonly address: AddressFact }
  /** `replaces` (NLM_F_REPLACE): another route with its destination and metric is gone with this, and not told of again. */
  | { readonly kind: 'route'; readonly route: RouteFact; readonly replaces: boolean }
  | { readonly kind: 'route-gone'; readonly route: RouteFact }
  | { readonly kind: 'rule'; readonly rule: RuleFact }
  | { readonly kind: 'rule-gone'; readonly rule: RuleFact }
  | ({ readonly kind: 'router-options' } & RouterOptions)
  /** The flags of a link's routers have changed; absent if none is set. */
  | { readonly kind: 'router-flags'; readonly ifindex: number; readonly flags?: RouterFlags };
