/**
 * Stage: IPv6 of a shared connection. The uplink's router is asked for a prefix; what it delegates, or else a prefix of this
 * machine's own, is advertised to the clients. A prefix that is over is advertised as such (RFC 9096).
 */
import type { AdvertisementRequest } from '@connman/contracts';
import { familyOf, formatPrefix, type Ipv6Address, isIpv6LinkLocal, type MacAddress, type Prefix } from '@connman/inet';
import type { Desired } from '../model/ipconfig/desired';
import type { KeptLease6 } from '../model/ipconfig/kept-lease';
import { addressesOf, dadFailed, tentative } from '../model/observed/tables';
import { linkOf, type Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import {
  delegatedPrefix,
  endsOf,
  gatewayOf6,
  ownPrefix,
  retire,
  type SharedPrefix,
  sharedPrefixLength6,
} from '../model/tethering/network6';
import { isAwaited, isSharing } from '../model/tethering/tethering';
import { type Moments, servicesOf, type Turn } from '../turn';
import type { World } from '../world';
import { clientMtu } from './client-mtu';
import { hasDefaultRoute } from './default-route';

/** ARPHRD_LOOPBACK. */
const loopback = 772;
/** RTN_UNREACHABLE. */
const unreachable = 7;
/** IP6_RT_PRIO_USER. */
const ordinaryMetric = 1024;

export function shareIpv6(turn: Turn): void {
  const { world } = turn;
  const { tethering } = world;
  if (!world.synced || (tethering.sharings.size === 0 && tethering.prefix === undefined)) return;
  const isShared = isSharing(tethering);
  // Also while a former run's sharing is awaited: its prefix is held.
  const uplink = isShared || isAwaited(tethering) ? uplinkOf6(world) : undefined;
  askUplink(world, uplink);
  if (isAwaited(tethering)) return;
  const source = isShared && tethering.network !== undefined ? linkLocalOf(world) : undefined;
  tethering.formerPrefixes = tethering.formerPrefixes.filter(({ until }) => until > world.now);
  const lease = leaseOf(world, uplink);
  const away = uplink === undefined ? prefixOfAway(world) : undefined;
  choosePrefix(turn, source && (away ?? prefixFor(world, lease)));
  warnOfUnusable(turn, lease);
  advertise(turn, source, uplink !== undefined);
}

/** The first service that has a way out for IPv6, a tunnel among them. */
function uplinkOf6(world: World): Service | undefined {
  return servicesOf(world).find((service) => linkOf(service) !== undefined && hasDefaultRoute(world, service, 6));
}

/** The DHCPv6 client of its link asks for a prefix besides. */
function askUplink({ tethering, recent }: World, uplink: Service | undefined): void {
  const delegator = uplink && !kindOf(uplink.type).isTunnel ? linkOf(uplink) : undefined;
  if (tethering.delegator === delegator) return;
  for (const ifindex of [tethering.delegator, delegator]) if (ifindex !== undefined) recent.links.add(ifindex);
  tethering.delegator = delegator;
}

/** The address of the bridge that names the router; undefined where there is no IPv6. */
function linkLocalOf({ tethering, observed }: World): Ipv6Address | undefined {
  for (const { address, flags } of addressesOf(observed, tethering.bridge ?? 0)) {
    if (isIpv6LinkLocal(address as Ipv6Address) && !(flags & (tentative | dadFailed))) return address as Ipv6Address;
  }
  return undefined;
}

function leaseOf({ tethering, leases6 }: World, uplink: Service | undefined): KeptLease6 | undefined {
  return uplink && linkOf(uplink) === tethering.delegator ? leases6.get(uplink.id) : undefined;
}

function prefixFor(world: World, lease: KeptLease6 | undefined): SharedPrefix | undefined {
  const { prefix, translatesIpv6, uniqueLocal } = world.tethering;
  const delegated = lease && delegatedPrefix(lease, networksOfOthers(world), world.now, prefix?.prefix);
  return delegated ?? (translatesIpv6 ? ownPrefix(uniqueLocal) : undefined);
}

/**
 * The delegated prefix while no uplink has a way out, as when a cable is pulled for a moment: nothing else would serve clients
 * better, and the lease is rebound when the cable is back (ADR 26).
 */
function prefixOfAway(world: World): SharedPrefix | undefined {
  const { prefix } = world.tethering;
  if (!prefix || prefix.isOwn) return undefined;
  for (const lease of world.leases6.values()) {
    const held = delegatedPrefix(lease, networksOfOthers(world), world.now, prefix.prefix);
    if (held?.prefix === prefix.prefix) return held;
  }
  return undefined;
}

/** IPv6 networks of other links. */
function networksOfOthers({ observed, tethering }: World): Prefix[] {
  const taken: Prefix[] = [];
  for (const { ifindex, address, prefixLength } of observed.addresses.values()) {
    if (ifindex !== tethering.bridge && familyOf(address) === 6) taken.push({ address, length: prefixLength });
  }
  return taken;
}

function choosePrefix(turn: Turn, next: SharedPrefix | undefined): void {
  const { world } = turn;
  const { tethering, now } = world;
  const before = tethering.prefix;
  tethering.prefix = next;
  if (before?.prefix === next?.prefix) return;
  tethering.formerPrefixes = retire(tethering.formerPrefixes, before, now).filter(
    ({ prefix }) => prefix !== next?.prefix,
  );
  if (tethering.bridge !== undefined) world.recent.links.add(tethering.bridge);
  if (!next) return;
  if (next.isOwn) turn.emit({ kind: 'keep-unique-local', prefix: next.prefix });
  const text = next.isOwn ? ', translated: no prefix is delegated' : ', delegated';
  turn.log(
    'info',
    `${tethering.choice.name}: clients get IPv6 addresses of ${next.prefix}/${sharedPrefixLength6}${text}`,
  );
}

/** Once for a delegation without room for the clients' network. */
function warnOfUnusable(turn: Turn, lease: KeptLease6 | undefined): void {
  const { tethering, handedOut } = turn.world;
  const prefixes = tethering.prefix?.isOwn ? (lease?.lease.prefixes ?? []) : [];
  const text = prefixes.map(({ prefix }) => formatPrefix(prefix)).join(', ');
  if (text === (handedOut.get('unusable-prefixes') ?? '')) return;
  handedOut.set('unusable-prefixes', text);
  if (text === '') return;
  const what = `${text} is delegated, and has no /${sharedPrefixLength6} that is free`;
  turn.log('warning', `${tethering.choice.name}: ${what}; IPv6 of clients is translated`);
}

function advertise(turn: Turn, source: Ipv6Address | undefined, isDefaultRouter: boolean): void {
  const { tethering, observed, config, now } = turn.world;
  const { bridge, prefix, formerPrefixes } = tethering;
  const link = observed.links.get(bridge ?? 0);
  const { advertised } = tethering;
  if (advertised && (advertised.ifindex !== link?.ifindex || !source || !prefix)) {
    turn.emit({ kind: 'advertise-stop', ifindex: advertised.ifindex });
    tethering.advertised = undefined;
  }
  if (!link || !source || !prefix) return;
  const { isOwn: _, ...current } = prefix;
  const fallback = config.fallbackNameservers.filter((server): server is Ipv6Address => familyOf(server) === 6);
  const request: AdvertisementRequest = {
    ...{ ifindex: link.ifindex, interfaceName: link.name, mac: link.mac as MacAddress, source, isDefaultRouter },
    prefixes: [
      current,
      ...formerPrefixes.map((former) => ({ prefix: former.prefix, preferredUntil: now, validUntil: now })),
    ],
    mtu: mtuOf6(turn.world),
    nameservers: config.answersNames ? [gatewayOf6(prefix.prefix).address as Ipv6Address] : fallback,
  };
  const text = JSON.stringify({ ...request, prefixes: [current, formerPrefixes] });
  if (tethering.advertised?.text === text) return;
  tethering.advertised = { ifindex: link.ifindex, text };
  turn.emit({ kind: 'advertise', request });
}

/** Every link carries 1280 bytes (RFC 8200 section 5). */
const leastMtu6 = 1280;

function mtuOf6(world: World): number {
  const mtu = clientMtu(world);
  return mtu === 0 ? 0 : Math.max(mtu, leastMtu6);
}

/** The bridge's address, and what keeps packets for a delegated prefix from going back to where they came from (RFC 7084 WPD-5). */
export function desiredSharing6(world: World): Pick<Desired, 'addresses' | 'routes'> {
  const { tethering, observed, services, leases6, now } = world;
  const { prefix, bridge, delegator } = tethering;
  const addresses = prefix && bridge !== undefined ? [{ ifindex: bridge, ...gatewayOf6(prefix.prefix) }] : [];
  if (delegator === undefined) return { addresses, routes: [] };
  const uplink = services.byLink.first(delegator);
  const kept = uplink && leases6.get(uplink.id);
  const lo = [...observed.links.values()].find(({ hardwareType }) => hardwareType === loopback);
  if (!kept || !lo) return { addresses, routes: [] };
  const held = kept.lease.prefixes.filter((one) => (endsOf(one, kept.since).validUntil ?? now + 1) > now);
  const routes = held.map(({ prefix: destination }) => ({
    ...{ ifindex: lo.ifindex, family: 6 as const, destination, metric: ordinaryMetric, type: unreachable },
  }));
  return { addresses, routes };
}

export function sharing6Deadlines({ tethering }: World): Moments {
  const { prefix, formerPrefixes } = tethering;
  return [prefix?.preferredUntil, ...formerPrefixes.map(({ until }) => until)];
}
