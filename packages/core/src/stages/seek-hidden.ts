/** From a hidden network that the user has named to the service of that name, which takes over (ConnMan rule 61). */
import { oneLine } from '@connman/base';
import type { Network } from '../model/network/network';
import type { Connection } from '../model/service/connection';
import type { Service } from '../model/service/service';
import type { Turn } from '../turn';
import { connect, fail } from './lifecycle';
import { scanForName } from './scan';

/** An access point may miss a probe request. */
const maxScans = 3;

export function seekHidden(turn: Turn, service: Service, connection: Connection, hidden: Network): void {
  const { world } = turn;
  const ssid = service.settings.access?.ssid;
  const device = world.devices.get(hidden.device);
  if (!ssid || !device) return;
  const found = world.networks.byDevice
    .of(device.id)
    .find(({ wifi }) => wifi?.ssid === ssid && wifi.security === hidden.wifi?.security);
  const named = found && world.services.get(found.serviceId);
  if (named) return handOver(turn, service, connection, named);
  const frequency = hidden.wifi?.frequency;
  if (connection.failedAttempts < maxScans) {
    if (!scanForName(turn, device, ssid, frequency ? [frequency] : [])) return;
    turn.put({ ...service, connection: { ...connection, failedAttempts: connection.failedAttempts + 1 } });
  } else if (!world.scanning.get(device.id)?.running) {
    const name = oneLine(Buffer.from(ssid, 'hex').toString());
    fail(turn, withoutName(service), 'out-of-range', `no network answers to the name ${name}`);
  }
}

function handOver(turn: Turn, service: Service, { waiting, caller }: Connection, named: Service): void {
  const { connection: _, ...rest } = withoutName(service);
  turn.put({ ...rest, error: '' });
  if (named.connection) return turn.reply(waiting, { ok: false, error: 'AlreadyConnected' });
  const access = { ...named.settings.access, ...service.settings.access, hidden: true };
  connect(turn, { ...named, settings: { ...named.settings, access } }, 'user', waiting, caller);
}

/** The next Connect asks for a name again. */
function withoutName(service: Service): Service {
  return { ...service, settings: { ...service.settings, access: { ssid: '' } } };
}
