/**
 * The DHCP component as a program of its own: its contract on the bus, and both ends of it.
 *
 * connmand is the one caller. The bus starts the program with the first request. When the program goes away and comes back,
 * whatever was running is started again, with the lease last held.
 */
import { type Instant, type Logger, silentLogger } from '@connman/base';
import { type Bus, defineInterface } from '@connman/dbus';
import { type Family, parseIpv6 } from '@connman/inet';
import type { Clock } from '@connman/ports';
import type { DhcpComponent, DhcpEvent, DhcpRequest } from './dhcp';
import { event4ToDetails, readEvent4, readRequest4, request4ToProperties } from './dhcp4-wire';
import { event6ToDetails, readEvent6, readRequest6, request6ToProperties } from './dhcp6-wire';
import { connmanError } from './errors';
import { isAbsence, ProgramStarter } from './program-starter';

export const dhcpBusName = 'net.connman.dhcp';
const dhcpPath = '/';

export const dhcpInterface = defineInterface({
  name: 'net.connman.dhcp.Client',
  methods: {
    /** `family` is 4 or 6; the properties are the request's other fields. */
    Start: { in: 'u ifindex, y family, a{sv} request', out: '' },
    Stop: { in: 'u ifindex, y family, b release', out: '' },
    Renew: { in: 'u ifindex, y family', out: '' },
    Decline: { in: 'u ifindex, s address', out: '' },
  },
  /** `kind` is that of DhcpEvent; the details are its other fields. */
  signals: { Event: 'u ifindex, y family, s kind, a{sv} details' },
});

/** Puts a component on the bus. The program requests `dhcpBusName` afterwards, and calls come in. */
export function exportDhcp(bus: Bus, component: DhcpComponent): void {
  const exported = bus.export(dhcpPath, dhcpInterface, {
    Start([ifindex, family, properties]) {
      const request = familyOf(family) === 4 ? readRequest4(ifindex, properties) : readRequest6(ifindex, properties);
      if (!request) throw connmanError('InvalidArguments');
      component.start(request);
    },
    Stop([ifindex, family, release]) {
      component.stop(ifindex, familyOf(family), { release });
    },
    Renew([ifindex, family]) {
      component.renew(ifindex, familyOf(family));
    },
    Decline([ifindex, text]) {
      const address = parseIpv6(text);
      if (!address) throw connmanError('InvalidArguments');
      component.decline(ifindex, address);
    },
  });
  component.onEvent((event) => {
    const details = event.family === 4 ? event4ToDetails(event) : event6ToDetails(event);
    exported.emit('Event', [event.ifindex, event.family, event.kind, details]);
  });
}

function familyOf(value: number): Family {
  if (value !== 4 && value !== 6) throw connmanError('InvalidArguments');
  return value;
}

interface Client {
  readonly request: DhcpRequest;
  /** When the request's `held` lease began. */
  readonly heldSince?: Instant;
}

/** The component of another program, which the bus is asked to start. */
export function connectDhcp(bus: Bus, clock: Clock, log: Logger = silentLogger): DhcpComponent {
  const remote = bus.object(dhcpInterface, { name: dhcpBusName, path: dhcpPath });
  const clients = new Map<string, Client>();
  const listeners: ((event: DhcpEvent) => void)[] = [];
  const starter = new ProgramStarter(bus, dhcpBusName, clock, log);

  const publish = (event: DhcpEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const refused = ({ family, ifindex }: DhcpRequest, error: unknown): void => {
    if (isAbsence(error)) return;
    const reason = error instanceof Error ? error.message : String(error);
    publish({ kind: 'failed', family, ifindex, reason });
  };

  const launch = (client: Client): void => {
    const request = aged(client, clock.now());
    const { ifindex, family } = request;
    const properties = family === 4 ? request4ToProperties(request) : request6ToProperties(request);
    remote.call('Start', [ifindex, family, properties]).catch((error: unknown) => refused(request, error));
  };

  remote.on('Event', ([ifindex, family, kind, details]) => {
    const event = family === 4 ? readEvent4(ifindex, kind, details) : readEvent6(ifindex, kind, details);
    if (!event) return log.warning(`dhcp: cannot read an event "${kind}" of ${dhcpBusName}; ignored`);
    const key = keyOf(ifindex, event.family);
    const client = clients.get(key);
    if (!client) return;
    if (event.kind === 'failed') clients.delete(key);
    else clients.set(key, remember(client, event, clock.now()));
    publish(event);
  });

  starter.follow({
    isInNeed: () => clients.size > 0,
    onPresent() {
      for (const client of clients.values()) launch(client);
    },
  });

  return {
    start(request) {
      const client = { request, ...(request.held && { heldSince: since(request.held.ageSeconds, clock.now()) }) };
      clients.set(keyOf(request.ifindex, request.family), client);
      if (starter.present) launch(client);
      else starter.wake();
    },
    stop(ifindex, family, { release }) {
      clients.delete(keyOf(ifindex, family));
      if (clients.size === 0) starter.rest();
      if (starter.present) remote.send('Stop', [ifindex, family, release]);
    },
    renew(ifindex, family) {
      if (starter.present) remote.send('Renew', [ifindex, family]);
    },
    decline(ifindex, address) {
      if (starter.present) remote.send('Decline', [ifindex, address]);
    },
    onEvent(listener) {
      listeners.push(listener);
    },
  };
}

function keyOf(ifindex: number, family: Family): string {
  return `${family} ${ifindex}`;
}

function since(ageSeconds: number, now: Instant): Instant {
  return (now - ageSeconds * 1000) as Instant;
}

/** What the program is to be started with when it comes back: the lease in force, or none of what was refused. */
function remember(client: Client, event: DhcpEvent, now: Instant): Client {
  const { held: _, ...rest } = client.request;
  if (event.kind === 'bound') {
    const { lease, ageSeconds } = event;
    const request = { ...rest, held: { lease, ageSeconds } } as DhcpRequest;
    return { request, heldSince: since(ageSeconds, now) };
  }
  if (event.kind !== 'lost') return client;
  if (rest.family === 6) return { request: rest };
  const { lastAddress, ...without } = rest;
  return { request: lastAddress && lastAddress !== ('address' in event ? event.address : '') ? rest : without };
}

/** The request with the age its lease has by now. */
function aged({ request, heldSince }: Client, now: Instant): DhcpRequest {
  if (!request.held || heldSince === undefined) return request;
  const ageSeconds = Math.max(0, Math.floor((now - heldSince) / 1000));
  return { ...request, held: { ...request.held, ageSeconds } } as DhcpRequest;
}
