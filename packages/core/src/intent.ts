/** What clients of the bus ask for, carried out on the world. Each operation is answered here or later, once. */
import type { Happening } from './events';
import { configure } from './stages/configure-service';
import { joinToldNetwork } from './stages/join-told-network';
import { setClock } from './stages/keep-time';
import { clearError, remove, userConnect, userDisconnect } from './stages/lifecycle';
import { move } from './stages/move';
import { joinFromPage } from './stages/onboard';
import { endPeerServicesOf, registerPeerService, unregisterPeerService } from './stages/peers';
import { setOfflineMode, setPowered } from './stages/power';
import { endPrivateNetworksOf, openPrivateNetwork, releasePrivateNetwork } from './stages/private-networks';
import { userScan } from './stages/scan';
import { routeUsers, sessionConnect, sessionDisconnect } from './stages/sessions';
import { configureTethering, setTethering } from './stages/tether';
import { tryChange } from './stages/try-change';
import type { Turn } from './turn';

export function carryOutIntent(turn: Turn, { operation, intent, sender }: Happening & { kind: 'intent' }): void {
  switch (intent.kind) {
    case 'join':
      return joinToldNetwork(turn, operation, intent, sender);
    case 'onboard':
      return joinFromPage(turn, operation, intent);
    case 'set-powered':
      return setPowered(turn, operation, intent.technology, intent.powered);
    case 'scan':
      return userScan(turn, operation, intent.technology);
    case 'set-tethering':
      return setTethering(turn, operation, intent.technology, intent.tethering);
    case 'configure-tethering':
      return configureTethering(turn, operation, intent.technology, intent.setting);
    case 'set-offline-mode':
      setOfflineMode(turn, intent.offline);
      return turn.reply([operation], { ok: true });
    case 'set-session-mode':
      turn.world.sessionMode = intent.enabled;
      return turn.reply([operation], { ok: true });
    case 'session-connect':
      sessionConnect(turn, intent.bearers, intent.allowedInterface);
      return turn.reply([operation], { ok: true });
    case 'session-disconnect':
      sessionDisconnect(turn, intent.bearers);
      return turn.reply([operation], { ok: true });
    case 'route-users':
      routeUsers(turn, intent.users);
      return turn.reply([operation], { ok: true });
    case 'set-clock':
      return setClock(turn, intent.setting, operation);
    case 'open-private-network':
      return openPrivateNetwork(turn, operation, intent.interfaceName, intent.owner);
    case 'release-private-network':
      return releasePrivateNetwork(turn, operation, intent.interfaceName, intent.owner);
    case 'end-private-networks':
      endPrivateNetworksOf(turn, intent.owner);
      return turn.reply([operation], { ok: true });
    case 'register-peer-service':
      return registerPeerService(turn, operation, intent);
    case 'unregister-peer-service':
      return unregisterPeerService(turn, operation, intent);
    case 'end-peer-services':
      endPeerServicesOf(turn, intent.owner);
      return turn.reply([operation], { ok: true });
  }
  const service = turn.world.services.get(intent.service);
  // It went between the call and this turn.
  if (!service) return turn.reply([operation], { ok: false, error: 'InvalidService' });
  switch (intent.kind) {
    case 'connect':
      return userConnect(turn, service, operation, sender);
    case 'disconnect':
      return userDisconnect(turn, service, operation);
    case 'remove':
      return remove(turn, service, operation);
    case 'move':
      return move(turn, service, turn.world.services.get(intent.target), intent.place, operation);
    case 'configure':
      return configure(turn, service, intent.setting, operation);
    case 'try':
      return tryChange(turn, service, intent, operation);
    case 'clear-error':
      clearError(turn, service);
      return turn.reply([operation], { ok: true });
  }
}
