/** Adoption: what a link has already when the daemon starts is kept as it is until DHCP has spoken. */
import type { Dhcp4Lease } from '@connman/contracts';
import { familyOf, type Ipv4Address, isIpv4LinkLocal } from '@connman/inet';
import { type Contribution, fromLease6, fromLeaseOf } from '../model/ipconfig/contribution';
import type { Dhcp6State } from '../model/ipconfig/dhcp-state';
import { isOver, type KeptLease } from '../model/ipconfig/kept-lease';
import { isOurs } from '../model/ipconfig/plan';
import { addressKey, routeKey } from '../model/observed/keys';
import { addressesOf, type ObservedAddress, routesOf } from '../model/observed/tables';
import type { Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { World } from '../world';

/** What is adopted, with the lease it is of, where a former run has kept that. */
export interface Adoption {
  readonly adopted: Contribution;
  readonly lease?: Dhcp4Lease;
}

/** Possible once for each link, and only for what a former run left there or the last lease gave. */
export function adopt(world: World, service: Service, ifindex: number): Adoption | undefined {
  if (!world.adoptable.delete(ifindex)) return undefined;
  const kept = world.formerLeases.get(service.id);
  world.formerLeases.delete(service.id);
  const lastAddress = service.settings.lastAddress ?? kept?.lease.address;
  // Of a link that was in another network the last time it is not known whose address it has, but for the last lease's.
  const isAlwaysItsOwn = kindOf(service.type).lossEnds === 'service';
  const addresses = leftovers(world, ifindex, lastAddress).filter(
    (own) => isAlwaysItsOwn || own.address === lastAddress,
  );
  if (addresses.length === 0) return undefined;
  if (service.settings.ipv4.method !== 'dhcp') {
    // The last lease is over for a link that is configured otherwise now, also where the kernel kept no mark of it.
    for (const own of addresses) world.adopted.add(addressKey(own));
    return undefined;
  }
  const leased = addresses.filter((own) => mayBeLeased(own, kept, lastAddress));
  const isStill = leased.length === 0 || leased.some((own) => own.address === kept?.lease.address);
  if (kept && !isOver(kept, world.now) && isStill) {
    world.leases.set(service.id, kept);
    return { adopted: { ...fromLeaseOf(service.type, kept.lease, kept.since), source: 'adopted' }, lease: kept.lease };
  }
  return leased.length > 0 ? { adopted: asFound(world, ifindex, leased) } : undefined;
}

/**
 * Not one of a static configuration that is in force no more, as after a change that was tried when the daemon was killed: such
 * an address has no end. The lease of before, which was kept, is used in its place.
 */
function mayBeLeased(
  { address, validUntil }: ObservedAddress,
  kept: KeptLease | undefined,
  lastAddress: Ipv4Address | undefined,
): boolean {
  return validUntil !== undefined || address === lastAddress || address === kept?.lease.address;
}

/** What a DHCPv6 server gave to a former run: used until its time is over, or the server speaks. A lease may be of prefixes alone. */
export function adopt6(world: World, { id, settings, type }: Service, ifindex: number): Dhcp6State {
  const isItsOwn = kindOf(type).lossEnds === 'service' && settings.ipv6.method === 'auto';
  if (!world.adoptable.has(ifindex) || !isItsOwn) return {};
  const addresses = [...addressesOf(world.observed, ifindex)].filter(
    (own) => familyOf(own.address) === 6 && own.prefixLength === 128 && isOurs(own, addressKey(own), world.adopted),
  );
  const kept = world.formerLeases6.get(id);
  const leased = kept && !isOver(kept, world.now) ? kept.lease.addresses : undefined;
  if (kept && (leased?.length === 0 || leased?.some((own) => isAmong(addresses, own.address)))) {
    world.formerLeases6.delete(id);
    world.leases6.set(id, kept);
    return { contribution: fromLease6(kept.lease, kept.since) };
  }
  if (addresses.length === 0) return {};
  world.formerLeases6.delete(id);
  const brought = addresses.map(({ address, prefixLength, validUntil }) => ({
    address,
    prefixLength,
    ...(validUntil !== undefined && { validUntil }),
  }));
  const nothing = { routes: [], nameservers: [], domains: [], timeservers: [], mtu: 0 };
  return { contribution: { ...nothing, source: 'dhcp6', addresses: brought } };
}

function isAmong(addresses: readonly ObservedAddress[], address: string): boolean {
  return addresses.some((own) => own.address === address);
}

/** What the kernel keeps of a lease. */
function asFound(world: World, ifindex: number, addresses: readonly ObservedAddress[]): Contribution {
  const routes = [...routesOf(world.observed, ifindex)].filter(
    (route) =>
      route.family === 4 &&
      // Every kernel keeps a route's mark: one without ours is another program's.
      isOurs(route, routeKey(route), world.adopted),
  );
  return {
    source: 'adopted',
    addresses: addresses.map(({ address, prefixLength, broadcast, validUntil }) => ({
      address,
      prefixLength,
      ...(broadcast && { broadcast }),
      ...(validUntil !== undefined && { validUntil }),
    })),
    routes: routes.map(({ destination, gateway }) => ({ destination, ...(gateway && { gateway }) })),
    nameservers: [],
    domains: [],
    timeservers: [],
    mtu: 0,
  };
}

/**
 * The link has no network now and will not take up what is on it: the last lease is over, also where the kernel kept no mark
 * of it. Left there, it would be the first address of its network, and take a later one along when its time is up.
 */
export function giveUpLeftovers(world: World, ifindex: number, serviceId: string): void {
  world.adoptable.delete(ifindex);
  world.formerLeases.delete(serviceId);
  world.formerLeases6.delete(serviceId);
  const settings = world.services.get(serviceId)?.settings ?? world.storedServices.get(serviceId);
  for (const own of leftovers(world, ifindex, settings?.lastAddress)) world.adopted.add(addressKey(own));
}

/** The link's IPv4 addresses that a former run left there or the last lease gave. */
function leftovers(world: World, ifindex: number, lastAddress: Ipv4Address | undefined): ObservedAddress[] {
  return [...addressesOf(world.observed, ifindex)].filter(
    (own) =>
      familyOf(own.address) === 4 &&
      !isIpv4LinkLocal(own.address as Ipv4Address) &&
      (isOurs(own, addressKey(own), world.adopted) || own.address === lastAddress),
  );
}
