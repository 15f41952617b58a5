/** Leases from the JSON of our own files, which may be damaged: a lease with sound values, or none. */
import type {
  Dhcp4Lease,
  Dhcp4Route,
  Dhcp6Address,
  Dhcp6Configuration,
  Dhcp6Lease,
  Dhcp6Prefix,
} from '@connman/contracts';
import { type Ipv4Address, type Ipv6Address, parseDuid, parseIpv4, parseIpv6 } from '@connman/inet';
import { isObject } from './json';

type Reader<T> = (value: unknown) => T | undefined;

const text: Reader<string> = (value) => (typeof value === 'string' ? value : undefined);
const address: Reader<Ipv4Address> = (value) => parseIpv4(text(value) ?? '');
const number =
  (most: number): Reader<number> =>
  (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most ? (value as number) : undefined;
const list =
  <T>(item: Reader<T>): Reader<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const items = value.flatMap((one) => item(one) ?? []);
    return items.length === value.length ? items : undefined;
  };
/** Undefined if anything of it is missing or is not what it should be. */
function record<T>(readers: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  return (value) => {
    if (!isObject(value)) return undefined;
    const read: Partial<T> = {};
    for (const name of Object.keys(readers) as (keyof T & string)[]) {
      const part = readers[name](value[name]);
      if (part === undefined) return undefined;
      read[name] = part;
    }
    return read as T;
  };
}

const route: Reader<Dhcp4Route> = (value) => {
  if (!isObject(value) || !isObject(value.destination)) return undefined;
  const network = address(value.destination.address);
  const length = number(32)(value.destination.length);
  const gateway = address(value.gateway);
  if (!network || length === undefined || !gateway) return undefined;
  return { destination: { address: network, length }, gateway };
};
const seconds = number(0xffffffff);

export const leaseOf = record<Dhcp4Lease>({
  address,
  prefixLength: number(32),
  server: address,
  routes: list(route),
  nameservers: list(address),
  domain: text,
  searchDomains: list(text),
  timeservers: list(address),
  mtu: number(65_535),
  hostname: text,
  proxyAutoConfigUrl: text,
  captivePortalUrl: text,
  // Files of earlier versions do not say.
  metered: (value) => value === true,
  leaseSeconds: seconds,
  t1Seconds: seconds,
  t2Seconds: seconds,
});

const address6: Reader<Ipv6Address> = (value) => parseIpv6(text(value) ?? '');
const lifetimes = { preferredSeconds: seconds, validSeconds: seconds };

export const lease6Of = record<Dhcp6Lease>({
  server: (value) => parseDuid(text(value) ?? ''),
  addresses: list(record<Dhcp6Address>({ address: address6, ...lifetimes })),
  prefixes: list(
    record<Dhcp6Prefix>({
      prefix: record<Dhcp6Prefix['prefix']>({ address: address6, length: number(128) }),
      ...lifetimes,
    }),
  ),
  configuration: record<Dhcp6Configuration>({
    nameservers: list(address6),
    searchDomains: list(text),
    timeservers: list(text),
    captivePortalUrl: text,
  }),
  t1Seconds: seconds,
  t2Seconds: seconds,
});
