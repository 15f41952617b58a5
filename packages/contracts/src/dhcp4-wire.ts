/** The values of the DHCPv4 client on the bus: requests, leases and events as a{sv}. */
import { bool, dict, type Properties, str, strings, uint32, type Variant, variant } from '@connman/dbus';
import type { Dhcp4Event, Dhcp4Held, Dhcp4Lease, Dhcp4Request } from './dhcp4';
import { type Details, PropertyReader } from './property-reader';

/** A peer's text cannot hold a zero byte on the bus. */
export function text(value: string): Variant {
  return str(value.replaceAll('\0', ''));
}

export function texts(values: readonly string[]): Variant {
  return strings(values.map((value) => value.replaceAll('\0', '')));
}

export function request4ToProperties(request: Dhcp4Request): Properties {
  const { interfaceName, mac, hostname, vendorClassId, lastAddress, held, conflictDetection } = request;
  return {
    Interface: str(interfaceName),
    MAC: str(mac),
    Hostname: text(hostname),
    VendorClassID: text(vendorClassId),
    ConflictDetection: bool(conflictDetection),
    ...(lastAddress && { LastAddress: str(lastAddress) }),
    ...(held && { Held: dict(heldToProperties(held)) }),
  };
}

/** Undefined if anything in it is missing or malformed. */
export function readRequest4(ifindex: number, properties: Details): Dhcp4Request | undefined {
  const reader = new PropertyReader(properties);
  const request: Dhcp4Request = {
    family: 4,
    ifindex,
    interfaceName: reader.text('Interface'),
    mac: reader.mac('MAC'),
    hostname: reader.text('Hostname'),
    vendorClassId: reader.text('VendorClassID'),
    conflictDetection: reader.flag('ConflictDetection'),
    ...(reader.has('LastAddress') && { lastAddress: reader.ipv4(reader.text('LastAddress')) }),
    ...(reader.has('Held') && readHeldWithin(reader)),
  };
  return reader.complete ? request : undefined;
}

function readHeldWithin(reader: PropertyReader): { held: Dhcp4Held } | undefined {
  const held = readHeld(reader.details('Held'));
  return reader.expect(held && { held }, undefined);
}

export function event4ToDetails(event: Dhcp4Event): Properties {
  switch (event.kind) {
    case 'bound':
      return heldToProperties(event);
    case 'lost':
      return { Reason: str(event.reason), Address: str(event.address) };
    case 'failed':
      return { Reason: text(event.reason) };
    case 'silent':
      return { LinkLocal: str(event.linkLocal) };
    case 'conflict':
      return { Address: str(event.address), MAC: str(event.mac) };
  }
}

const lostReasons = ['expired', 'refused', 'conflict'] as const;

/** Undefined if anything in it is missing or malformed. */
export function readEvent4(ifindex: number, kind: string, details: Details): Dhcp4Event | undefined {
  const reader = new PropertyReader(details);
  const event = readKind(ifindex, kind, details, reader);
  return reader.complete ? event : undefined;
}

function readKind(ifindex: number, kind: string, details: Details, reader: PropertyReader): Dhcp4Event | undefined {
  const common = { family: 4, ifindex } as const;
  switch (kind) {
    case 'bound': {
      const held = readHeld(details);
      return held && { ...common, kind, ...held };
    }
    case 'lost': {
      const name = reader.text('Reason');
      const reason = lostReasons.find((one) => one === name);
      return reason && { ...common, kind, reason, address: reader.ipv4(reader.text('Address')) };
    }
    case 'silent':
      return { ...common, kind, linkLocal: reader.ipv4(reader.text('LinkLocal')) };
    case 'conflict':
      return { ...common, kind, address: reader.ipv4(reader.text('Address')), mac: reader.mac('MAC') };
    case 'failed':
      return { ...common, kind, reason: reader.text('Reason') };
    default:
      return undefined;
  }
}

function heldToProperties({ lease, ageSeconds }: Dhcp4Held): Properties {
  const routes = lease.routes.map(
    ({ destination, gateway }) => [destination.address, destination.length, gateway] as const,
  );
  return {
    Address: str(lease.address),
    PrefixLength: uint32(lease.prefixLength),
    Server: str(lease.server),
    Routes: variant('a(sus)', routes),
    Nameservers: strings(lease.nameservers),
    Domain: text(lease.domain),
    SearchDomains: texts(lease.searchDomains),
    Timeservers: strings(lease.timeservers),
    MTU: uint32(lease.mtu),
    Hostname: text(lease.hostname),
    ProxyAutoConfigURL: text(lease.proxyAutoConfigUrl),
    CaptivePortalURL: text(lease.captivePortalUrl),
    Metered: bool(lease.metered),
    LeaseSeconds: uint32(lease.leaseSeconds),
    T1Seconds: uint32(lease.t1Seconds),
    T2Seconds: uint32(lease.t2Seconds),
    AgeSeconds: uint32(ageSeconds),
  };
}

function readHeld(properties: Details): Dhcp4Held | undefined {
  const reader = new PropertyReader(properties);
  const lease: Dhcp4Lease = {
    address: reader.ipv4(reader.text('Address')),
    prefixLength: reader.number('PrefixLength'),
    server: reader.ipv4(reader.text('Server')),
    routes: (reader.rows('Routes', 'a(sus)') ?? []).map(([address, length, gateway]) => ({
      destination: { address: reader.ipv4(address), length },
      gateway: reader.ipv4(gateway),
    })),
    nameservers: reader.texts('Nameservers').map((one) => reader.ipv4(one)),
    domain: reader.text('Domain'),
    searchDomains: reader.texts('SearchDomains'),
    timeservers: reader.texts('Timeservers').map((one) => reader.ipv4(one)),
    mtu: reader.number('MTU'),
    hostname: reader.text('Hostname'),
    proxyAutoConfigUrl: reader.text('ProxyAutoConfigURL'),
    captivePortalUrl: reader.text('CaptivePortalURL'),
    metered: reader.flag('Metered'),
    leaseSeconds: reader.number('LeaseSeconds'),
    t1Seconds: reader.number('T1Seconds'),
    t2Seconds: reader.number('T2Seconds'),
  };
  const held = { lease, ageSeconds: reader.number('AgeSeconds') };
  return reader.complete ? held : undefined;
}
