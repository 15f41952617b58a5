/** Why a service is as it is: what it waits for, why it is not connected, why it is the default or is not. Pure. */
import type { PendingReason } from '../../model/ipconfig/pending';
import { missingFields } from '../../model/service/access';
import { families, isConnected, isConnecting, type Service } from '../../model/service/service';
import { kindOf } from '../../model/technology/kinds';
import type { World } from '../../world';

/** A word that stays, and a sentence for people. */
export type Reason = readonly [code: string, text: string];

/** What matters most first; undefined when there is no such service. */
export function whyOf(world: World, id: string): readonly Reason[] | undefined {
  const service = world.services.get(id);
  if (!service) return undefined;
  if (isConnected(service.state)) return [...placeOf(world, service), ...pendingOf(service)];
  if (isConnecting(service.state)) return [...phaseOf(service), ...pendingOf(service)];
  return [...failureOf(world, service), ...obstaclesOf(world, service)];
}

function placeOf(world: World, service: Service): Reason[] {
  const first = world.order.flatMap((id) => world.services.get(id) ?? []).find(({ state }) => isConnected(state));
  const place: Reason =
    first === undefined || first.id === service.id
      ? ['default', 'it is the first connected service in the order: the default route and names go by it']
      : ['behind', `${first.id} stands before it in the order and is connected; connmanctl move-before changes that`];
  return service.hasUplink
    ? [place]
    : [place, ['no-uplink', 'it has no default route: it reaches its own network alone']];
}

function phaseOf({ state, connection }: Service): Reason[] {
  if (state === 'association') return [['association', 'it is joining the network']];
  return connection ? [['configuration', 'it has joined the network and waits for an address']] : [];
}

const pendingTexts: Readonly<Record<PendingReason, string>> = {
  'no-lease': 'no DHCP server has given a lease yet',
  'lease-unconfirmed': 'the lease of an earlier run is not confirmed yet',
  'no-address-configured': 'no address is configured',
  'no-router-advertisement': 'no router has advertised a prefix yet',
  'address-missing': 'the kernel does not show the address yet',
  'address-duplicate': 'another host has the address',
  'address-tentative': 'the address is being checked for duplicates',
  'no-gateway-route': 'the kernel does not show the route to the gateway yet',
  'no-uplink': 'no service that could carry the tunnel is connected',
};

function pendingOf({ families: status }: Service): Reason[] {
  return families.flatMap((family) =>
    status[family].pending.map((reason): Reason => [reason, `IPv${family}: ${pendingTexts[reason]}`]),
  );
}

function failureOf({ now }: World, { error, failures, retryAt }: Service): Reason[] {
  if (error === '') return [];
  const times = failures > 1 ? `, ${failures} times in a row` : '';
  const wait = retryAt !== undefined && retryAt > now ? `; next attempt in ${Math.ceil((retryAt - now) / 1000)} s` : '';
  return [[error, `the last attempt failed with ${error}${times}${wait}`]];
}

/** What keeps auto-connect from it. */
function obstaclesOf(world: World, service: Service): Reason[] {
  const { settings, type, networks, ignore } = service;
  const reasons: Reason[] = [];
  if (world.technologies.get(type)?.powered === false)
    reasons.push(
      world.offlineMode
        ? ['offline-mode', 'offline mode is on: connmanctl disable offline']
        : ['technology-off', `${type} is switched off: connmanctl enable ${type}`],
    );
  else if (networks.length === 0) reasons.push(['out-of-range', 'none of its networks is heard']);
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
