/** A service's settings: what is stored of it, and how its network is joined. */
import type { DataBudget } from '@connman/base';
import type { DnsTlsMode, EapProfile, MacAddressPolicy, SecretRef, StrongSecurity } from '@connman/contracts';
import type { Duid, Ipv4Address, StaticRoute } from '@connman/inet';
import type { Ipv4Config, Ipv6Config, ProxyConfig } from '../ipconfig/ip-settings';

export const meteredChoices = ['auto', 'yes', 'no'] as const;
export type MeteredChoice = (typeof meteredChoices)[number];

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
  /** The hardware address that the network sees; absent means the device's own. */
  readonly macAddressPolicy?: MacAddressPolicy;
  /** Whether it is paid by the byte; absent or `auto`: guessed by its network. */
  readonly metered?: MeteredChoice;
  /** What it may carry before others come first. */
  readonly dataBudget?: DataBudget | undefined;
  readonly dataUsed?: DataUsed | undefined;
  /** Static routes of the user; absent: none. */
  readonly routes?: readonly StaticRoute[];
  /** Who we are to DHCPv6 servers (IPv6.DHCP.DUID); kept from the first time one was asked. */
  readonly duid?: Duid;
  /** The address the last lease gave (IPv4.DHCP.LastAddress), asked for again. */
  readonly lastAddress?: Ipv4Address;
  /** The section of a *.config file that set all of this; no one else changes it (rule 68). */
  readonly provision?: ProvisionOrigin;
  /** How to join the network; absent where it needs nothing. */
  readonly access?: AccessSettings;
}

/** Bytes in both directions, as of the last count that was kept, and in which month that was (as 2026-11, UTC). */
export interface DataUsed {
  readonly bytes: number;
  readonly month: string;
}

/** What joining the network takes, and where it was heard last. */
export interface AccessSettings {
  /** Hexadecimal. */
  readonly ssid?: string;
  /** It hides its SSID and is asked for by name. */
  readonly hidden?: boolean;
  /** MHz, of the last connection: looked for there first (rule 77). */
  readonly frequency?: number;
  readonly passphrase?: SecretRef;
  /** Succeeded here before: nothing weaker will do. */
  readonly atLeast?: StrongSecurity;
  readonly eap?: EapProfile<SecretRef>;
}

/** Auto-connect looks for it on the frequency of its last connection. */
export function isSoughtAfter({ favorite, autoConnect, access }: ServiceSettings): boolean {
  return favorite && autoConnect && access?.frequency !== undefined;
}

/** The file's name without `.config`, and the section's without `service_`. */
export interface ProvisionOrigin {
  readonly file: string;
  readonly ident: string;
}
