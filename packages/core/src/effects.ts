/** Everything the engine can ask of the outside. Plain values; the shell carries them out in order. */

import type { LogLevel } from '@connman/base';
import type {
  AdvertisementRequest,
  DhcpRequest,
  DhcpServerRequest,
  SecretRef,
  TechnologyCommand,
} from '@connman/contracts';
import type { Family, Ipv6Address } from '@connman/inet';
import type { FirewallChain } from '@connman/netlink';
import type { AgentCommand } from './model/agent/agent-registry';
import type { Borrowed } from './model/borrowed';
import type { ClockCommand } from './model/clock/clock';
import type { KeptLease, KeptLease6 } from './model/ipconfig/kept-lease';
import type { Change } from './model/ipconfig/plan';
import type { ObservedAddress } from './model/observed/tables';
import type { PortalView } from './model/onboarding/onboarding';
import type { Nat64SearchRequest } from './model/online/nat64-search';
import type { CheckRequest } from './model/online/online-machine';
import type { LoginRequest } from './model/online/portal-login';
import type { ProxySearchRequest } from './model/online/proxy-search';
import type { Outcome } from './model/outcome';
import type { DnsPlan } from './model/resolver/dns-plan';
import type { Service } from './model/service/service';
import type { GlobalSettings } from './model/technology/stored-settings';
import type { KeptTethering } from './model/tethering/tethering';
import type { HostCheck } from './model/trial/trial';
import type { WatchedUplink } from './model/uplink/evidence';

export type Effect =
  | { readonly kind: 'change'; readonly change: Change }
  /** A kernel-dump is needed: what was told cannot be made sense of without. */
  | { readonly kind: 'resync' }
  /** Writes a value under /proc/sys/net, if it differs. */
  | { readonly kind: 'sysctl'; readonly path: string; readonly value: string }
  /** The same for a while, and only in place of the value `instead`. */
  | { readonly kind: 'sysctl-borrow'; readonly path: string; readonly value: string; readonly instead: string }
  /** Gives back the value from before the first `sysctl-borrow`, of this run or the one before. */
  | { readonly kind: 'sysctl-restore'; readonly path: string }
  /** IPv6 addresses that are made on the link from now on are the service's own; given back by `sysctl-restore`. */
  | { readonly kind: 'stable-addresses'; readonly interfaceName: string; readonly service: string }
  /** For the next run of this boot: the MTU of a link while it is changed; absent when it is given back. */
  | { readonly kind: 'keep-mtu'; readonly ifindex: number; readonly mtu?: Borrowed<number> }
  /** An address that the kernel has made of an advertisement is not to be used for anything new. */
  | { readonly kind: 'deprecate-address'; readonly address: ObservedAddress }
  /** The routers of a link are to say at once what they advertise. */
  | { readonly kind: 'solicit-router'; readonly interfaceName: string }
  | { readonly kind: 'dhcp-start'; readonly request: DhcpRequest }
  /** The link was away for a moment: is the lease still good? */
  | { readonly kind: 'dhcp-renew'; readonly ifindex: number; readonly family: Family }
  | { readonly kind: 'dhcp-stop'; readonly ifindex: number; readonly family: Family; readonly release: boolean }
  | { readonly kind: 'dhcp-decline'; readonly ifindex: number; readonly address: Ipv6Address }
  /** The DHCP server of a shared connection; one that runs is replaced. */
  | { readonly kind: 'dhcp-server-start'; readonly request: DhcpServerRequest }
  | { readonly kind: 'dhcp-server-stop'; readonly ifindex: number }
  /** Router advertisements to its clients; what is new to those that go out already goes out at once. */
  | { readonly kind: 'advertise'; readonly request: AdvertisementRequest }
  /** What was advertised is taken back. */
  | { readonly kind: 'advertise-stop'; readonly ifindex: number }
  /** For all later runs: the prefix of this machine's own. */
  | { readonly kind: 'keep-unique-local'; readonly prefix: Ipv6Address }
  /** What the page of the onboarding access point shows; absent: there is none. */
  | { readonly kind: 'portal'; readonly view?: PortalView }
  /** For the next run of this boot; absent: nothing is shared. */
  | { readonly kind: 'keep-tethering'; readonly kept?: KeptTethering }
  /** For the next run of this boot. */
  | { readonly kind: 'keep-lease'; readonly family: 4; readonly service: string; readonly kept: KeptLease }
  | { readonly kind: 'keep-lease'; readonly family: 6; readonly service: string; readonly kept: KeptLease6 }
  | { readonly kind: 'drop-lease'; readonly family: Family; readonly service: string }
  /** For the driver of a technology. */
  | { readonly kind: 'technology'; readonly driver: string; readonly command: TechnologyCommand<SecretRef> }
  /** A table of the firewall has these chains and no others; without chains there is none. */
  | { readonly kind: 'firewall'; readonly table: string; readonly chains: readonly FirewallChain[] }
  | { readonly kind: 'online-check'; readonly request: CheckRequest }
  /** Answered by one `traffic-counted`. */
  | { readonly kind: 'count-traffic' }
  /** Answered by one `proxy-found`. */
  | { readonly kind: 'proxy-search'; readonly request: ProxySearchRequest }
  /** Answered by one `nat64-found`. */
  | { readonly kind: 'nat64-search'; readonly request: Nat64SearchRequest }
  | { readonly kind: 'host-check'; readonly request: HostCheck }
  | { readonly kind: 'online-cancel'; readonly checkId: number }
  /** Name and password go to a portal; answered by one `portal-login-result`. */
  | { readonly kind: 'portal-login'; readonly login: LoginRequest }
  /** The links of several uplinks, to be watched for signs that one leads nowhere; none is watched where it is empty. */
  | { readonly kind: 'watch-uplinks'; readonly uplinks: readonly WatchedUplink[] }
  | { readonly kind: 'dns'; readonly plan: DnsPlan }
  /** Answers that were remembered are not true any more. */
  | { readonly kind: 'dns-flush' }
  /** What the default service's network calls this host; empty for what it does not say. */
  | { readonly kind: 'host-names'; readonly hostname: string; readonly domain: string }
  | { readonly kind: 'reply'; readonly operation: number; readonly outcome: Outcome }
  | { readonly kind: 'agent'; readonly command: AgentCommand }
  | { readonly kind: 'clock'; readonly command: ClockCommand }
  | { readonly kind: 'store-service'; readonly service: Service }
  /** The same, with settings that are in force when it is written; `proposal-settled` says that it is. */
  | { readonly kind: 'propose-service'; readonly service: Service }
  /** What is stored of a service is deleted, statistics included. */
  | { readonly kind: 'forget-service'; readonly service: string }
  | { readonly kind: 'store-global'; readonly settings: GlobalSettings }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string };
