/**
 * Whether a link has IPv6, and with which addresses of its own making (RFC 4862, RFC 8981). The kernel makes them of what
 * routers advertise: so that a new setting counts at once, a router is asked to speak (rule 70).
 */
import { after } from '@connman/base';
import { familyOf } from '@connman/inet';
import type { Device } from '../model/device/device';
import { forgetAdvertised } from '../model/observed/advertised';
import { addressKey } from '../model/observed/keys';
import { addressesOf, type ObservedAddress } from '../model/observed/tables';
import type { Service } from '../model/service/service';
import type { Turn } from '../turn';
import type { World } from '../world';

const useTempAddr = { disabled: '0', enabled: '1', prefered: '2' } as const;
/** IFA_F_TEMPORARY; for an IPv4 address the bit means another thing. */
const temporary = 0x01;
/** MAX_RTR_SOLICITATIONS and RTR_SOLICITATION_INTERVAL (RFC 4861 section 10). */
const solicitations = 3;
const solicitationIntervalMs = 4_000;

/** IPv6 is on while the service is connected with it, and off after; a link nobody asked for stays as it is (rule 122). */
export function configureIpv6(turn: Turn): void {
  const { world } = turn;
  for (const service of world.services.values()) {
    const device = world.devices.get(service.ifindex);
    if (!device) continue;
    const { connection, settings } = service;
    const { method, privacy } = settings.ipv6;
    const isOn = connection !== undefined && method !== 'off';
    const wanted = isOn ? useTempAddr[method === 'auto' ? privacy : 'disabled'] : 'off';
    if (wanted !== device.ipv6 && (connection || device.ipv6 !== undefined)) switchIpv6(turn, device, wanted);
    if (isOn && method === 'auto' && turn.ipv6Renewals.has(service.id)) beginAnew(world, device, wanted);
    if (isOn) askForNames(world, service.ifindex);
    solicit(turn, service);
  }
}

function switchIpv6(turn: Turn, device: Device, wanted: NonNullable<Device['ipv6']>): void {
  const { solicitation: _, ...rest } = device;
  turn.world.devices.set(device.ifindex, { ...rest, ipv6: wanted });
  const isOn = wanted !== 'off';
  const base = `net/ipv6/conf/${device.interfaceName}`;
  turn.emit({ kind: 'sysctl', path: `${base}/disable_ipv6`, value: isOn ? '0' : '1' });
  if (isOn) turn.emit({ kind: 'sysctl', path: `${base}/use_tempaddr`, value: wanted });
  else forgetAdvertised(turn.world.observed, device.ifindex);
}

/** `before`: the device as it was. Where IPv6 was off the kernel asks by itself. */
function beginAnew(world: World, before: Device, wanted: Device['ipv6']): void {
  const { ifindex, ipv6 } = before;
  if (ipv6 === undefined || ipv6 === 'off') return;
  const device = world.devices.get(ifindex);
  if (device) world.devices.set(ifindex, { ...device, solicitation: { left: solicitations, at: world.now } });
  if (wanted !== '0' || ipv6 === '0') return;
  // The kernel only makes no new ones. The old ones came of our setting: ours to remove.
  for (const own of temporariesOf(world, ifindex)) world.adopted.add(addressKey(own));
}

/** What was advertised before we listened is not repeated by the kernel, and what will be over soon not by itself. */
function askForNames(world: World, ifindex: number): void {
  const device = world.devices.get(ifindex);
  if (!device || device.solicitation || !world.namesAwaited.has(ifindex)) return;
  world.devices.set(ifindex, { ...device, solicitation: { left: solicitations, at: world.now } });
}

/** One question; further ones only while what is to come of it does not: a temporary address, names. */
function solicit(turn: Turn, { ifindex, connection }: Service): void {
  const { world } = turn;
  const device = world.devices.get(ifindex);
  if (!device?.solicitation || device.solicitation.at > world.now) return;
  const { solicitation, ...rest } = device;
  const { left } = solicitation;
  const isAwaited =
    world.namesAwaited.has(ifindex) || (device.ipv6 !== '0' && temporariesOf(world, ifindex).length === 0);
  world.devices.set(ifindex, rest);
  if (left === 0) world.namesAwaited.delete(ifindex);
  if (!connection || left === 0 || (left < solicitations && !isAwaited)) return;
  turn.emit({ kind: 'solicit-router', interfaceName: device.interfaceName });
  const next = { left: left - 1, at: after(world.now, solicitationIntervalMs) };
  world.devices.set(ifindex, { ...rest, solicitation: next });
}

function temporariesOf({ observed }: World, ifindex: number): ObservedAddress[] {
  return [...addressesOf(observed, ifindex)].filter(
    (own) => familyOf(own.address) === 6 && (own.flags & temporary) !== 0,
  );
}
