/** What a client may set of a service: a property's name and its checked value. */
import type { DataBudget } from '@connman/base';
import type { MacAddressPolicy } from '@connman/contracts';
import type { StaticRoute } from '@connman/inet';
import type { Ipv4Config, Ipv6Config, ProxyConfig } from '../ipconfig/ip-settings';
import type { MeteredChoice } from './settings';

export type ServiceSetting =
  | { readonly name: 'AutoConnect'; readonly value: boolean }
  | { readonly name: 'IPv4.Configuration'; readonly value: Ipv4Config }
  | { readonly name: 'IPv6.Configuration'; readonly value: Ipv6Config }
  | { readonly name: 'Nameservers.Configuration'; readonly value: readonly string[] }
  | { readonly name: 'Timeservers.Configuration'; readonly value: readonly string[] }
  | { readonly name: 'Domains.Configuration'; readonly value: readonly string[] }
  | { readonly name: 'Proxy.Configuration'; readonly value: ProxyConfig }
  | { readonly name: 'mDNS.Configuration'; readonly value: boolean }
  /** Not ConnMan's, as the next ones. */
  | { readonly name: 'MACAddressPolicy'; readonly value: MacAddressPolicy }
  | { readonly name: 'Metered'; readonly value: MeteredChoice }
  | { readonly name: 'DataBudget'; readonly value: DataBudget | 'none' }
  | { readonly name: 'Routes.Configuration'; readonly value: readonly StaticRoute[] };
