/** Stage: which links are managed devices, as the kernel and the filters say. */
import type { LinkFact } from '@connman/netlink';
import { type Device, deviceIdent } from '../model/device/device';
import { unmanagedReason } from '../model/device/filter';
import type { Turn } from '../turn';

export function manageDevices(turn: Turn): void {
  const { world } = turn;
  for (const ifindex of world.verdicts.keys()) {
    if (world.observed.links.has(ifindex)) continue;
    world.verdicts.delete(ifindex);
    world.devices.delete(ifindex);
  }
  for (const link of world.observed.links.values()) {
    const before = world.verdicts.get(link.ifindex);
    if (before?.link === link) continue;
    const deviceType = world.settledLinks.get(link.ifindex);
    if (deviceType === undefined) continue;
    const reason = unmanagedReason(link, deviceType, world.config.filter);
    world.verdicts.set(link.ifindex, { link, reason });
    if (reason === undefined) manage(turn, link);
    else if (before?.reason !== reason) leaveAlone(turn, link, reason);
  }
}

function leaveAlone(turn: Turn, link: LinkFact, reason: string): void {
  turn.world.devices.delete(link.ifindex);
  turn.log('debug', `${link.name}: not managed: it ${reason}`);
}

function manage(turn: Turn, link: LinkFact): void {
  const { world } = turn;
  const known = world.devices.get(link.ifindex);
  const ident = deviceIdent(link);
  if (known?.ident === ident && known.interfaceName === link.name) return;
  const device: Device = {
    ipv6: undefined,
    originalMtu: 0,
    pendingPower: world.technology.wanted,
    ...known,
    ifindex: link.ifindex,
    interfaceName: link.name,
    ident,
  };
  world.devices.set(link.ifindex, device);
  turn.log('info', known ? `${link.name}: managed under its new name` : `${link.name}: managed`);
}
