/** A Wi-Fi network is joined whose name and passphrase came by another way than the air: by NFC, or from the page of onboarding. */
import type { SecretRef } from '@connman/contracts';
import type { Intent } from '../events';
import type { Service } from '../model/service/service';
import { servicesOf, type Turn } from '../turn';
import type { World } from '../world';
import { userConnect } from './lifecycle';

export function joinToldNetwork(
  turn: Turn,
  operation: number,
  { ssid, passphrase }: Intent & { readonly kind: 'join' },
  caller: string | undefined,
): void {
  const service = serviceHeardAs(turn.world, ssid, passphrase !== undefined);
  if (!service)
    return turn.reply([operation], { ok: false, error: 'NoCarrier', reason: 'no such network is in range' });
  // What an administrator has set, the user cannot change in another way either (rule 68).
  if (service.settings.provision) return userConnect(turn, service, operation, caller);
  const told = withTold(service, ssid, passphrase);
  turn.put(told);
  userConnect(turn, told, operation, caller);
}

/** The service of a network that is heard now, by its name in hexadecimal. */
export function serviceHeardAs(world: World, ssid: string, hasPassphrase: boolean): Service | undefined {
  const security = hasPassphrase ? 'psk' : 'none';
  return servicesOf(world).find(({ networks }) =>
    networks.some((id) => {
      const { wifi } = world.networks.get(id) ?? {};
      return wifi?.ssid === ssid && wifi.security === security;
    }),
  );
}

export function withTold(service: Service, ssid: string, passphrase: SecretRef | undefined): Service {
  const access = { ...service.settings.access, ssid, ...(passphrase && { passphrase }) };
  return { ...service, settings: { ...service.settings, access } };
}
