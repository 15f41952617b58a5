/** The service that carries a session, and what its owner hears of it (ConnMan rule 189). */
import { dict, str, type Variant } from '@connman/dbus';
import { isSame } from '../publish/difference';
import type { PropertyMap, Snapshot } from '../publish/snapshot';
import { type SessionSettings, settingsProperties } from './settings';

type Services = Snapshot['services'];

/** A service by its object path. */
export interface Carrier {
  readonly path: string;
  readonly properties: PropertyMap;
}

/** The first of the services that fits; of the bearers the order says what is preferred. */
export function carrierOf(settings: SessionSettings, services: Services): Carrier | undefined {
  for (const bearer of settings.allowedBearers) {
    for (const [path, properties] of services) if (fits(settings, bearer, properties)) return { path, properties };
  }
  return undefined;
}

function fits({ connectionType, allowedInterface }: SessionSettings, bearer: string, service: PropertyMap): boolean {
  const state = textOf(service, 'State');
  if (textOf(service, 'Type') !== bearer) return false;
  if (state !== 'online' && (state !== 'ready' || connectionType === 'internet')) return false;
  return allowedInterface === '*' || allowedInterface === interfaceOf(service);
}

/** Everything Notification.Update has. */
export function notificationOf(settings: SessionSettings, carrier?: PropertyMap): ReadonlyMap<string, Variant> {
  const online = carrier && textOf(carrier, 'State') === 'online';
  return new Map([
    ['State', str(carrier ? (online ? 'online' : 'connected') : 'disconnected')],
    ['Name', str(textOf(carrier, 'Name'))],
    ['IPv4', carrier?.get('IPv4') ?? dict({})],
    ['IPv6', carrier?.get('IPv6') ?? dict({})],
    ['Interface', str(carrier ? interfaceOf(carrier) : '')],
    ['Bearer', str(textOf(carrier, 'Type'))],
    ...settingsProperties(settings),
  ]);
}

/** Told together: another service carries the session, or none. */
const ofCarrier = ['Name', 'IPv4', 'IPv6', 'Interface', 'Bearer'];
const identity = ['Name', 'Interface', 'Bearer'];

/** What differs from what the owner has heard. */
export function changedSince(
  heard: ReadonlyMap<string, Variant> | undefined,
  now: ReadonlyMap<string, Variant>,
): Map<string, Variant> {
  const differs = (name: string) => !isSame(heard?.get(name), now.get(name));
  const isOther = identity.some(differs);
  return new Map([...now].filter(([name]) => differs(name) || (isOther && ofCarrier.includes(name))));
}

function textOf(properties: PropertyMap | undefined, name: string): string {
  return properties?.get(name)?.as('s') ?? '';
}

function interfaceOf(service: PropertyMap): string {
  // A dictionary that we made, and no client.
  const ethernet = service.get('Ethernet')?.value as { readonly Interface?: Variant } | undefined;
  return ethernet?.Interface?.as('s') ?? '';
}
