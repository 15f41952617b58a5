/**
 * Stage: a router that has come back with another prefix says nothing of the one before, which hosts would use for hours on
 * (flash renumbering, RFC 8978). It is asked; a prefix that is not in its answer is used for nothing new.
 */
import { after, type Instant } from '@connman/base';
import { contains, familyOf, type Ipv6Address, isIpv6LinkLocal } from '@connman/inet';
import {
  addressesOf,
  dadFailed,
  deprecated,
  type ObservedAddress,
  routesOf,
  tentative,
} from '../model/observed/tables';
import type { Moments, Turn } from '../turn';
import { serviceOfLink, type World } from '../world';

/** IFA_F_TEMPORARY and IFA_F_PERMANENT. */
const temporary = 0x01;
const permanent = 0x80;
/** IFAPROT_KERNEL_RA. */
const byAdvertisement = 2;
/** A router may spread its prefixes over several advertisements; to ask in vain costs one packet. */
const togetherMs = 500;
/** MAX_RA_DELAY_TIME and MIN_DELAY_BETWEEN_RAS (RFC 4861 section 10), and the way. */
const answerMs = 4_000;

export function retirePrefixes(turn: Turn): void {
  const { world } = turn;
  const due = world.inquiries.moments.due(world.now);
  for (const ifindex of new Set([...world.recent.links.keys(), ...due])) inquire(turn, ifindex);
}

function inquire(turn: Turn, ifindex: number): void {
  const { world } = turn;
  const own = madeOfAdvertisements(world, ifindex);
  const heardAt = Math.max(...own.map((one) => one.heardAt)) as Instant;
  const silent = own.filter((one) => one.heardAt < heardAt - togetherMs);
  const before = world.inquiries.get(ifindex);
  // Of several routers each may have a prefix of its own.
  if (silent.length === 0 || !hasOneRouter(world, ifindex)) {
    world.inquiries.delete(ifindex);
  } else if (!before || (before.judgeAt === undefined && heardAt > before.askedAt + answerMs)) {
    world.inquiries.set(ifindex, { askedAt: world.now, judgeAt: after(world.now, answerMs) });
    turn.emit({ kind: 'solicit-router', interfaceName: world.observed.links.get(ifindex)?.name ?? '' });
  } else if (before.judgeAt !== undefined && before.judgeAt <= world.now) {
    world.inquiries.set(ifindex, { askedAt: before.askedAt });
    if (heardAt > before.askedAt) for (const one of silent) if (one.heardAt <= before.askedAt) retire(turn, one, own);
  }
}

function retire(turn: Turn, silent: ObservedAddress, own: readonly ObservedAddress[]): void {
  const { ifindex, address, prefixLength: length } = silent;
  const id = serviceOfLink(turn.world, ifindex)?.id;
  const isReplaced = own.some((one) => one.heardAt > silent.heardAt && contains({ address, length }, one.address));
  const reason = isReplaced
    ? 'another one of its prefix has taken its place'
    : 'the router no longer advertises its prefix';
  turn.log('info', `${id}: ${address}: ${reason}; deprecated`);
  turn.emit({ kind: 'deprecate-address', address: silent });
}

/** Addresses that the kernel made of prefixes and prefers; temporary ones follow theirs. */
function madeOfAdvertisements(world: World, ifindex: number): ObservedAddress[] {
  const service = serviceOfLink(world, ifindex);
  if (service?.settings.ipv6.method !== 'auto' || service.connection?.link?.provided) return [];
  const all = [...addressesOf(world.observed, ifindex)].filter(({ address }) => familyOf(address) === 6);
  // Kernels before 5.18 do not say who made an address.
  const isTold = all.some(({ protocol }) => protocol === byAdvertisement);
  return all.filter(
    ({ address, flags, protocol }) =>
      !isIpv6LinkLocal(address as Ipv6Address) &&
      !(flags & (temporary | permanent | deprecated | tentative | dadFailed)) &&
      protocol === (isTold ? byAdvertisement : 0),
  );
}

function hasOneRouter({ observed }: World, ifindex: number): boolean {
  const routers = [...routesOf(observed, ifindex)].flatMap(({ family, destination, gateway }) =>
    family === 6 && destination.length === 0 && gateway ? [gateway] : [],
  );
  return new Set(routers).size === 1;
}

export function inquiryDeadlines({ inquiries, now }: World): Moments {
  return [inquiries.moments.next(now)];
}
