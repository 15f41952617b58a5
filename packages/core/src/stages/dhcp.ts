/** DHCP as the services need it: which clients run, and what their answers do. */
import { after } from '@connman/base';
import type { Dhcp4Event, Dhcp4Request, DhcpEvent } from '@connman/contracts';
import { type Ipv4Address, parseMac } from '@connman/inet';
import { type Contribution, fromLeaseOf, fromLinkLocal } from '../model/ipconfig/contribution';
import type { Dhcp4State } from '../model/ipconfig/dhcp-state';
import { heldLease, type KeptLease } from '../model/ipconfig/kept-lease';
import { addressKey } from '../model/observed/keys';
import { addressesOf } from '../model/observed/tables';
import type { Connection } from '../model/service/connection';
import { wantsDhcp4 } from '../model/service/progress';
import type { Service } from '../model/service/service';
import type { Moments, Turn } from '../turn';
import { serviceOfLink, type World } from '../world';
import { absorbDhcp6 } from './dhcp6';
import { fail } from './lifecycle';

/** Stage: a client runs on each link whose service is to be configured by DHCP, and on no other. */
export function runDhcpClients(turn: Turn): void {
  const { world } = turn;
  const wanted = new Map<number, { key: string; service: Service }>();
  const recent = world.recent.links.keys();
  for (const ifindex of recent) {
    const service = serviceOfLink(world, ifindex);
    if (!service?.connection || !wantsDhcp4(service)) continue;
    const { since, attempt, rounds } = service.connection;
    wanted.set(ifindex, { key: `${service.id} ${since} ${attempt} ${rounds[4]}`, service });
  }
  for (const ifindex of recent) {
    const client = world.dhcpClients.get(ifindex);
    if (!client || wanted.has(ifindex)) continue;
    world.dhcpClients.delete(ifindex);
    // Without a carrier no one hears the release, and what is only tried may have to go back to the lease.
    const isTried = world.trial?.service === client.service;
    const release = !isTried && (world.observed.links.get(ifindex)?.carrier ?? false);
    turn.emit({ kind: 'dhcp-stop', ifindex, family: 4, release });
    if (release) dropLease(turn, client.service);
  }
  for (const [ifindex, { key, service }] of wanted) {
    if (world.dhcpClients.get(ifindex)?.key === key) continue;
    const request = requestOf(world, service, ifindex);
    if (!request) continue;
    world.dhcpClients.set(ifindex, { key, service: service.id });
    turn.emit({ kind: 'dhcp-start', request });
  }
}

function requestOf(world: World, service: Service, ifindex: number): Dhcp4Request | undefined {
  const { config, observed, leases, now } = world;
  const link = observed.links.get(ifindex);
  const mac = link && parseMac(link.mac);
  if (!link || !mac) return undefined;
  const adopted = service.connection?.dhcp4.adopted?.addresses[0]?.address as Ipv4Address | undefined;
  const lastAddress = adopted ?? service.settings.lastAddress;
  const held = heldLease(leases.get(service.id), now);
  return {
    family: 4,
    ifindex,
    interfaceName: link.name,
    mac,
    hostname: config.hostname,
    vendorClassId: config.vendorClassId,
    conflictDetection: config.addressConflictDetection,
    ...(lastAddress && { lastAddress }),
    ...(held && { held }),
  };
}

export function absorbDhcp(turn: Turn, event: DhcpEvent): void {
  if (event.family === 6) return absorbDhcp6(turn, event);
  const service = serviceOfLink(turn.world, event.ifindex);
  const connection = service?.connection;
  // An answer that crossed the end of its client.
  if (!service || !connection || !turn.world.dhcpClients.has(event.ifindex)) return;
  switch (event.kind) {
    case 'bound':
      return bound(turn, service, connection, event);
    case 'lost':
      return lost(turn, service, connection, event);
    case 'silent':
      return silent(turn, service, connection, event.linkLocal);
    case 'conflict':
      turn.put({
        ...service,
        lastConflict: { address: event.address, mac: event.mac, wallTime: turn.world.wall, resolved: false },
      });
      turn.log('warning', `${service.id}: ${event.mac} uses ${event.address} as well; requesting another address`);
      return;
    case 'failed':
      turn.world.dhcpClients.delete(event.ifindex);
      fail(turn, service, 'dhcp-failed', event.reason);
  }
}

function bound(turn: Turn, service: Service, connection: Connection, event: Dhcp4Event & { kind: 'bound' }): void {
  const { lease, ageSeconds } = event;
  const since = after(turn.world.now, -ageSeconds * 1000);
  const { lastConflict } = service;
  keepLease(turn, service.id, { lease, since });
  const next = turn.put({
    ...service,
    error: service.error === 'dhcp-failed' ? '' : service.error,
    settings: { ...service.settings, lastAddress: lease.address },
    connection: { ...connection, dhcp4: { lease, contribution: fromLeaseOf(service.type, lease, since) } },
    ...(lastConflict &&
      lastConflict.address !== lease.address && { lastConflict: { ...lastConflict, resolved: true } }),
  });
  if (service.settings.lastAddress !== lease.address) {
    turn.log(
      'info',
      `${service.id}: ${lease.address}/${lease.prefixLength} from ${lease.server} for ${lease.leaseSeconds} s`,
    );
    if (service.stored) turn.store(next);
  }
}

/**
 * The address must go at once, also if another program configured it (RFC 2131 section 3.2 item 4): one that a former run,
 * ConnMan or another client left on the link is taken as ours, and what is ours and not desired goes.
 */
function lost(turn: Turn, service: Service, connection: Connection, event: Dhcp4Event & { kind: 'lost' }): void {
  const { world } = turn;
  for (const own of addressesOf(world.observed, event.ifindex))
    if (own.address === event.address) world.adopted.add(addressKey(own));
  if (world.leases.get(service.id)?.lease.address === event.address) dropLease(turn, service.id);
  const { adopted, contribution, linkLocal } = connection.dhcp4;
  const used = contribution ?? adopted;
  if (!used?.addresses.some(({ address }) => address === event.address)) return;
  turn.put({ ...service, connection: withDhcp4(connection, linkLocal ? { linkLocal } : {}) });
  turn.log('warning', `${service.id}: lost the lease of ${event.address} (${event.reason}); requesting another`);
}

/** No server answers: what was adopted goes on while its time lasts (RFC 2131 section 3.2), else RFC 3927. */
function silent(turn: Turn, service: Service, connection: Connection, linkLocal: Ipv4Address): void {
  const { adopted } = connection.dhcp4;
  const stillValid = adopted?.addresses.every((own) => own.validUntil === undefined || own.validUntil > turn.world.now);
  const contribution: Contribution = adopted && stillValid ? { ...adopted, source: 'dhcp4' } : fromLinkLocal(linkLocal);
  turn.put({ ...service, connection: { ...connection, dhcp4: { contribution, linkLocal } } });
  const using = contribution.addresses[0]?.address;
  turn.log('warning', `${service.id}: no DHCP server responded; using ${using}, still trying`);
}

/**
 * Stage: a leased address ends with its time although no one says so, as an adopted one does that no server has confirmed.
 * What the kernel takes away by itself must not be put back.
 */
export function endLeases(turn: Turn): void {
  const { services, now } = turn.world;
  for (const id of services.leaseExpiries.due(now)) {
    const service = services.get(id);
    if (!service?.connection) continue;
    const { connection } = service;
    const { linkLocal } = connection.dhcp4;
    const state = linkLocal ? { linkLocal, contribution: fromLinkLocal(linkLocal) } : {};
    turn.put({ ...service, connection: withDhcp4(connection, state) });
    const next = linkLocal ? `using ${linkLocal}, still trying` : 'asking for another';
    turn.log('warning', `${service.id}: the lease has expired; ${next}`);
  }
}

function keepLease(turn: Turn, service: string, kept: KeptLease): void {
  turn.world.leases.set(service, kept);
  turn.emit({ kind: 'keep-lease', family: 4, service, kept });
}

/** It is over, or was given back. */
function dropLease(turn: Turn, service: string): void {
  if (turn.world.leases.delete(service)) turn.emit({ kind: 'drop-lease', family: 4, service });
}

/** What reached the internet by the old address has to show again that it does. */
function withDhcp4(connection: Connection, dhcp4: Dhcp4State): Connection {
  return { ...connection, dhcp4, online: { ...connection.online, 4: false } };
}

export function leaseDeadlines({ services, now }: World): Moments {
  return [services.leaseExpiries.next(now)];
}
