/**
 * What clients set of a service. It is on disk before it is in force: what cannot be saved is refused, and nothing has changed.
 *
 * The calls of a moment make one proposal, which is written; when it is, or cannot be, the shell says so with an event.
 */
import type { Family } from '@connman/inet';
import type { Refusal } from '../model/outcome';
import type { Connection } from '../model/service/connection';
import { monthOf } from '../model/service/data-budget';
import { isByAnyLink, isByLink, parseNameservers } from '../model/service/nameserver-text';
import type { Service } from '../model/service/service';
import type { ServiceSetting } from '../model/service/setting';
import type { ServiceSettings } from '../model/service/settings';
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';
import { placeOf } from '../world';

/** Service.SetProperty, checked. */
export function configure(turn: Turn, service: Service, setting: ServiceSetting, operation: number): void {
  const error = refusalOf(service, setting);
  if (error) return turn.reply([operation], { ok: false, error });
  const { proposals, trial } = turn.world;
  if (trial?.service === service.id) {
    return turn.reply([operation], { ok: false, error: 'InProgress', reason: 'a change of it is being tried' });
  }
  const before = proposals.get(service.id);
  proposals.set(service.id, {
    settings: { ...before?.settings, ...settingsOf(turn, service, setting) },
    calls: [...(before?.calls ?? []), { operation, setting }],
  });
  turn.emit({ kind: 'propose-service', service: turn.asStored(service) });
}

/** Why the service cannot be set so; undefined if it can. */
export function refusalOf({ settings, type }: Service, { name }: ServiceSetting): Refusal | undefined {
  // Rule 68: an administrator's file says it all.
  if (settings.provision) return 'NotSupported';
  // A tunnel has the addresses that its server gives.
  const isIp = name === 'IPv4.Configuration' || name === 'IPv6.Configuration';
  if (isIp && kindOf(type).isTunnel) return 'NotSupported';
  if (name === 'MACAddressPolicy' && !kindOf(type).hidesAddress) return 'NotSupported';
  return name === 'AutoConnect' && !settings.favorite ? 'InvalidService' : undefined;
}

/** The proposal for a service was written; `fault`: it could not be. */
export function settleProposal(turn: Turn, id: string, fault: string | undefined): void {
  const { proposals, services, storedServices } = turn.world;
  const proposal = proposals.get(id);
  if (!proposal) return;
  proposals.delete(id);
  const operations = proposal.calls.map(({ operation }) => operation);
  if (fault !== undefined) {
    return turn.reply(operations, { ok: false, error: 'Failed', text: `Not saved, so nothing was changed: ${fault}` });
  }
  const service = services.get(id);
  const stored = storedServices.get(id);
  const changed = proposal.calls.map(({ setting }) => setting);
  if (service) putInForce(turn, service, proposal.settings, changed);
  else if (stored) storedServices.set(id, { ...stored, ...proposal.settings });
  turn.reply(operations, { ok: true });
}

/** The service with these settings; `changed` are those that clients have set. */
export function putInForce(
  turn: Turn,
  service: Service,
  settings: Partial<ServiceSettings>,
  changed: readonly ServiceSetting[],
): void {
  let { connection } = service;
  for (const setting of changed) {
    if (connection && setting.name === 'IPv6.Configuration') turn.ipv6Renewals.add(service.id);
    if (connection) connection = reconfigured(connection, setting);
  }
  turn.put({
    ...service,
    stored: true,
    settings: { ...service.settings, ...settings },
    ...(connection && { connection }),
  });
}

export function settingsOf(turn: Turn, service: Service, setting: ServiceSetting): Partial<ServiceSettings> {
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
    case 'MACAddressPolicy':
      return { macAddressPolicy: setting.value };
    case 'Metered':
      return { metered: setting.value };
    case 'DataBudget':
      return budgetOf(turn, service, setting.value);
    case 'Routes.Configuration':
      return { routes: setting.value };
  }
}

/** Of a monthly budget what was used stays used when another one is set; any other begins from zero. */
function budgetOf(
  { world }: Turn,
  { settings }: Service,
  budget: (ServiceSetting & { name: 'DataBudget' })['value'],
): Partial<ServiceSettings> {
  if (budget === 'none') return { dataBudget: undefined, dataUsed: undefined };
  const goesOn = budget.isMonthly && settings.dataBudget?.isMonthly;
  const dataUsed = (goesOn && settings.dataUsed) || { bytes: 0, month: monthOf(world.wall) };
  return { dataBudget: budget, dataUsed };
}

/** A name server on a link that is not there is dropped; one on another link is kept, for the user to see, and not asked. */
function nameserversToKeep(turn: Turn, service: Service, entries: readonly string[]): string[] {
  const { id } = service;
  const ifindex = placeOf(turn.world, service) ?? 0;
  const { observed } = turn.world;
  const numeric = parseNameservers(entries);
  for (const text of numeric.filter((one) => !isByLink(one, ifindex, observed))) {
    turn.log('warning', `${id}: the name server ${text} is not queried: the link it names is not the service's own`);
  }
  return numeric.filter((text) => isByAnyLink(text, observed));
}

/** A family whose configuration was set begins again, also with the same values (rule 70); the other one is not touched. */
function reconfigured(connection: Connection, setting: ServiceSetting): Connection {
  if (setting.name === 'IPv4.Configuration') {
    const { linkLocal } = connection.dhcp4;
    return { ...renewed(connection, 4), dhcp4: linkLocal ? { linkLocal } : {} };
  }
  if (setting.name === 'IPv6.Configuration') return { ...renewed(connection, 6), dhcp6: {} };
  return connection;
}

function renewed(connection: Connection, family: Family): Connection {
  const { rounds, online } = connection;
  return { ...connection, rounds: { ...rounds, [family]: rounds[family] + 1 }, online: { ...online, [family]: false } };
}
