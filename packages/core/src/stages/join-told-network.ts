/** A Wi-Fi network is joined whose name and passphrase came by another way than the air: by NFC. */
import type { Intent } from '../events';
import { servicesOf, type Turn } from '../turn';
import { userConnect } from './lifecycle';

export function joinToldNetwork(
  turn: Turn,
  operation: number,
  { ssid, passphrase }: Intent & { readonly kind: 'join' },
  caller: string | undefined,
): void {
  const { networks } = turn.world;
  const security = passphrase ? 'psk' : 'none';
  const service = servicesOf(turn.world).find(({ networks: ids }) =>
    ids.some((id) => {
      const { wifi } = networks.get(id) ?? {};
      return wifi?.ssid === ssid && wifi.security === security;
    }),
  );
  if (!service)
    return turn.reply([operation], { ok: false, error: 'NoCarrier', reason: 'no such network is in range' });
  // What an administrator has set, the user cannot change in another way either (rule 68).
  if (service.settings.provision) return userConnect(turn, service, operation, caller);
  const access = { ...service.settings.access, ssid, ...(passphrase && { passphrase }) };
  const told = { ...service, settings: { ...service.settings, access } };
  turn.put(told);
  userConnect(turn, told, operation, caller);
}
