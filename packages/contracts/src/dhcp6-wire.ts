/** The values of the DHCPv6 client on the bus: requests, leases and events as a{sv}. */
import { bool, dict, type Properties, str, strings, uint32, variant } from '@connman/dbus';
import { text, texts } from './dhcp4-wire';
import type { Dhcp6Configuration, Dhcp6Event, Dhcp6Held, Dhcp6Request } from './dhcp6';
import { type Details, PropertyReader } from './property-reader';

export function request6ToProperties(request: Dhcp6Request): Properties {
  const { interfaceName, mode, duid, iaid, address, prefixLength, hostname, held } = request;
  return {
    Interface: str(interfaceName),
    Mode: str(mode),
    DUID: str(duid),
    IAID: uint32(iaid),
    Address: bool(address),
    Hostname: text(hostname),
    ...(prefixLength !== undefined && { PrefixLength: uint32(prefixLength) }),
    ...(held && { Held: dict(heldToProperties(held)) }),
  };
}

/** Undefined if anything in it is missing or malformed. */
export function readRequest6(ifindex: number, properties: Details): Dhcp6Request | undefined {
  const reader = new PropertyReader(properties);
  const mode = reader.text('Mode');
  const request: Dhcp6Request = {
    family: 6,
    ifindex,
    interfaceName: reader.text('Interface'),
    mode: mode === 'stateless' ? mode : 'stateful',
    duid: reader.duid('DUID'),
    iaid: reader.number('IAID'),
    address: reader.flag('Address'),
    hostname: reader.text('Hostname'),
    ...(reader.has('PrefixLength') && { prefixLength: reader.number('PrefixLength') }),
    ...(reader.has('Held') && readHeldWithin(reader)),
  };
  return reader.complete && mode === request.mode ? request : undefined;
}

function readHeldWithin(reader: PropertyReader): { held: Dhcp6Held } | undefined {
  const held = readHeld(reader.details('Held'));
  return reader.expect(held && { held }, undefined);
}

export function event6ToDetails(event: Dhcp6Event): Properties {
  switch (event.kind) {
    case 'bound':
      return heldToProperties(event);
    case 'configured':
      return configurationToProperties(event.configuration);
    case 'lost':
    case 'failed':
      return { Reason: text(event.reason) };
    case 'silent':
      return {};
  }
}

const lostReasons = ['expired', 'refused', 'not-on-link', 'conflict'] as const;

/** Undefined if anything in it is missing or malformed. */
export function readEvent6(ifindex: number, kind: string, details: Details): Dhcp6Event | undefined {
  const common = { family: 6, ifindex } as const;
  const reader = new PropertyReader(details);
  switch (kind) {
    case 'bound': {
      const held = readHeld(details);
      return held && { ...common, kind, ...held };
    }
    case 'configured': {
      const configuration = readConfiguration(reader);
      return reader.complete ? { ...common, kind, configuration } : undefined;
    }
    case 'lost': {
      const reason = lostReasons.find((one) => one === details.get('Reason')?.value);
      return reason && { ...common, kind, reason };
    }
    case 'silent':
      return { ...common, kind };
    case 'failed': {
      const reason = reader.text('Reason');
      return reader.complete ? { ...common, kind, reason } : undefined;
    }
    default:
      return undefined;
  }
}

function configurationToProperties(
  configuration: Dhcp6Configuration,
): Readonly<Record<string, ReturnType<typeof str>>> {
  return {
    Nameservers: strings(configuration.nameservers),
    SearchDomains: texts(configuration.searchDomains),
    Timeservers: texts(configuration.timeservers),
    CaptivePortalURL: text(configuration.captivePortalUrl),
  };
}

function readConfiguration(reader: PropertyReader): Dhcp6Configuration {
  return {
    nameservers: reader.texts('Nameservers').map((one) => reader.ipv6(one)),
    searchDomains: reader.texts('SearchDomains'),
    timeservers: reader.texts('Timeservers'),
    captivePortalUrl: reader.text('CaptivePortalURL'),
  };
}

function heldToProperties({ lease, ageSeconds }: Dhcp6Held): Properties {
  return {
    ...configurationToProperties(lease.configuration),
    Server: str(lease.server),
    Addresses: variant(
      'a(suu)',
      lease.addresses.map((one) => [one.address, one.preferredSeconds, one.validSeconds] as const),
    ),
    Prefixes: variant(
      'a(suuu)',
      lease.prefixes.map(
        ({ prefix, ...one }) => [prefix.address, prefix.length, one.preferredSeconds, one.validSeconds] as const,
      ),
    ),
    T1Seconds: uint32(lease.t1Seconds),
    T2Seconds: uint32(lease.t2Seconds),
    AgeSeconds: uint32(ageSeconds),
  };
}

function readHeld(properties: Details): Dhcp6Held | undefined {
  const reader = new PropertyReader(properties);
  const addresses = reader.rows('Addresses', 'a(suu)') ?? [];
  const prefixes = reader.rows('Prefixes', 'a(suuu)') ?? [];
  const held: Dhcp6Held = {
    lease: {
      server: reader.duid('Server'),
      addresses: addresses.map(([address, preferredSeconds, validSeconds]) => ({
        address: reader.ipv6(address),
        preferredSeconds,
        validSeconds,
      })),
      prefixes: prefixes.map(([address, length, preferredSeconds, validSeconds]) => ({
        prefix: { address: reader.ipv6(address), length },
        preferredSeconds,
        validSeconds,
      })),
      configuration: readConfiguration(reader),
      t1Seconds: reader.number('T1Seconds'),
      t2Seconds: reader.number('T2Seconds'),
    },
    ageSeconds: reader.number('AgeSeconds'),
  };
  return reader.complete ? held : undefined;
}
