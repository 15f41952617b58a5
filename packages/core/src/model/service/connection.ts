/** The way of a service from Connect to ready, and while it stays connected. */
import type { Instant } from '@connman/base';
import type { DeviceId, DhcpServerClient, NetworkId, NetworkSecurity, ProvidedIp, SecretRef } from '@connman/contracts';
import type { Family, Ipv4Address } from '@connman/inet';
import type { Dhcp4State, Dhcp6State } from '../ipconfig/dhcp-state';
import type { Network } from '../network/network';
import type { Nat64Search } from '../online/nat64-search';
import type { ProxySearch } from '../online/proxy-search';
import { kindOf } from '../technology/kinds';
import type { ShownVerdict } from '../uplink/way';

export interface Connection {
  readonly reason: 'auto' | 'user' | 'session';
  readonly since: Instant;
  /** Connect() calls waiting for the outcome. */
  readonly waiting: readonly number[];
  /** The client that asked for it: its own agent is asked first (rule 25). */
  readonly caller?: string;
  /** The network it goes by, and the device that is in it or is to join it. */
  readonly network: NetworkId;
  readonly device: DeviceId;
  /** The association attempt under way, or the one that succeeded; 0 while none was begun. */
  readonly attempt: number;
  /** The first attempt of this connection: a random hardware address is kept for the later ones. */
  readonly firstAttempt?: number;
  /** The next attempt is not made before; the failures in a row that made it so. */
  readonly associateAt?: Instant;
  readonly failedAttempts: number;
  /** The link, once the network is joined. */
  readonly link?: ConnectionLink;
  /** When the attempt was begun. */
  readonly attemptAt?: Instant;
  /** The network was lost and is to be got back: a failed attempt is not yet the end. */
  readonly isRestoring?: true;
  /** The network hides its name, which the user has said; the network of that name takes over when it is heard. */
  readonly seeks?: SoughtNetwork;
  /** The user chose WPS, by PIN or by the button. */
  readonly wps?: { readonly pin?: SecretRef };
  /** The user is being asked for what the network wants to know. */
  readonly asking?: true;
  /** Per family: changes when it is to be configured again, although its configuration is the same (rule 70). */
  readonly rounds: Readonly<Record<Family, number>>;
  readonly dhcp4: Dhcp4State;
  readonly dhcp6: Dhcp6State;
  /** Per family: the online check has succeeded. */
  readonly online: Readonly<Record<Family, boolean>>;
  /** Per family that offers a way beyond the link, where there are several uplinks: whether it leads to the internet. */
  readonly ways?: Partial<Record<Family, ShownVerdict>>;
  /** The proxy that is looked for by name. */
  readonly proxySearch?: ProxySearch;
  /** The network's NAT64 prefixes, by DNS. */
  readonly nat64Search?: Nat64Search;
  /** The user turned the portal down: the online check is over for this connection. */
  readonly portalRefused: boolean;
  /** Was ready at least once on this connection. */
  readonly wasReady: boolean;
}

export interface SoughtNetwork {
  /** Hexadecimal. */
  readonly ssid: string;
  readonly security: NetworkSecurity;
  /** MHz; 0 if not known. */
  readonly frequency: number;
}

export interface ConnectionLink {
  readonly ifindex: number;
  /** When the network was joined: what the link had before belongs to another one. */
  readonly since: Instant;
  /** IP configuration that came with the network. */
  readonly provided?: ProvidedIp;
  /** This machine made the network and gives the others addresses. */
  readonly isOwner?: true;
  /** The /24 that it gives them of, and those that have one. */
  readonly served?: { readonly network: Ipv4Address; readonly clients: readonly DhcpServerClient[] };
}

/** It waits until its network is heard again; scans go on meanwhile. Of a kind that is not heard nothing is to be waited for. */
export function isUnheard({ isRestoring, attempt, link }: Connection, network: Network): boolean {
  if (!isRestoring || link || attempt !== 0 || !kindOf(network.type).scan) return false;
  return network.link.kind === 'idle' && network.link.loss !== undefined;
}

/** A connection begins. */
export function newConnection(
  begun: Pick<Connection, 'reason' | 'since' | 'waiting' | 'caller' | 'network' | 'device'>,
): Connection {
  return {
    ...begun,
    attempt: 0,
    failedAttempts: 0,
    rounds: { 4: 0, 6: 0 },
    dhcp4: {},
    dhcp6: {},
    online: { 4: false, 6: false },
    portalRefused: false,
    wasReady: false,
  };
}

/** The network was lost or is left: what came with it is over. */
export function withoutLink({
  link: _,
  associateAt: __,
  attemptAt: ___,
  wps: ____,
  ways: _____,
  proxySearch: ______,
  nat64Search: _______,
  ...rest
}: Connection): Connection {
  return { ...rest, attempt: 0, dhcp4: {}, dhcp6: {}, online: { 4: false, 6: false } };
}
