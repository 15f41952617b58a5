/** A source of IP configuration: where the addresses of one family may come from. */
import type { Family } from '@connman/inet';
import type { Observed } from '../../observed/tables';
import type { Connection, ConnectionLink } from '../../service/connection';
import type { ServiceSettings } from '../../service/settings';
import type { Contribution } from '../contribution';
import type { PendingReason } from '../pending';

/** A service that is connected to a network, as its sources see it. */
export interface Configured {
  readonly settings: ServiceSettings;
  readonly connection: Connection;
  readonly link: ConnectionLink;
}

export interface IpSource {
  readonly name: 'static' | 'dhcp' | 'own-group' | 'dhcp6' | 'provided' | 'router-advertisement';
  readonly family: Family;
  /** Whether the service is to be configured by it. */
  isWanted(service: Configured): boolean;
  /** What it brings to Desired; undefined while it has nothing, and where the kernel configures by itself. */
  contribution(service: Configured): Contribution | undefined;
  /** What is still missing until the family is ready by it; empty when it is. */
  pending(service: Configured, observed: Observed): readonly PendingReason[];
}
