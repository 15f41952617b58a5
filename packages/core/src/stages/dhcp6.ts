/**
 * DHCPv6 as the services need it: a client runs where a router says that addresses are managed (M flag), or that a server knows
 * more than it says itself (O flag; RFC 4861 section 4.2, ConnMan rule 118), and on the uplink of a shared connection, for a prefix.
 */
import { after } from '@connman/base';
import type { Dhcp6Event, Dhcp6Request } from '@connman/contracts';
import {
  type Duid,
  duidLlt,
  formatPrefix,
  type Ipv6Address,
  type MacAddress,
  macToBytes,
  parseMac,
} from '@connman/inet';
import { fromConfiguration6, fromLease6 } from '../model/ipconfig/contribution';
import type { Dhcp6State, Dhcp6Wish } from '../model/ipconfig/dhcp-state';
import { heldLease, type KeptLease6 } from '../model/ipconfig/kept-lease';
import { addressKey } from '../model/observed/keys';
import { dadFailed } from '../model/observed/tables';
import type { Connection } from '../model/service/connection';
import type { Service } from '../model/service/service';
import { sharedPrefixLength6 } from '../model/tethering/network6';
import type { Moments, Turn } from '../turn';
import { serviceOfLink, type World } from '../world';

/** Of more use than what is before it. */
const modes = ['none', 'stateless', 'stateful'] as const satisfies readonly Dhcp6Wish['mode'][];

/** Stage: a client on each link whose router wants one. */
export function runDhcp6Clients(turn: Turn): void {
  const { world } = turn;
  for (const ifindex of world.recent.links.keys()) {
    const service = serviceOfLink(world, ifindex);
    const running = world.dhcp6Clients.get(ifindex);
    const key = service && keyOf(service);
    if (!service || key === undefined) {
      if (running) stop(turn, ifindex);
      continue;
    }
    const isSame = running?.key === key;
    const asked = wishOf(world, ifindex);
    const wish = isSame ? { ...asked, mode: furthest(running.mode, asked.mode) } : asked;
    if (wish.mode === 'none' && !wish.prefix) {
      if (running) stop(turn, ifindex);
    } else if (!isSame || running.mode !== wish.mode || running.prefix !== wish.prefix) {
      start(turn, service, ifindex, key, wish);
    }
    if (isSame) declineDuplicates(turn, service, ifindex);
  }
}

/** A router that takes its flags back ends no client, and one that changes its mind all the time begins no other. */
function furthest(running: Dhcp6Wish['mode'], asked: Dhcp6Wish['mode']): Dhcp6Wish['mode'] {
  return modes[Math.max(modes.indexOf(running), modes.indexOf(asked))] ?? asked;
}

/** What it was started for; undefined if it is not to run. */
function keyOf({ id, settings, connection }: Service): string | undefined {
  if (!connection?.link || settings.ipv6.method !== 'auto' || connection.link.provided) return undefined;
  return `${id} ${connection.link.since} ${connection.attempt} ${connection.rounds[6]}`;
}

function wishOf({ observed, tethering }: World, ifindex: number): Dhcp6Wish {
  const { routerFlags, carrier } = observed.links.get(ifindex) ?? {};
  if (!carrier) return { mode: 'none', prefix: false };
  const mode = routerFlags?.managed ? 'stateful' : routerFlags ? 'stateless' : 'none';
  return { mode, prefix: tethering.delegator === ifindex };
}

function start(turn: Turn, service: Service, ifindex: number, key: string, wish: Dhcp6Wish): void {
  const { world } = turn;
  const link = world.observed.links.get(ifindex);
  const mac = link && parseMac(link.mac);
  if (!link || !mac) return;
  world.dhcp6Clients.set(ifindex, { key, ...wish, service: service.id });
  const address = wish.mode === 'stateful';
  const held = heldLease(world.leases6.get(service.id), world.now);
  // A prefix that is held and not wanted any more is given back.
  const isOfUse = held && (address || wish.prefix || held.lease.prefixes.length > 0);
  const request: Dhcp6Request = {
    family: 6,
    ifindex,
    interfaceName: link.name,
    mode: wish.mode === 'stateless' ? 'stateless' : 'stateful',
    duid: duidOf(turn, service, mac),
    iaid: iaidOf(mac),
    address,
    ...(wish.prefix && { prefixLength: sharedPrefixLength6 }),
    hostname: world.config.hostname,
    ...(isOfUse && { held: address ? held : { ...held, lease: { ...held.lease, addresses: [] } } }),
  };
  turn.emit({ kind: 'dhcp-start', request });
  if (!wish.prefix) forgetPrefixes(turn, service.id);
}

/** The client gives them back. */
function forgetPrefixes(turn: Turn, service: string): void {
  const { leases6 } = turn.world;
  const kept = leases6.get(service);
  if (!kept || kept.lease.prefixes.length === 0) return;
  if (kept.lease.addresses.length === 0) return dropLease(turn, service);
  keepLease(turn, service, { ...kept, lease: { ...kept.lease, prefixes: [] } });
}

function keepLease(turn: Turn, service: string, kept: KeptLease6): void {
  turn.world.leases6.set(service, kept);
  turn.emit({ kind: 'keep-lease', family: 6, service, kept });
}

function stop(turn: Turn, ifindex: number): void {
  const { world } = turn;
  const service = world.dhcp6Clients.get(ifindex)?.service ?? '';
  world.dhcp6Clients.delete(ifindex);
  // Without a carrier no one hears the release, and what is only tried may have to go back to the lease.
  const isTried = world.trial?.service === service;
  const release = !isTried && (world.observed.links.get(ifindex)?.carrier ?? false);
  turn.emit({ kind: 'dhcp-stop', ifindex, family: 6, release });
  if (release) dropLease(turn, service);
}

/** One for good (section 11): that of the service, where ConnMan has stored one, else the first that was stored or made. */
function duidOf(turn: Turn, service: Service, mac: MacAddress): Duid {
  const { world } = turn;
  const duid = service.settings.duid ?? world.duid ?? duidLlt(mac, world.wall);
  world.duid ??= duid;
  if (service.settings.duid !== duid) {
    const known = { ...service, settings: { ...service.settings, duid } };
    if (service.stored) turn.store(known);
    else turn.put(known);
  }
  return duid;
}

/** The same at each start (section 12). */
function iaidOf(mac: MacAddress): number {
  return macToBytes(mac)
    .slice(2)
    .reduce((number, byte) => number * 256 + byte, 0);
}

/** The kernel has found that another host has a leased address (section 18.2.10.1). */
function declineDuplicates(turn: Turn, service: Service, ifindex: number): void {
  const { connection } = service;
  if (!connection) return;
  const { contribution, declined = [] } = connection.dhcp6;
  for (const { address: leased, prefixLength } of contribution?.addresses ?? []) {
    const address = leased as Ipv6Address;
    const own = turn.world.observed.addresses.get(addressKey({ ifindex, address, prefixLength }));
    if (!own || !(own.flags & dadFailed) || declined.includes(address)) continue;
    turn.log('warning', `${service.id}: another host has ${address}; declined`);
    turn.emit({ kind: 'dhcp-decline', ifindex, address });
    put(turn, service, connection, { ...connection.dhcp6, declined: [...declined, address] });
  }
}

export function absorbDhcp6(turn: Turn, event: Dhcp6Event): void {
  const { world } = turn;
  const service = serviceOfLink(world, event.ifindex);
  const connection = service?.connection;
  // An answer that crossed the end of its client.
  if (!service || !connection || !world.dhcp6Clients.has(event.ifindex)) return;
  switch (event.kind) {
    case 'bound': {
      const { lease, ageSeconds } = event;
      const leased = [
        ...lease.addresses.map(({ address }) => address),
        ...lease.prefixes.map(({ prefix }) => formatPrefix(prefix)),
      ];
      turn.log('info', `${service.id}: ${leased.join(', ')} by DHCPv6`);
      const { declined } = connection.dhcp6;
      const since = after(world.now, -ageSeconds * 1000);
      const contribution = fromLease6(lease, since);
      keepLease(turn, service.id, { lease, since });
      return put(turn, service, connection, { contribution, ...(declined && { declined }) });
    }
    case 'configured':
      return put(turn, service, connection, { contribution: fromConfiguration6(event.configuration) });
    case 'lost':
      dropLease(turn, service.id);
      turn.log('warning', `${service.id}: lost the DHCPv6 lease (${event.reason}); requesting another`);
      return put(turn, service, connection, {});
    case 'silent':
      return turn.log('info', `${service.id}: no DHCPv6 server responded; still trying`);
    case 'failed':
      // What routers advertise may do without.
      world.dhcp6Clients.delete(event.ifindex);
      return turn.log('warning', `${service.id}: DHCPv6: ${event.reason}`);
  }
}

/** Stage: what the kernel takes away by itself, its time being over, must not be put back. */
export function endLeases6(turn: Turn): void {
  const { services, now } = turn.world;
  for (const id of services.lease6Expiries.due(now)) {
    const service = services.get(id);
    const { connection } = service ?? {};
    const { contribution } = connection?.dhcp6 ?? {};
    if (!service || !connection || !contribution) continue;
    const addresses = contribution.addresses.filter(({ validUntil }) => validUntil === undefined || validUntil > now);
    put(turn, service, connection, { ...connection.dhcp6, contribution: { ...contribution, addresses } });
  }
}

/** It is over, or was given back. */
function dropLease(turn: Turn, service: string): void {
  if (turn.world.leases6.delete(service)) turn.emit({ kind: 'drop-lease', family: 6, service });
}

export function lease6Deadlines({ services, now }: World): Moments {
  return [services.lease6Expiries.next(now)];
}

function put(turn: Turn, service: Service, connection: Connection, dhcp6: Dhcp6State): void {
  turn.put({ ...service, connection: { ...connection, dhcp6 } });
}
