/** From a hidden network that the user has named to the service of that name, which takes over (ConnMan rule 61). */
import { oneLine } from '@connman/base';
import type { Connection, SoughtNetwork } from '../model/service/connection';
import type { Service } from '../model/service/service';
import type { Turn } from '../turn';
import { connect, fail, withdraw } from './lifecycle';
import { scanForName } from './scan';

/** An access point may miss a probe request. */
const maxScans = 3;

export function seekHidden(turn: Turn, service: Service, connection: Connection, sought: SoughtNetwork): void {
  const { world } = turn;
  const { ssid, security, frequency } = sought;
  const device = world.devices.get(connection.device);
  if (!device) return;
  const found = world.networks.byDevice
    .of(device.id)
    .find(({ wifi }) => wifi?.ssid === ssid && wifi.security === security);
  const named = found && world.services.get(found.serviceId);
  if (named) return handOver(turn, service, connection, named);
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
  if (service.networks.some((id) => turn.world.networks.has(id))) turn.put({ ...rest, error: '' });
  else withdraw(turn, rest);
  if (named.connection) return turn.reply(waiting, { ok: false, error: 'AlreadyConnected' });
  const access = { ...named.settings.access, ...service.settings.access, hidden: true };
  connect(turn, { ...named, settings: { ...named.settings, access } }, 'user', waiting, caller);
}

/** The next Connect asks for a name again. */
function withoutName(service: Service): Service {
  return { ...service, settings: { ...service.settings, access: { ssid: '' } } };
}
