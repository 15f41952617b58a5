/** What clients of the bus ask for, carried out on the world. Each operation is answered here or later, once. */

import type { Family } from '@connman/inet';
import type { Happening } from './events';
import type { Connection } from './model/service/connection';
import { isByAnyLink, isByLink, parseNameservers } from './model/service/nameserver-text';
import type { Service, ServiceSettings } from './model/service/service';
import type { ServiceSetting } from './model/service/setting';
import { kindOf } from './model/technology/kinds';
import { setClock } from './stages/keep-time';
import { remove, userConnect, userDisconnect } from './stages/lifecycle';
import { move } from './stages/move';
import { setOfflineMode, setPowered } from './stages/power';
import { userScan } from './stages/scan';
import type { Turn } from './turn';
import { placeOf } from './world';

export function carryOutIntent(turn: Turn, { operation, intent, sender }: Happening & { kind: 'intent' }): void {
  switch (intent.kind) {
    case 'set-powered':
      return setPowered(turn, operation, intent.technology, intent.powered);
    case 'scan':
      return userScan(turn, operation, intent.technology);
    case 'set-offline-mode':
      setOfflineMode(turn, intent.offline);
      return turn.reply([operation], { ok: true });
    case 'set-session-mode':
      turn.world.sessionMode = intent.enabled;
      return turn.reply([operation], { ok: true });
    case 'set-clock':
      return setClock(turn, intent.setting, operation);
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
    case 'clear-error':
      turn.put({ ...service, error: '', failures: 0 });
      return turn.reply([operation], { ok: true });
  }
}

function configure(turn: Turn, service: Service, setting: ServiceSetting, operation: number): void {
  // Rule 68: an administrator's file says it all.
  if (service.settings.provision) return turn.reply([operation], { ok: false, error: 'NotSupported' });
  // A tunnel has the addresses that its server gives.
  const isIp = setting.name === 'IPv4.Configuration' || setting.name === 'IPv6.Configuration';
  if (isIp && kindOf(service.type).isTunnel) return turn.reply([operation], { ok: false, error: 'NotSupported' });
  if (setting.name === 'AutoConnect' && !service.settings.favorite) {
    return turn.reply([operation], { ok: false, error: 'InvalidService' });
  }
  const { connection } = service;
  if (connection && setting.name === 'IPv6.Configuration') turn.ipv6Renewals.add(service.id);
  turn.store({
    ...service,
    settings: { ...service.settings, ...settingsOf(turn, service, setting) },
    ...(connection && { connection: reconfigured(connection, setting) }),
  });
  turn.reply([operation], { ok: true });
}

function settingsOf(turn: Turn, service: Service, setting: ServiceSetting): Partial<ServiceSettings> {
  switch (setting.name) {
    case 'AutoConnect':
      return { autoConnect: setting.value };
    case 'IPv4.Configuration':
      return { ipv4: setting.value };
    case 'IPv6.Configuration':
      return { ipv6: setting.value };
    case 'Nameservers.Configuration':
      return { nameservers: nameserversToKeep(turn, service, setting.value) };
    case 'Timeservers.Configuration':
      return { timeservers: setting.value };
    case 'Domains.Configuration':
      return { domains: setting.value };
    case 'Proxy.Configuration':
      return { proxy: setting.value };
    case 'mDNS.Configuration':
      return { mdns: setting.value };
  }
}

/** A name server on a link that is not there is dropped; one on another link is kept, for the user to see, and not asked. */
function nameserversToKeep(turn: Turn, service: Service, entries: readonly string[]): string[] {
  const { id } = service;
  const ifindex = placeOf(turn.world, service) ?? 0;
  const { observed } = turn.world;
  const numeric = parseNameservers(entries);
  for (const text of numeric.filter((one) => !isByLink(one, ifindex, observed))) {
    turn.log('warning', `${id}: the name server ${text} is not asked: the link it names is not the service's own`);
  }
  return numeric.filter((text) => isByAnyLink(text, observed));
}

/** A family whose configuration was set begins anew, also with the same values (rule 70); the other one is not touched. */
function reconfigured(connection: Connection, setting: ServiceSetting): Connection {
  if (setting.name === 'IPv4.Configuration') {
    const { linkLocal } = connection.dhcp4;
    return { ...renewed(connection, 4), dhcp4: linkLocal ? { linkLocal } : {} };
  }
  if (setting.name === 'IPv6.Configuration') return renewed(connection, 6);
  return connection;
}

function renewed(connection: Connection, family: Family): Connection {
  const { rounds, online } = connection;
  return { ...connection, rounds: { ...rounds, [family]: rounds[family] + 1 }, online: { ...online, [family]: false } };
}
