/** What a user has set for a service: its IP methods, servers and proxy. The values of the *.Configuration properties. */
import type { Ipv4Address, Ipv6Address } from '@connman/inet';

export interface Ipv4Config {
  readonly method: 'dhcp' | 'manual' | 'off';
  readonly address?: Ipv4Address;
  readonly netmask?: Ipv4Address;
  readonly gateway?: Ipv4Address;
}

export interface Ipv6Config {
  readonly method: 'auto' | 'manual' | 'off';
  readonly address?: Ipv6Address;
  readonly prefixLength?: number;
  readonly gateway?: Ipv6Address;
  readonly privacy: 'disabled' | 'enabled' | 'prefered';
}

export interface ProxyConfig {
  readonly method: 'direct' | 'manual' | 'auto';
  readonly url: string;
  readonly servers: readonly string[];
  readonly excludes: readonly string[];
}
