/** DHCP as the services need it: which clients run, and what their answers do. */
import { after, type Instant } from '@connman/base';
import type { Dhcp4Event, Dhcp4Request, DhcpEvent } from '@connman/contracts';
import { type Ipv4Address, parseMac } from '@connman/inet';
import { type Contribution, fromLease, fromLinkLocal } from '../model/ipconfig/contribution';
import { addressKey } from '../model/observed/keys';
import { addressesOf } from '../model/observed/tables';
import type { Connection, Service } from '../model/service/service';
import type { Turn } from '../turn';
import type { World } from '../world';
import { fail } from './lifecycle';

/** Stage: a client runs on each link whose service is to be configured by DHCP, and on no other. */
export function runDhcpClients(turn: Turn): void {
  const { world } = turn;
  const wanted = new Map<number, { key: string; service: Service }>();
  for (const service of world.services.values()) {
    if (!service.connection || service.settings.ipv4.method !== 'dhcp') continue;
    wanted.set(service.ifindex, {
      key: `${service.id} ${service.connection.since} ${service.connection.ipv4Round}`,
      service,
    });
  }
  for (const ifindex of [...world.dhcpClients.keys()]) {
    if (wanted.has(ifindex)) continue;
    world.dhcpClients.delete(ifindex);
    // Without a carrier nobody hears the release.
    turn.emit({ kind: 'dhcp-stop', ifindex, release: world.observed.links.get(ifindex)?.carrier ?? false });
  }
  for (const [ifindex, { key, service }] of wanted) {
    if (world.dhcpClients.get(ifindex) === key) continue;
    const request = requestOf(world, service);
    if (!request) continue;
    world.dhcpClients.set(ifindex, key);
    turn.emit({ kind: 'dhcp-start', request });
  }
}

function requestOf(world: World, service: Service): Dhcp4Request | undefined {
  const link = world.observed.links.get(service.ifindex);
  const mac = link && parseMac(link.mac);
  if (!link || !mac) return undefined;
  const adopted = service.connection?.adopted?.addresses[0]?.address as Ipv4Address | undefined;
  const lastAddress = adopted ?? service.settings.lastAddress;
  return {
    family: 4,
    ifindex: service.ifindex,
    interfaceName: link.name,
    mac,
    hostname: world.config.hostname,
    vendorClassId: world.config.vendorClassId,
    conflictDetection: world.config.addressConflictDetection,
    ...(lastAddress && { lastAddress }),
  };
}

export function absorbDhcp(turn: Turn, event: DhcpEvent): void {
  if (event.family !== 4) return;
  const service = [...turn.world.services.values()].find((one) => one.ifindex === event.ifindex);
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
      turn.log('warning', `${service.id}: ${event.mac} uses ${event.address} as well; another address is asked for`);
      return;
    case 'failed':
      turn.world.dhcpClients.delete(event.ifindex);
      fail(turn, service, 'dhcp-failed', event.reason);
  }
}

function bound(turn: Turn, service: Service, connection: Connection, event: Dhcp4Event & { kind: 'bound' }): void {
  const { lease, ageSeconds } = event;
  const since = after(turn.world.now, -ageSeconds * 1000);
  const { adopted: _, linkLocal: __, ...rest } = connection;
  const { lastConflict } = service;
  const next = turn.put({
    ...service,
    error: service.error === 'dhcp-failed' ? '' : service.error,
    settings: { ...service.settings, lastAddress: lease.address },
    connection: { ...rest, lease, dhcp4: fromLease(lease, since) },
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
 * The address must go at once, whoever configured it (RFC 2131 section 3.2 item 4): one that a former run, ConnMan or another
 * client left on the link is taken as ours, and what is ours and not desired goes.
 */
function lost(turn: Turn, service: Service, connection: Connection, event: Dhcp4Event & { kind: 'lost' }): void {
  const { world } = turn;
  for (const own of addressesOf(world.observed, event.ifindex))
    if (own.address === event.address) world.adopted.add(addressKey(own));
  const { adopted, dhcp4, lease: _, ...rest } = connection;
  const used = dhcp4 ?? adopted;
  if (!used?.addresses.some(({ address }) => address === event.address)) return;
  turn.put({ ...service, connection: { ...rest, online4: false } });
  turn.log('warning', `${service.id}: the lease of ${event.address} is over (${event.reason}); asking for another`);
}

/** No server answers: what was adopted goes on while its time lasts (RFC 2131 section 3.2), else RFC 3927. */
function silent(turn: Turn, service: Service, connection: Connection, linkLocal: Ipv4Address): void {
  const { adopted, lease: _, ...rest } = connection;
  const stillValid = adopted?.addresses.every((own) => own.validUntil === undefined || own.validUntil > turn.world.now);
  const dhcp4: Contribution = adopted && stillValid ? { ...adopted, source: 'dhcp4' } : fromLinkLocal(linkLocal);
  turn.put({ ...service, connection: { ...rest, dhcp4, linkLocal } });
  const using = dhcp4.addresses[0]?.address;
  turn.log('warning', `${service.id}: no DHCP server answers; using ${using} and asking on`);
}

/**
 * Stage: a leased address ends with its time although nobody says so, as an adopted one does that no server has confirmed.
 * What the kernel takes away by itself must not be put back.
 */
export function endLeases(turn: Turn): void {
  for (const service of [...turn.world.services.values()]) {
    const { connection } = service;
    const end = connection && leaseEnd(connection);
    if (end === undefined || end > turn.world.now) continue;
    const { adopted: _, dhcp4: __, lease: ___, ...rest } = connection as Connection;
    const standIn = rest.linkLocal && { dhcp4: fromLinkLocal(rest.linkLocal) };
    turn.put({ ...service, connection: { ...rest, ...standIn, online4: false } });
    turn.log('warning', `${service.id}: the lease has run out; ${standIn ? `using ${rest.linkLocal}` : 'asking on'}`);
  }
}

/** When the first of the leased addresses ends; undefined for never. */
export function leaseEnd({ dhcp4, adopted }: Connection): Instant | undefined {
  const ends = ((dhcp4 ?? adopted)?.addresses ?? []).flatMap((own) => own.validUntil ?? []);
  return ends.length > 0 ? (Math.min(...ends) as Instant) : undefined;
}
