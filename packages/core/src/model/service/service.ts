/** A service: a network we could be on. Its stored settings, what was asked of it, and how far it has come. */
import type { Instant } from '@connman/base';
import type { Dhcp4Lease, DnsTlsMode } from '@connman/contracts';
import type { Ipv4Address, MacAddress } from '@connman/inet';
import type { Contribution } from '../ipconfig/contribution';
import type { Ipv4Config, Ipv6Config, ProxyConfig } from '../ipconfig/ip-settings';

export type ServiceState = 'idle' | 'association' | 'configuration' | 'ready' | 'online' | 'disconnect' | 'failure';

export type ServiceError = '' | 'dhcp-failed' | 'connect-failed' | 'online-check-failed';

/** What the user or ConnMan's defaults say of a service, kept on disk once it was connected. */
export interface ServiceSettings {
  readonly favorite: boolean;
  readonly autoConnect: boolean;
  /** When its order or state last changed, in milliseconds since the epoch; 0 if never. */
  readonly modified: number;
  readonly ipv4: Ipv4Config;
  readonly ipv6: Ipv6Config;
  /** Addresses; one of a link alone may name its link (`fe80::1%eth0`). */
  readonly nameservers: readonly string[];
  readonly timeservers: readonly string[];
  readonly domains: readonly string[];
  /** Absent until the user sets one: the network decides. */
  readonly proxy?: ProxyConfig;
  readonly mdns: boolean;
  /** In place of DNSOverTLS in main.conf; no client sets it, a person writes it into the service's file. */
  readonly dnsOverTls?: DnsTlsMode;
  /** The address the last lease gave (IPv4.DHCP.LastAddress), asked for again. */
  readonly lastAddress?: Ipv4Address;
}

/** The way of a service from Connect to ready, and while it stays connected. */
export interface Connection {
  readonly reason: 'auto' | 'user';
  readonly since: Instant;
  /** Connect() calls waiting for the outcome. */
  readonly waiting: readonly number[];
  /** The client that asked for it: its own agent is asked first (rule 25). */
  readonly caller?: string;
  /** Changes when a family is to be configured anew, although its configuration is the same (rule 70). */
  readonly ipv4Round: number;
  /** What was found on the link at the start and is kept until DHCP has spoken. */
  readonly adopted?: Contribution;
  /** A lease, or an address of RFC 3927 while no server answers. */
  readonly dhcp4?: Contribution;
  /** The address of RFC 3927 the DHCP client offered while no server answers. */
  readonly linkLocal?: Ipv4Address;
  readonly lease?: Dhcp4Lease;
  readonly online4: boolean;
  readonly online6: boolean;
  /** The user turned the portal down: the online check is over for this connection. */
  readonly portalRefused: boolean;
  /** Was ready at least once on this connection. */
  readonly wasReady: boolean;
}

export interface AddressConflict {
  readonly address: Ipv4Address;
  readonly mac: MacAddress;
  /** Milliseconds since the epoch. */
  readonly wallTime: number;
  readonly resolved: boolean;
}

export interface Service {
  readonly id: string;
  readonly type: 'ethernet';
  readonly name: string;
  readonly ifindex: number;
  readonly settings: ServiceSettings;
  /** False until its settings are on disk (ConnMan's new_service). */
  readonly stored: boolean;
  /** Absent while nobody wants it connected. */
  readonly connection?: Connection;
  readonly error: ServiceError;
  /** Failures in a row, and when auto-connect comes back after the last. */
  readonly failures: number;
  readonly retryAt?: Instant;
  /** Then it is connected as the user asked, whatever AutoConnect says. */
  readonly retriesAsUser?: true;
  /** Disconnected, but the kernel still shows an address of it. */
  readonly leaving: boolean;
  /** The user disconnected it: auto-connect leaves it alone (rule 66). */
  readonly ignore: boolean;
  readonly lastConflict?: AddressConflict;
  readonly ipv4State: ServiceState;
  readonly ipv6State: ServiceState;
  readonly state: ServiceState;
  /** What is still missing, in words of the log; empty when ready. */
  readonly pending: readonly string[];
  /** Offers a way beyond its link: a default route of either family. */
  readonly hasUplink: boolean;
}

/** Rule 49: equal states stay, idle loses, then the first of this order wins. */
const precedence: readonly ServiceState[] = [
  'online',
  'ready',
  'configuration',
  'association',
  'disconnect',
  'failure',
  'idle',
];

export function combineStates(ipv4: ServiceState, ipv6: ServiceState): ServiceState {
  return precedence.find((state) => state === ipv4 || state === ipv6) ?? 'idle';
}

export function isConnected(state: ServiceState): boolean {
  return state === 'ready' || state === 'online';
}

export function isConnecting(state: ServiceState): boolean {
  return state === 'association' || state === 'configuration';
}

export const servicePath = (id: string): string => `/net/connman/service/${id}`;
