/**
 * How far a service has come. A service is ready because Observed shows its address and its route, not because a request
 * was sent; what is missing has a name each, and no names left means ready.
 */
import { familyOf, type Ipv6Address, isIpv6LinkLocal } from '@connman/inet';
import { type Contribution, fromStatic4, fromStatic6, gatewayOf } from '../ipconfig/contribution';
import { addressKey } from '../observed/keys';
import { addressesOf, dadFailed, type Observed, tentative } from '../observed/tables';
import type { Service, ServiceState } from './service';

/** What a connected service brings to Desired. */
export function contributionsOf(service: Service): Contribution[] {
  const { connection, settings } = service;
  if (!connection) return [];
  const found: (Contribution | undefined)[] = [];
  if (settings.ipv4.method === 'manual') found.push(fromStatic4(settings.ipv4));
  if (settings.ipv4.method === 'dhcp') found.push(connection.dhcp4 ?? connection.adopted);
  if (settings.ipv6.method === 'manual') found.push(fromStatic6(settings.ipv6));
  return found.filter((contribution) => contribution !== undefined);
}

/** What IPv4 still lacks, in order; empty when it is ready; undefined when it is not wanted at all. */
export function pendingIpv4(service: Service, observed: Observed): string[] | undefined {
  const { method } = service.settings.ipv4;
  if (!service.connection || method === 'off') return undefined;
  const contribution = contributionsOf(service).find((one) => one.addresses.some((own) => familyOf(own.address) === 4));
  if (!contribution) return [method === 'dhcp' ? 'no-lease' : 'no-address-configured'];
  if (contribution.source === 'adopted') return ['lease-unconfirmed'];
  return missing(contribution, service.ifindex, observed, 4);
}

/** As pendingIpv4. With method auto an address of the kernel's own (RFC 4862) makes it ready. */
export function pendingIpv6(service: Service, observed: Observed): string[] | undefined {
  const { method } = service.settings.ipv6;
  if (!service.connection || method === 'off') return undefined;
  if (method === 'auto') return globalIpv6(service.ifindex, observed) ? [] : ['no-router-advertisement'];
  const contribution = fromStatic6(service.settings.ipv6);
  return contribution ? missing(contribution, service.ifindex, observed, 6) : ['no-address-configured'];
}

function missing(contribution: Contribution, ifindex: number, observed: Observed, family: 4 | 6): string[] {
  const reasons: string[] = [];
  for (const own of contribution.addresses) {
    const seen = observed.addresses.get(addressKey({ ifindex, ...own }));
    if (!seen) reasons.push('address-missing');
    else if (seen.flags & dadFailed) reasons.push('address-duplicate');
    else if (seen.flags & tentative) reasons.push('address-tentative');
  }
  const gateway = gatewayOf(contribution, family);
  if (gateway) {
    const there = [...observed.routes.values()].some(
      (route) => route.ifindex === ifindex && route.destination.length === 0 && route.gateway === gateway,
    );
    if (!there) reasons.push('no-gateway-route');
  }
  return reasons;
}

/** The link's first usable address that is not link-local. */
export function globalIpv6(
  ifindex: number,
  observed: Observed,
): { address: Ipv6Address; prefixLength: number } | undefined {
  for (const own of addressesOf(observed, ifindex)) {
    if (familyOf(own.address) !== 6 || own.flags & (tentative | dadFailed)) continue;
    const address = own.address as Ipv6Address;
    if (!isIpv6LinkLocal(address)) return { address, prefixLength: own.prefixLength };
  }
  return undefined;
}

/** The state of a family: `reasons` from pendingIpv4 or pendingIpv6. */
export function familyState(reasons: readonly string[] | undefined, online: boolean): ServiceState {
  if (!reasons) return 'idle';
  if (reasons.length > 0) return 'configuration';
  return online ? 'online' : 'ready';
}
