/** Why a service is as it is: what it waits for, why it is not connected, why it is the default or is not. Pure. */
import type { Instant } from '@connman/base';
import type { TechnologyType } from '@connman/contracts';
import { formatStaticRoute } from '@connman/inet';
import type { PendingReason } from '../../model/ipconfig/pending';
import { isReachable } from '../../model/ipconfig/user-routes';
import { tableOfLink } from '../../model/observed/keys';
import { missingFields } from '../../model/service/access';
import { budgetText, isUsedUp } from '../../model/service/data-budget';
import { isMetered, meteredEvidence } from '../../model/service/metered';
import { compareCost, rankOfWays } from '../../model/service/order';
import { families, isConnected, isConnecting, linkOf, type Service } from '../../model/service/service';
import { kindOf, typeOfServiceId } from '../../model/technology/kinds';
import { shownVerdict, trustedAt } from '../../model/uplink/way';
import { wayKey } from '../../model/uplink/way-table';
import { isHardBlocked, type World } from '../../world';

/** A word that stays, and a sentence for people. */
export type Reason = readonly [code: string, text: string];

/** What matters most first; undefined when there is no such service. `now`: the world's own may be some time ago. */
export function whyOf(world: World, id: string, now: Instant): readonly Reason[] | undefined {
  const service = world.services.get(id);
  if (!service) return absenceOf(world, id);
  if (isConnected(service.state))
    return [
      ...placeOf(world, service),
      ...waysOf(world, service, now),
      ...costOf(service),
      ...budgetOf(world, service, now),
      ...repliesOf(world, service),
      ...pendingOf(service),
      ...routesOf(world, service),
    ];
  if (isConnecting(service.state)) return [...phaseOf(service), ...pendingOf(service)];
  return [...failureOf(service, now), ...obstaclesOf(world, service)];
}

function placeOf(world: World, service: Service): Reason[] {
  const first = world.order.flatMap((id) => world.services.get(id) ?? []).find(({ state }) => isConnected(state));
  const place: Reason =
    first === undefined || first.id === service.id
      ? ['default', 'it is the first connected service in the order: the default route and names go by it']
      : ['behind', behindText(first, service)];
  return service.hasUplink
    ? [place]
    : [place, ['no-uplink', 'it has no default route: it reaches its own network alone']];
}

function behindText(first: Service, service: Service): string {
  if (rankOfWays(first) < rankOfWays(service))
    return `${first.id} leads to the internet and stands before it; what a user prefers counts among such alone`;
  if (isUsedUp(service) && !isUsedUp(first))
    return `${first.id} stands before it, as the data budget of this one is used up`;
  if (compareCost(first, service) < 0)
    return `${first.id} stands before it, as it leads to the internet as well and is not paid by the byte`;
  return `${first.id} stands before it in the order and is connected; connmanctl move-before changes that`;
}

function costOf(service: Service): Reason[] {
  if (!isMetered(service)) return [];
  const text = `it counts as paid by the byte: ${meteredEvidence(service)}; connmanctl config ${service.id} --metered`;
  return [['metered', `${text} no changes that`]];
}

/** What is used of its data budget. */
function budgetOf({ countedAt }: World, service: Service, now: Instant): Reason[] {
  const text = budgetText(service.settings);
  if (text === undefined) return [];
  const age = countedAt === undefined ? '' : `; counted ${Math.round((now - countedAt) / 1000)} s ago`;
  const code = isUsedUp(service) ? 'budget-used-up' : 'data-budget';
  const effect = isUsedUp(service) ? '; services that lead on as well come first' : '';
  return [[code, `${text}${effect}${age}; connmanctl config ${service.id} --data-budget changes it`]];
}

/** Where there are several uplinks: whether it leads to the internet, and what that rests on. */
function waysOf({ ways }: World, { id }: Service, now: Instant): Reason[] {
  return families.flatMap((family): Reason[] => {
    const way = ways.get(wayKey(id, family));
    if (!way) return [];
    const { verdict, since, seenAt = since, evidence, suspicion, goodSince, dueAt } = way;
    const ago = (at: Instant) => `${Math.round((now - at) / 1000)} s`;
    if (verdict === 'unknown')
      return [['unchecked', `IPv${family}: for ${ago(since)} not checked whether it leads to the internet`]];
    if (verdict === 'verified')
      return [
        [
          'verified',
          `IPv${family} leads to the internet for ${ago(since)}: ${evidence}; last checked ${ago(seenAt)} ago`,
        ],
      ];
    const trusted = trustedAt(way);
    const rests = suspicion === undefined ? evidence : `${evidence} (checked then because: ${suspicion})`;
    const next =
      goodSince !== undefined && trusted !== undefined
        ? `good again for ${ago(goodSince)}, preferred again in ${Math.ceil((trusted - now) / 1000)} s`
        : `next check in ${Math.max(0, Math.ceil(((dueAt ?? now) - now) / 1000))} s`;
    if (shownVerdict(way) === 'narrow')
      return [['narrow', `IPv${family} comes behind others for ${ago(since)}: ${rests}; ${next}`]];
    return [['lost', `IPv${family} does not lead to the internet for ${ago(since)}: ${rests}; ${next}`]];
  });
}

/** Where there are several uplinks: what leaves by this one whichever is the default, and the table it goes by (ADR 20). */
function repliesOf({ desired }: World, service: Service): Reason[] {
  const table = tableOfLink(linkOf(service) ?? 0);
  const rules = desired?.rules.filter((rule) => rule.table === table) ?? [];
  const sources = rules.flatMap(({ source }) => source?.address ?? []);
  const users = rules.flatMap((rule) => rule.users?.from ?? []);
  const behind = `leave by it, whichever service is the default (table ${table})`;
  const reasons: Reason[] = [];
  if (sources.length > 0) reasons.push(['replies', `packets from ${sources.join(', ')} ${behind}`]);
  if (users.length > 0) {
    const ids = [...new Set(users)].join(', ');
    reasons.push(['session-users', `packets of the user ids ${ids} ${behind}: sessions of theirs say so`]);
  }
  return reasons;
}

/** Static routes that cannot be set. */
function routesOf({ observed }: World, service: Service): Reason[] {
  const ifindex = linkOf(service);
  const { routes = [] } = service.settings;
  return routes.flatMap((route): Reason[] => {
    const { gateway } = route;
    if (ifindex === undefined || !gateway || isReachable(observed, ifindex, gateway)) return [];
    const text = `the route ${formatStaticRoute(route)} is not set: no network of the link has its gateway`;
    return [['route-unreachable', `${text}; connmanctl config ${service.id} --routes changes it`]];
  });
}

function phaseOf({ state, connection }: Service): Reason[] {
  if (state === 'association') return [['association', 'it is joining the network']];
  return connection ? [['configuration', 'it has joined the network and waits for an address']] : [];
}

const pendingTexts: Readonly<Record<PendingReason, string>> = {
  'no-lease': 'no DHCP server has given a lease yet: look for one in its network, or give it an address',
  'lease-unconfirmed': 'the lease of an earlier run is not confirmed yet',
  'no-address-configured': 'the method is manual, and no address is configured',
  'no-router-advertisement': 'no router has advertised a prefix yet',
  'address-missing': 'the kernel does not show the address yet',
  'address-duplicate': 'another host has the address',
  'address-tentative': 'the address is being checked for duplicates',
  'no-gateway-route': 'the kernel does not show the route to the gateway yet',
  'no-client': 'no peer has taken an address of the group yet',
  'no-uplink': 'no service that could carry the tunnel is connected',
};

function pendingOf({ id, families: status }: Service): Reason[] {
  return families.flatMap((family) =>
    status[family].pending.map((reason): Reason => {
      const command = commands[reason]?.[family];
      const remedy = command === undefined ? '' : `; connmanctl config ${id} --ipv${family} ${command}`;
      return [reason, `IPv${family}: ${pendingTexts[reason]}${remedy}`];
    }),
  );
}

const byHand = { 4: 'manual ADDRESS NETMASK GATEWAY', 6: 'manual ADDRESS PREFIX-LENGTH GATEWAY' } as const;

/** What gets by without it. */
const commands: Partial<Record<PendingReason, typeof byHand>> = {
  'no-lease': byHand,
  'no-address-configured': byHand,
};

function failureOf({ error, failures, retryAt }: Service, now: Instant): Reason[] {
  if (error === '') return [];
  const times = failures > 1 ? `, ${failures} times in a row` : '';
  const wait = retryAt !== undefined && retryAt > now ? `; next attempt in ${Math.ceil((retryAt - now) / 1000)} s` : '';
  return [[error, `the last attempt failed with ${error}${times}${wait}`]];
}

/** What keeps auto-connect from it. */
function obstaclesOf(world: World, service: Service): Reason[] {
  const { settings, type, networks, ignore } = service;
  const reasons: Reason[] = [];
  const off = offOf(world, type);
  if (off) reasons.push(off);
  else if (networks.length === 0) reasons.push(['out-of-range', 'none of its networks is in range']);
  if (ignore) reasons.push(['disconnected', `a user disconnected it: connmanctl connect ${service.id}`]);
  else if (!settings.favorite)
    reasons.push(['never-connected', `it was never connected: connmanctl connect ${service.id}`]);
  else if (!settings.autoConnect)
    reasons.push(['no-auto-connect', `AutoConnect is off: connmanctl config ${service.id} autoconnect yes`]);
  if (settings.ipv4.method === 'off' && settings.ipv6.method === 'off')
    reasons.push(['no-ip', 'IPv4 and IPv6 are both off']);
  if (lacksSecrets(world, service))
    reasons.push(['secrets-missing', 'its passphrase is not known: run connmanctl, enter "agent on", and connect it']);
  if (reasons.length === 0) reasons.push(...competitorOf(world, service));
  return reasons;
}

/** Why its technology is not on; undefined if it is. */
function offOf(world: World, type: TechnologyType): Reason | undefined {
  const technology = world.technologies.get(type);
  if (isHardBlocked(world, type))
    return ['rfkill-hard', `a switch of the machine blocks ${type}: rfkill list shows which`];
  if (technology?.powered !== false) return undefined;
  if (world.offlineMode) return ['offline-mode', 'offline mode is on: connmanctl disable offline'];
  const enable = `connmanctl enable ${type}`;
  if (!technology.wanted) return ['technology-off', `${type} is switched off: ${enable}`];
  return kindOf(type).drivenByRfkill
    ? ['rfkill', `another program blocks ${type} (rfkill list): ${enable}`]
    : ['link-down', `another program has set its links down (ip link): ${enable}`];
}

/** Of a service that is not there now; undefined where there was none. */
function absenceOf(world: World, id: string): readonly Reason[] | undefined {
  const type = typeOfServiceId(id);
  if (type === undefined || !world.storedServices.has(id)) return undefined;
  const isCable = kindOf(type).cable !== undefined;
  const links = isCable ? [...world.observed.links.values()] : [];
  const link = links.find(({ mac }) => id.includes(`_${mac.replaceAll(':', '')}_`));
  if (isCable && !link) return [['no-link', 'its network interface is missing: ip link lists those that exist']];
  if (world.devices.byType.size(type) === 0)
    return link
      ? [['not-managed', `${link.name} is left alone: see -i, -I and NetworkInterfaceBlacklist`]]
      : [['no-device', `no ${type} device was found`]];
  const off = offOf(world, type);
  if (off) return [off];
  if (link) return [['no-carrier', `${link.name} has no carrier: check the cable, and what is at its other end`]];
  return [['out-of-range', 'none of its networks is in range']];
}

function lacksSecrets({ networks }: World, service: Service): boolean {
  const known = service.networks.flatMap((id) => networks.get(id) ?? []);
  return known.length > 0 && known.every((network) => missingFields(network, service.settings.access).length > 0);
}

/** Another service is in use, and this one would connect only in its place (rules 83 to 88). */
function competitorOf(world: World, service: Service): Reason[] {
  if (kindOf(service.type).connectsAtOnce && !world.config.singleConnectedTechnology) return [];
  const used = world.order.flatMap((id) => world.services.get(id) ?? []).find(({ connection }) => connection);
  return used
    ? [['another-in-use', `${used.id} is in use; connmanctl connect ${service.id} connects it all the same`]]
    : [];
}
