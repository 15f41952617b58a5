/**
 * Whether a link has IPv6, and with which addresses of its own making (RFC 4862, RFC 8981). The kernel makes them of what
 * routers advertise: so that a new setting counts at once, a router is asked to speak (rule 70).
 */
import { after } from '@connman/base';
import { familyOf } from '@connman/inet';
import type { LinkState } from '../model/device/link-state';
import { generationPath } from '../model/ipconfig/address-generation';
import { forgetAdvertised } from '../model/observed/advertised';
import { addressKey } from '../model/observed/keys';
import { addressesOf, isIpv6Settled, type ObservedAddress } from '../model/observed/tables';
import type { Service } from '../model/service/service';
import type { Turn } from '../turn';
import { linkStateOf, serviceOfLink, type World } from '../world';

/**
 * Which routes of advertisements the kernel takes (RFC 4191); by itself it takes none but a default route. Half of the internet by a
 * link is no more specific than a default route, and not for a router to decide (ADR 17).
 */
const routeLengths = [
  ['accept_ra_rt_info_min_plen', '7'],
  ['accept_ra_rt_info_max_plen', '128'],
] as const;
const useTempAddr = { disabled: '0', enabled: '1', prefered: '2' } as const;
/** IFA_F_TEMPORARY; for an IPv4 address the bit means another thing. */
const temporary = 0x01;
/** MAX_RTR_SOLICITATIONS and RTR_SOLICITATION_INTERVAL (RFC 4861 section 10). */
const solicitations = 3;
const solicitationIntervalMs = 4_000;

/** IPv6 is on while the service is connected with it, and off after; a link no one asked for stays as it is (rule 122). */
export function configureIpv6(turn: Turn): void {
  const { world } = turn;
  const recent = world.recent.links.keys();
  for (const ifindex of new Set([...recent, ...world.linkStates.solicitations.due(world.now)])) {
    const owner = serviceOfLink(world, ifindex);
    if (owner) configureFor(turn, ifindex, owner);
    else if (isLeft(world, ifindex)) {
      switchIpv6(turn, ifindex, 'off', undefined);
      generate(turn, ifindex, undefined);
    }
    solicit(turn, ifindex, owner !== undefined);
  }
}

function configureFor(turn: Turn, ifindex: number, service: Service): void {
  const { id, settings, connection } = service;
  const { world } = turn;
  const { method, privacy } = settings.ipv6;
  const before = linkStateOf(world, ifindex);
  const isOn = method !== 'off';
  const wanted = isOn ? useTempAddr[method === 'auto' ? privacy : 'disabled'] : 'off';
  const isOthers = before.ipv6Of !== undefined && before.ipv6Of !== id;
  // Addresses of the network before are not this one's.
  if (isOthers && isOn && before.ipv6 !== undefined && before.ipv6 !== 'off')
    switchIpv6(turn, ifindex, 'off', undefined);
  const isMade = isOn && method === 'auto' && !connection?.link?.provided;
  generate(turn, ifindex, isMade && world.config.stableAddresses ? id : undefined);
  if (wanted !== linkStateOf(world, ifindex).ipv6 || isOthers) switchIpv6(turn, ifindex, wanted, id);
  if (isOn && method === 'auto' && turn.ipv6Renewals.has(id)) beginAnew(world, ifindex, before.ipv6, wanted);
  if (isOn) askForNames(world, ifindex);
}

/** Whose secret the link's addresses are made of from now on; none: as before us. Those that it has end with their time. */
function generate(turn: Turn, ifindex: number, service: string | undefined): void {
  const { world } = turn;
  const { stableFor, ...rest } = linkStateOf(world, ifindex);
  if (service === stableFor) return;
  // The kernel makes others when a router speaks, and asks none by itself a second time.
  const isAsked = rest.ipv6 !== 'off' && isIpv6Settled(world.observed, ifindex);
  world.linkStates.set(ifindex, {
    ...rest,
    ...(service !== undefined && { stableFor: service }),
    ...(isAsked && { solicitation: { left: solicitations, at: world.now } }),
  });
  const interfaceName = world.observed.links.get(ifindex)?.name ?? '';
  if (service === undefined) turn.emit({ kind: 'sysctl-restore', path: generationPath(interfaceName) });
  else turn.emit({ kind: 'stable-addresses', interfaceName, service });
}

/** We had switched IPv6 on, and the network is still there while no service goes by it any more. */
function isLeft(world: World, ifindex: number): boolean {
  const { ipv6 } = linkStateOf(world, ifindex);
  return ipv6 !== undefined && ipv6 !== 'off' && world.observed.links.get(ifindex)?.carrier === true;
}

function switchIpv6(
  turn: Turn,
  ifindex: number,
  wanted: NonNullable<LinkState['ipv6']>,
  service: string | undefined,
): void {
  const { world } = turn;
  const { solicitation: _, ipv6Of: __, ...rest } = linkStateOf(world, ifindex);
  world.linkStates.set(ifindex, { ...rest, ipv6: wanted, ...(service !== undefined && { ipv6Of: service }) });
  const isOn = wanted !== 'off';
  const base = `net/ipv6/conf/${world.observed.links.get(ifindex)?.name ?? ''}`;
  turn.emit({ kind: 'sysctl', path: `${base}/disable_ipv6`, value: isOn ? '0' : '1' });
  if (isOn) {
    turn.emit({ kind: 'sysctl', path: `${base}/use_tempaddr`, value: wanted });
    for (const [name, value] of routeLengths) turn.emit({ kind: 'sysctl', path: `${base}/${name}`, value });
  } else forgetAdvertised(world.observed, ifindex);
}

/** `before`: IPv6 as it was. Where it was off the kernel asks by itself. */
function beginAnew(world: World, ifindex: number, before: LinkState['ipv6'], wanted: LinkState['ipv6']): void {
  if (before === undefined || before === 'off') return;
  const solicitation = { left: solicitations, at: world.now };
  world.linkStates.set(ifindex, { ...linkStateOf(world, ifindex), solicitation });
  if (wanted !== '0' || before === '0') return;
  // The kernel only makes no new ones. The old ones came of our setting: ours to remove.
  for (const own of temporariesOf(world, ifindex)) world.adopted.add(addressKey(own));
}

/** What was advertised before we listened is not repeated by the kernel, and what will be over soon not by itself. */
function askForNames(world: World, ifindex: number): void {
  const state = linkStateOf(world, ifindex);
  if (state.solicitation || !world.namesAwaited.has(ifindex)) return;
  world.linkStates.set(ifindex, { ...state, solicitation: { left: solicitations, at: world.now } });
}

/** One question; further ones only while what is to come of it does not: a temporary address, names. */
function solicit(turn: Turn, ifindex: number, isInUse: boolean): void {
  const { world } = turn;
  const { solicitation, ...rest } = linkStateOf(world, ifindex);
  if (!solicitation || solicitation.at > world.now) return;
  const { left } = solicitation;
  const isAwaited =
    world.namesAwaited.has(ifindex) || (rest.ipv6 !== '0' && temporariesOf(world, ifindex).length === 0);
  world.linkStates.set(ifindex, rest);
  if (left === 0) world.namesAwaited.delete(ifindex);
  if (!isInUse || left === 0 || (left < solicitations && !isAwaited)) return;
  turn.emit({ kind: 'solicit-router', interfaceName: world.observed.links.get(ifindex)?.name ?? '' });
  const next = { left: left - 1, at: after(world.now, solicitationIntervalMs) };
  world.linkStates.set(ifindex, { ...rest, solicitation: next });
}

function temporariesOf({ observed }: World, ifindex: number): ObservedAddress[] {
  return [...addressesOf(observed, ifindex)].filter(
    (own) => familyOf(own.address) === 6 && (own.flags & temporary) !== 0,
  );
}
