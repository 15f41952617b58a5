/**
 * Stage: services that *.config files describe have the settings that those say, and lose them with their section (rules 78,
 * 204, 205 and 209). A section that changed takes effect at once.
 */
import { isSameOrigin, type Provision, provisionedSettings, provisionFor } from '../model/service/provision';
import type { Service } from '../model/service/service';
import type { Turn } from '../turn';
import type { World } from '../world';
import { defaultSettings } from './derive-services';
import { disconnect } from './lifecycle';

export function provisionServices(turn: Turn): void {
  const { world } = turn;
  if (world.provisions.isFresh) forgetStored(turn);
  else if (turn.arrivals.size === 0) return;
  for (const service of [...world.services.values()]) {
    if (!world.provisions.isFresh && !turn.arrivals.has(service.id)) continue;
    const provision = provisionOf(world, service);
    const applied = world.provisions.applied.get(service.id);
    if (!provision) {
      if (service.settings.provision) withdrawProvision(turn, service);
    } else if (!applied || !isSameProvision(applied, provision)) {
      world.provisions.applied.set(service.id, provision);
      apply(turn, service, provision);
    }
  }
  world.provisions.isFresh = false;
}

function apply(turn: Turn, service: Service, provision: Provision): void {
  const settings = provisionedSettings(service.settings, provision);
  turn.log('info', `${service.id}: provisioned by ${provision.file}.config, section service_${provision.ident}`);
  const { retryAt: _, retriesAsUser: __, ...free } = restarted(turn, service);
  turn.store({ ...free, error: '', failures: 0, ignore: false, settings });
}

function restarted(turn: Turn, service: Service): Service {
  return service.connection ? disconnect(turn, service, 'as its provisioning changed') : service;
}

function withdrawProvision(turn: Turn, service: Service): void {
  const { world } = turn;
  const network = service.networks.map((id) => world.networks.get(id)).find((one) => one !== undefined);
  if (!network) return;
  world.provisions.applied.delete(service.id);
  turn.log('info', `${service.id}: no longer provisioned; its settings are forgotten`);
  turn.put({ ...restarted(turn, service), settings: defaultSettings(world.config, network), stored: false });
  turn.emit({ kind: 'forget-service', service: service.id });
}

/** Rule 209: what is stored of services whose section is gone. */
function forgetStored(turn: Turn): void {
  const { provisions, services, storedServices } = turn.world;
  for (const [id, { provision }] of storedServices) {
    if (!provision || services.has(id) || provisions.all.some((one) => isSameOrigin(one, provision))) continue;
    storedServices.delete(id);
    turn.emit({ kind: 'forget-service', service: id });
  }
}

function provisionOf({ provisions, devices, networks }: World, service: Service): Provision | undefined {
  for (const id of service.networks) {
    const network = networks.get(id);
    const device = network && devices.get(network.device);
    const provision = device && provisionFor(provisions.all, device, network);
    if (provision) return provision;
  }
  return undefined;
}

/** Secrets are compared by reference: a file that did not change keeps its references. */
function isSameProvision(a: Provision, b: Provision): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
