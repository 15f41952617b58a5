/** A context's Settings and IPv6.Settings as the IP configuration that comes with its network. */
import type { ProvidedIp } from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import {
  type IpAddress,
  type Ipv4Address,
  isIpv6LinkLocal,
  networkOf,
  type Prefix,
  parseIp,
  parseIpv4,
  parseIpv6,
  prefixLengthOf,
} from '@connman/inet';

type Settings = ReadonlyMap<string, Variant>;
type Address = ProvidedIp['addresses'][number];
type Route = ProvidedIp['routes'][number];

interface OfFamily {
  readonly address?: Address;
  readonly route?: Route;
  readonly nameservers: readonly IpAddress[];
}

const anywhere4: Prefix = { address: '0.0.0.0' as IpAddress, length: 0 };
const anywhere6: Prefix = { address: '::' as IpAddress, length: 0 };

/** Undefined where the modem has no address for us: then its link is configured as a cable is. */
export function providedIp(settings: Settings, settings6: Settings): ProvidedIp | undefined {
  const both = [ipv4(settings), ipv6(settings6)];
  const addresses = both.flatMap(({ address }) => address ?? []);
  if (addresses.length === 0) return undefined;
  return {
    addresses,
    routes: both.flatMap(({ route }) => route ?? []),
    nameservers: both.flatMap(({ nameservers }) => nameservers),
    domains: [],
    mtu: 0,
    servers: [],
    ...(settings.get('Method')?.as('s') === 'dhcp' && { dhcp4: true }),
  };
}

function ipv4(settings: Settings): OfFamily {
  const nameservers = nameserversOf(settings);
  const address = parseIpv4(textOf(settings, 'Address'));
  if (!address || textOf(settings, 'Method') === 'dhcp') return { nameservers };
  const mask = parseIpv4(textOf(settings, 'Netmask'));
  const prefixLength = (mask && prefixLengthOf(mask)) ?? 32;
  const gateway = parseIpv4(textOf(settings, 'Gateway'));
  // A bearer has one other end: a gateway that is not on the link is not needed to reach it.
  const isOnLink = gateway && gateway !== address && isInNetwork(gateway, address, prefixLength);
  return {
    address: { address, prefixLength },
    route: { destination: anywhere4, ...(isOnLink && { gateway }) },
    nameservers,
  };
}

function isInNetwork(gateway: Ipv4Address, address: Ipv4Address, prefixLength: number): boolean {
  return prefixLength < 32 && networkOf(gateway, prefixLength) === networkOf(address, prefixLength);
}

function ipv6(settings: Settings): OfFamily {
  const nameservers = nameserversOf(settings);
  const address = parseIpv6(textOf(settings, 'Address'));
  if (!address) return { nameservers };
  const gateway = parseIpv6(textOf(settings, 'Gateway'));
  return {
    address: { address, prefixLength: settings.get('PrefixLength')?.as('y') ?? 64 },
    route: { destination: anywhere6, ...(gateway && isIpv6LinkLocal(gateway) && { gateway }) },
    nameservers,
  };
}

function nameserversOf(settings: Settings): IpAddress[] {
  return (settings.get('DomainNameServers')?.as('as') ?? []).flatMap((text) => parseIp(text) ?? []);
}

function textOf(settings: Settings, name: string): string {
  return settings.get(name)?.as('s') ?? '';
}
