/**
 * The DHCP component as a program of its own: its contract on the bus, and both ends of it.
 *
 * connmand is the one caller. When the program goes away and comes back, whatever was running is started again, with the
 * address last held.
 */
import { type Logger, silentLogger } from '@connman/base';
import {
  type Bus,
  BusError,
  busErrorName,
  defineInterface,
  type Properties,
  str,
  strings,
  uint32,
  type Variant,
  variant,
} from '@connman/dbus';
import { type Ipv4Address, type MacAddress, parseIpv4, parseMac } from '@connman/inet';
import type { Dhcp4Event, Dhcp4Lease, Dhcp4Request, Dhcp4Route, DhcpComponent } from './dhcp';
import { connmanError } from './errors';

export const dhcpBusName = 'net.connman.dhcp';
const dhcpPath = '/';

export const dhcp4Interface = defineInterface({
  name: 'net.connman.dhcp.Client4',
  methods: {
    /** Empty texts stand for what is not wanted or not known. */
    Start: {
      in: 'u ifindex, s interface, s mac, s hostname, s vendor_class, s last_address, b conflict_detection',
      out: '',
    },
    Stop: { in: 'u ifindex, b release', out: '' },
    Renew: { in: 'u ifindex', out: '' },
  },
  /** `kind` is that of Dhcp4Event; the details are its other fields. */
  signals: { Event: 'u ifindex, s kind, a{sv} details' },
});

/** Puts a component on the bus. The program requests `dhcpBusName` afterwards, and calls come in. */
export function exportDhcp(bus: Bus, component: DhcpComponent): void {
  const exported = bus.export(dhcpPath, dhcp4Interface, {
    Start([ifindex, interfaceName, macText, hostname, vendorClassId, last, conflictDetection]) {
      const mac = parseMac(macText);
      const lastAddress = parseIpv4(last);
      if (!mac || (last !== '' && !lastAddress)) throw connmanError('InvalidArguments');
      const request = { ifindex, interfaceName, mac, hostname, vendorClassId, conflictDetection };
      component.start(lastAddress ? { ...request, lastAddress } : request);
    },
    Stop([ifindex, release]) {
      component.stop(ifindex, { release });
    },
    Renew([ifindex]) {
      component.renew(ifindex);
    },
  });
  component.onEvent((event) => exported.emit('Event', [event.ifindex, event.kind, detailsOf(event)]));
}

/** The component of another program. Requests made while it is away are started when it comes. */
export function connectDhcp(bus: Bus, log: Logger = silentLogger): DhcpComponent {
  const remote = bus.object(dhcp4Interface, { name: dhcpBusName, path: dhcpPath });
  const running = new Map<number, Dhcp4Request>();
  const listeners: ((event: Dhcp4Event) => void)[] = [];
  let present = false;

  const publish = (event: Dhcp4Event): void => {
    for (const listener of listeners) listener(event);
  };

  const refused = (ifindex: number, error: unknown): void => {
    // Without a program or a bus there is nothing to report: it is started again when the program is back.
    if (error instanceof BusError && away.includes(error.errorName)) return;
    publish({ kind: 'failed', ifindex, reason: error instanceof Error ? error.message : String(error) });
  };

  const launch = (request: Dhcp4Request): void => {
    const { ifindex, interfaceName, mac, hostname, vendorClassId, lastAddress, conflictDetection } = request;
    remote
      .call('Start', [ifindex, interfaceName, mac, hostname, vendorClassId, lastAddress ?? '', conflictDetection])
      .catch((error: unknown) => refused(ifindex, error));
  };

  remote.on('Event', ([ifindex, kind, details]) => {
    const event = eventOf(ifindex, kind, details);
    if (!event) return log.warning(`dhcp: an event "${kind}" of ${dhcpBusName} cannot be read; it is left out`);
    const request = running.get(ifindex);
    if (!request) return;
    if (event.kind === 'bound') running.set(ifindex, { ...request, lastAddress: event.lease.address });
    if (event.kind === 'failed') running.delete(ifindex);
    publish(event);
  });

  bus.watchOwner(dhcpBusName, (owner) => {
    present = owner !== undefined;
    if (present) for (const request of running.values()) launch(request);
    else if (running.size > 0) log.warning(`dhcp: ${dhcpBusName} has left the bus; leases stay until it is back`);
  });

  return {
    start(request) {
      running.set(request.ifindex, request);
      if (present) launch(request);
    },
    stop(ifindex, { release }) {
      running.delete(ifindex);
      if (present) remote.send('Stop', [ifindex, release]);
    },
    renew(ifindex) {
      if (present) remote.send('Renew', [ifindex]);
    },
    onEvent(listener) {
      listeners.push(listener);
    },
  };
}

const away: readonly string[] = [
  busErrorName.noReply,
  busErrorName.disconnected,
  busErrorName.serviceUnknown,
  busErrorName.nameHasNoOwner,
];

/** A server's text cannot hold a zero byte on the bus. */
function text(value: string): Variant {
  return str(value.replaceAll('\0', ''));
}

function detailsOf(event: Dhcp4Event): Properties {
  switch (event.kind) {
    case 'bound':
      return leaseToProperties(event.lease);
    case 'lost':
    case 'failed':
      return { Reason: text(event.reason) };
    case 'silent':
      return { LinkLocal: str(event.linkLocal) };
    case 'conflict':
      return { Address: str(event.address), MAC: str(event.mac) };
  }
}

const lostReasons = ['expired', 'refused', 'conflict'] as const;

/** The event a signal tells; undefined if anything in it is missing or malformed. */
function eventOf(ifindex: number, kind: string, details: ReadonlyMap<string, Variant>): Dhcp4Event | undefined {
  const reader = new PropertyReader(details);
  const event = readEvent(ifindex, kind, reader);
  return reader.complete ? event : undefined;
}

function readEvent(ifindex: number, kind: string, reader: PropertyReader): Dhcp4Event | undefined {
  switch (kind) {
    case 'bound':
      return { kind, ifindex, lease: readLease(reader) };
    case 'lost': {
      const name = reader.text('Reason');
      const reason = lostReasons.find((one) => one === name);
      return reason && { kind, ifindex, reason };
    }
    case 'silent':
      return { kind, ifindex, linkLocal: reader.address('LinkLocal') };
    case 'conflict':
      return { kind, ifindex, address: reader.address('Address'), mac: reader.mac('MAC') };
    case 'failed':
      return { kind, ifindex, reason: reader.text('Reason') };
    default:
      return undefined;
  }
}

function leaseToProperties(lease: Dhcp4Lease): Properties {
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
    SearchDomains: strings(lease.searchDomains.map((domain) => domain.replaceAll('\0', ''))),
    Timeservers: strings(lease.timeservers),
    MTU: uint32(lease.mtu),
    Hostname: text(lease.hostname),
    ProxyAutoConfigURL: text(lease.proxyAutoConfigUrl),
    CaptivePortalURL: text(lease.captivePortalUrl),
    LeaseSeconds: uint32(lease.leaseSeconds),
    T1Seconds: uint32(lease.t1Seconds),
    T2Seconds: uint32(lease.t2Seconds),
  };
}

function readLease(reader: PropertyReader): Dhcp4Lease {
  return {
    address: reader.address('Address'),
    prefixLength: reader.number('PrefixLength'),
    server: reader.address('Server'),
    routes: reader.routes('Routes'),
    nameservers: reader.addresses('Nameservers'),
    domain: reader.text('Domain'),
    searchDomains: reader.texts('SearchDomains'),
    timeservers: reader.addresses('Timeservers'),
    mtu: reader.number('MTU'),
    hostname: reader.text('Hostname'),
    proxyAutoConfigUrl: reader.text('ProxyAutoConfigURL'),
    captivePortalUrl: reader.text('CaptivePortalURL'),
    leaseSeconds: reader.number('LeaseSeconds'),
    t1Seconds: reader.number('T1Seconds'),
    t2Seconds: reader.number('T2Seconds'),
  };
}

/** Reads straight through and is asked once, at the end, whether everything was there and well formed. */
class PropertyReader {
  private readonly properties: ReadonlyMap<string, Variant>;
  complete = true;

  constructor(properties: ReadonlyMap<string, Variant>) {
    this.properties = properties;
  }

  private expect<T>(value: T | undefined, otherwise: T): T {
    if (value === undefined) this.complete = false;
    return value ?? otherwise;
  }

  text(key: string): string {
    return this.expect(this.properties.get(key)?.as('s'), '');
  }

  number(key: string): number {
    return this.expect(this.properties.get(key)?.as('u'), 0);
  }

  texts(key: string): readonly string[] {
    return this.expect(this.properties.get(key)?.as('as'), []);
  }

  mac(key: string): MacAddress {
    return this.expect(parseMac(this.text(key)), '00:00:00:00:00:00' as MacAddress);
  }

  address(key: string): Ipv4Address {
    return this.toAddress(this.text(key));
  }

  addresses(key: string): readonly Ipv4Address[] {
    return this.texts(key).map((one) => this.toAddress(one));
  }

  routes(key: string): readonly Dhcp4Route[] {
    const routes = this.expect(this.properties.get(key)?.as('a(sus)'), []);
    return routes.map(([address, length, gateway]) => ({
      destination: { address: this.toAddress(address), length },
      gateway: this.toAddress(gateway),
    }));
  }

  private toAddress(value: string): Ipv4Address {
    return this.expect(parseIpv4(value), '0.0.0.0' as Ipv4Address);
  }
}
