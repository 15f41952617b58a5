/** A bearer's Ip4Config and Ip6Config as the IP configuration that comes with its network. */
import type { ProvidedIp } from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import { type IpAddress, isIpv6LinkLocal, networkOf, type Prefix, parseIp, parseIpv4, parseIpv6 } from '@connman/inet';

type Config = ReadonlyMap<string, Variant>;

/** MMBearerIpMethod. */
const method = { ppp: 1, static: 2 } as const;
const anywhere4: Prefix = { address: '0.0.0.0' as IpAddress, length: 0 };
const anywhere6: Prefix = { address: '::' as IpAddress, length: 0 };

/** ModemManager has opened a data port, and leaves PPP over it to others. */
export function isPpp(config4: Config, config6: Config): boolean {
  return methodOf(config4) === method.ppp || methodOf(config6) === method.ppp;
}

/** Undefined where the link is to be configured as a cable is: by DHCP, and by router advertisements. */
export function providedIp(config4: Config, config6: Config): ProvidedIp | undefined {
  const v4 = methodOf(config4) === method.static ? ipv4(config4) : undefined;
  const v6 = methodOf(config6) === method.static ? ipv6(config6) : undefined;
  const both = [v4, v6].flatMap((one) => one ?? []);
  if (both.length === 0) return undefined;
  return {
    addresses: both.map(({ address }) => address),
    routes: both.map(({ route }) => route),
    nameservers: [...nameserversOf(config4), ...nameserversOf(config6)],
    domains: [],
    mtu: config4.get('mtu')?.as('u') ?? config6.get('mtu')?.as('u') ?? 0,
    servers: [],
    ...(!v4 && methodOf(config4) > method.static && { dhcp4: true }),
  };
}

function ipv4(config: Config) {
  const address = parseIpv4(textOf(config, 'address'));
  if (!address) return undefined;
  const prefixLength = config.get('prefix')?.as('u') ?? 32;
  const gateway = parseIpv4(textOf(config, 'gateway'));
  // A bearer has one other end: a gateway that is not on the link is not needed to reach it.
  const isOnLink =
    gateway &&
    gateway !== address &&
    prefixLength < 32 &&
    networkOf(gateway, prefixLength) === networkOf(address, prefixLength);
  return { address: { address, prefixLength }, route: { destination: anywhere4, ...(isOnLink && { gateway }) } };
}

function ipv6(config: Config) {
  const address = parseIpv6(textOf(config, 'address'));
  // A link-local address alone is an identifier for router advertisements.
  if (!address || isIpv6LinkLocal(address)) return undefined;
  const gateway = parseIpv6(textOf(config, 'gateway'));
  const route = { destination: anywhere6, ...(gateway && isIpv6LinkLocal(gateway) && { gateway }) };
  return { address: { address, prefixLength: config.get('prefix')?.as('u') ?? 64 }, route };
}

const methodOf = (config: Config): number => config.get('method')?.as('u') ?? 0;
const textOf = (config: Config, name: string): string => config.get(name)?.as('s') ?? '';

function nameserversOf(config: Config): IpAddress[] {
  return ['dns1', 'dns2', 'dns3'].flatMap((name) => parseIp(textOf(config, name)) ?? []);
}
