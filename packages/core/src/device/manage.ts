/** Stage: which links are managed devices, as the kernel and the filters say. */
import type { Turn } from '../turn';
import { type Device, deviceIdent } from './device';
import { unmanagedReason } from './filter';

export function manageDevices(turn: Turn): void {
  const { world } = turn;
  for (const ifindex of world.devices.keys()) {
    if (!world.observed.links.has(ifindex)) world.devices.delete(ifindex);
  }
  for (const link of world.observed.links.values()) {
    const known = world.devices.get(link.ifindex);
    const deviceType = world.settledLinks.get(link.ifindex);
    if (deviceType === undefined) continue;
    const reason = unmanagedReason(link, deviceType, world.config.filter);
    if (reason !== undefined) {
      if (known) world.devices.delete(link.ifindex);
      if (noteChange(turn, `unmanaged ${link.ifindex}`, reason))
        turn.log('debug', `${link.name}: not managed: it ${reason}`);
      continue;
    }
    const ident = deviceIdent(link);
    if (known?.ident === ident && known.interfaceName === link.name) continue;
    const device: Device = {
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
}

/** True if the text differs from what was noted under this key before. */
function noteChange(turn: Turn, key: string, text: string): boolean {
  const { handedOut } = turn.world;
  if (handedOut.get(key) === text) return false;
  handedOut.set(key, text);
  return true;
}
