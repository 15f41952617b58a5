/** A service: a network we could be on, what was asked of it, and how far it has come. */
import type { Instant } from '@connman/base';
import type { AssociationError, NetworkId, TechnologyType } from '@connman/contracts';
import type { Family, Ipv4Address, MacAddress } from '@connman/inet';
import type { PendingReason } from '../ipconfig/pending';
import type { Connection } from './connection';
import type { ServiceSettings } from './settings';

export type ServiceState = 'idle' | 'association' | 'configuration' | 'ready' | 'online' | 'disconnect' | 'failure';

export type ServiceError = '' | 'dhcp-failed' | 'online-check-failed' | AssociationError;

export interface AddressConflict {
  readonly address: Ipv4Address;
  readonly mac: MacAddress;
  /** Milliseconds since the epoch. */
  readonly wallTime: number;
  readonly resolved: boolean;
}

/** How far one family has come. */
export interface FamilyStatus {
  readonly state: ServiceState;
  /** What is still missing; empty when ready, and while the family is not wanted. */
  readonly pending: readonly PendingReason[];
}

export interface Service {
  readonly id: string;
  readonly type: TechnologyType;
  readonly name: string;
  /** By which it can be reached, in the order in which they came; empty while none is heard. */
  readonly networks: readonly NetworkId[];
  /** 0 to 100, of the network heard best; 0 where it has no meaning. */
  readonly strength: number;
  readonly settings: ServiceSettings;
  /** False until its settings are on disk (ConnMan's new_service). */
  readonly stored: boolean;
  /** Absent while it is not to be connected. */
  readonly connection?: Connection;
  readonly error: ServiceError;
  /** Failures in a row, and when auto-connect comes back after the last. */
  readonly failures: number;
  readonly retryAt?: Instant;
  /** Then it is connected as the user asked, whatever AutoConnect says. */
  readonly retriesAsUser?: true;
  /** Disconnected, but the kernel still shows an address of it: keys of those addresses (addressKey). */
  readonly leaving?: readonly string[];
  /** The user disconnected it: auto-connect leaves it alone (rule 66). */
  readonly ignore: boolean;
  /** Its kill switch holds. */
  readonly isLocked?: true;
  readonly lastConflict?: AddressConflict;
  readonly families: Readonly<Record<Family, FamilyStatus>>;
  /** Of both families together. */
  readonly state: ServiceState;
  /** Offers a way beyond its link: a default route of either family. */
  readonly hasUplink: boolean;
}

/** Whether auto-connect has anything to do with it, now or at its `retryAt`, once a network of its can be joined. */
export function mayAutoConnect({ settings, ignore, connection, retriesAsUser }: Service): boolean {
  if (connection || ignore) return false;
  if (!retriesAsUser && (!settings.favorite || !settings.autoConnect)) return false;
  return settings.ipv4.method !== 'off' || settings.ipv6.method !== 'off';
}

export const families = [4, 6] as const satisfies readonly Family[];

export const idleFamilies: Service['families'] = {
  4: { state: 'idle', pending: [] },
  6: { state: 'idle', pending: [] },
};

/** A record with both families' values. */
export function perFamily<T>(value: (family: Family) => T): Record<Family, T> {
  return { 4: value(4), 6: value(6) };
}

/** The link the service goes by; undefined while it is not connected to a network. */
export function linkOf(service: Service): number | undefined {
  return service.connection?.link?.ifindex;
}

/** What is still missing, of both families. */
export function pendingOf({ families: { 4: ipv4, 6: ipv6 } }: Service): readonly PendingReason[] {
  return [...ipv4.pending, ...ipv6.pending];
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

export const serviceOfPath = (path: string): string => path.slice(servicePath('').length);
