/** What drivers report, taken into the world (contracts/src/technology.ts). */
import {
  type DeviceFact,
  ethernetDriver,
  type NetworkFact,
  type NetworkId,
  type SecretRef,
  type TechnologyEvent,
} from '@connman/contracts';
import { refusedByName } from '../model/device/filter';
import { networkOf } from '../model/network/network';
import type { Service } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';
import { technologyOf } from '../world';
import { askUser } from './ask-user';
import { attemptFailed } from './associate';
import { forgetCountry } from './follow-country';
import { unlock } from './guard-tunnels';
import { followNetworkTime } from './keep-time';
import { disconnect } from './lifecycle';
import { forgetDevice } from './manage-devices';
import { absorbInvitation } from './peers';
import { setHardBlock } from './power';
import { endScan } from './scan';
import { absorbAccessPoint } from './tether';

type Event = TechnologyEvent<SecretRef>;

export function absorbTechnology(turn: Turn, driver: string, event: Event): void {
  const { world } = turn;
  switch (event.kind) {
    case 'up':
      forgetDriver(turn, driver);
      return turn.log('info', `${driver}: works`);
    case 'down':
      forgetDriver(turn, driver);
      return turn.log('warning', `${driver}: ${event.reason}; its devices are back when it works again`);
    case 'device':
      return absorbDevice(turn, driver, event.device);
    case 'device-gone':
      if (world.devices.has(event.device)) turn.log('info', `${event.device}: gone`);
      return forgetDevice(turn, event.device);
    case 'networks':
      for (const id of event.gone) {
        // A connection that was removed; one whose driver is down is not among them.
        unlock(turn, world.networks.get(id)?.serviceId ?? '');
        if (world.networks.delete(id)) turn.lostNetworks.add(id);
      }
      for (const fact of event.changed) absorbNetwork(turn, fact);
      return;
    case 'failed': {
      const service = serviceOfAttempt(turn, event);
      if (service?.connection && event.isCanceled) return giveUp(turn, service, event.reason);
      if (service?.connection) attemptFailed(turn, service, service.connection, event.error, event.reason);
      return;
    }
    case 'needs-input': {
      const service = serviceOfAttempt(turn, event);
      if (service?.connection) askUser(turn, service, service.connection, event.fields);
      return;
    }
    case 'invited':
      return absorbInvitation(turn, event.network, event.fields);
    case 'learned': {
      const service = serviceOfNetwork(turn, event.network);
      if (service?.connection?.attempt === event.attempt) learn(turn, service, event);
      return;
    }
    case 'scan-done':
      return endScan(turn, event.device);
    case 'rfkill':
      // A soft block is the device's power.
      return setHardBlock(turn, driver, event.hard);
    case 'tethering':
      return absorbAccessPoint(turn, event.device, event.on, event.reason);
    case 'network-time':
      return followNetworkTime(turn, event);
    case 'stations':
      world.tethering.stations.set(event.device, event.macs);
      return;
  }
}

function forgetDriver(turn: Turn, driver: string): void {
  forgetCountry(turn, driver);
  for (const { id } of turn.world.devices.byDriver.of(driver)) forgetDevice(turn, id);
}

function absorbDevice(turn: Turn, driver: string, fact: DeviceFact): void {
  const { world } = turn;
  const known = world.devices.get(fact.id);
  const refusal = refusedByName(fact.interfaceName, world.config.filter);
  if (refusal !== undefined) {
    forgetDevice(turn, fact.id);
    return turn.log('debug', `${fact.interfaceName}: not managed: it ${refusal}`);
  }
  const pendingPower = known ? known.pendingPower : technologyOf(world, fact.type).wanted;
  const powerAskedAt = known?.powerAskedAt;
  world.devices.set(fact.id, { ...fact, driver, pendingPower, ...(powerAskedAt !== undefined && { powerAskedAt }) });
  // A radio of Wi-Fi has another device for its peers.
  const name = kindOf(fact.type).isPeer ? '' : fact.interfaceName;
  if (!known) turn.log('info', `${name || fact.id}: managed`);
  if (!known || known.ident === fact.ident) return;
  for (const network of world.networks.byDevice.of(fact.id)) world.networks.set(network.id, networkOf(fact, network));
}

function absorbNetwork(turn: Turn, fact: NetworkFact): void {
  const { world } = turn;
  const device = world.devices.get(fact.device);
  if (!device) return;
  // Of cables the driver says how far they are authorised; whether one is in, and what it is called, is known here.
  const cable = device.driver === ethernetDriver ? world.networks.get(fact.id) : undefined;
  if (device.driver === ethernetDriver && !cable) return;
  const network = networkOf(device, { ...fact, ...(cable && { group: cable.group }) });
  world.networks.set(fact.id, network);
  const service = world.services.get(network.serviceId);
  // Heard again: what failed because it was out of range is tried again at once.
  if (
    service &&
    !service.connection &&
    service.error === 'out-of-range' &&
    fact.link.kind === 'idle' &&
    !fact.link.loss
  ) {
    const { retryAt: _, ...rest } = service;
    turn.put(rest);
  }
}

/** Rule 181: who canceled is not asked again without wanting it. */
function giveUp(turn: Turn, service: Service, reason: string): void {
  const { settings } = disconnect(turn, service, reason);
  const left = turn.world.services.get(service.id);
  if (left) turn.store({ ...left, settings: { ...settings, autoConnect: false } });
}

/** The service whose attempt it is about; what is said of an earlier one counts no more. */
function serviceOfAttempt(
  turn: Turn,
  { network, attempt }: { readonly network: NetworkId; readonly attempt: number },
): Service | undefined {
  const service = serviceOfNetwork(turn, network);
  const { connection } = service ?? {};
  return connection?.attempt === attempt && !connection.link ? service : undefined;
}

function serviceOfNetwork({ world }: Turn, network: NetworkId): Service | undefined {
  const id = world.networks.get(network)?.serviceId;
  const service = id === undefined ? undefined : world.services.get(id);
  return service?.connection?.network === network ? service : undefined;
}

function learn(turn: Turn, service: Service, event: Event & { kind: 'learned' }): void {
  const { passphrase, serverCertificate, used } = event;
  const { access = {} } = service.settings;
  const eap =
    access.eap && serverCertificate ? { ...access.eap, pinnedServerCertificate: serverCertificate } : access.eap;
  turn.put({
    ...service,
    settings: {
      ...service.settings,
      access: { ...access, ...(passphrase && { passphrase }), ...(used && { atLeast: used }), ...(eap && { eap }) },
    },
  });
}
