/**
 * How far a service has come. A service is ready because Observed shows its address and its route, not because a request
 * was sent; what is missing has a name each, and no names left means ready.
 */
import type { Family } from '@connman/inet';
import type { Contribution } from '../ipconfig/contribution';
import type { PendingReason } from '../ipconfig/pending';
import { dhcp4 } from '../ipconfig/sources/dhcp4';
import { sources } from '../ipconfig/sources/index';
import type { Configured, IpSource } from '../ipconfig/sources/source';
import type { Observed } from '../observed/tables';
import type { Service } from './service';

/** By service as it is: many stages ask, and a service that has changed is another object. */
const known = new WeakMap<Service, readonly Contribution[]>();
const noContributions: readonly Contribution[] = [];

/** What a connected service brings to Desired. */
export function contributionsOf(service: Service): readonly Contribution[] {
  const before = known.get(service);
  if (before) return before;
  const configured = configuredOf(service);
  const contributions = configured
    ? wantedOf(configured).flatMap((source) => source.contribution(configured) ?? [])
    : noContributions;
  known.set(service, contributions);
  return contributions;
}

/** What a family still lacks; empty when it is ready, undefined when it is not wanted at all. */
export function pendingOfFamily(
  service: Service,
  family: Family,
  observed: Observed,
): readonly PendingReason[] | undefined {
  const configured = configuredOf(service);
  if (!configured) return undefined;
  const wanted = wantedOf(configured).filter((source) => source.family === family);
  if (wanted.length === 0) return undefined;
  const pending = wanted.map((source) => source.pending(configured, observed));
  // One source that is ready is enough.
  return pending.find((reasons) => reasons.length === 0) ?? [...new Set(pending.flat())];
}

/** Whether a DHCPv4 client is to run on the service's link. */
export function wantsDhcp4(service: Service): boolean {
  const configured = configuredOf(service);
  return configured !== undefined && dhcp4.isWanted(configured);
}

function configuredOf({ settings, connection }: Service): Configured | undefined {
  return connection?.link && { settings, connection, link: connection.link };
}

function wantedOf(configured: Configured): IpSource[] {
  return sources.filter((source) => source.isWanted(configured));
}
