/**
 * The NTP component as a program of its own: its contract on the bus, and both ends of it.
 *
 * connmand is the one caller. The bus starts the program with the first request. When the program goes away and comes back, it is
 * started again with what it had last.
 */
import { type Logger, silentLogger } from '@connman/base';
import { type Bus, bool, defineInterface, double, type Properties, str, uint32, type Variant } from '@connman/dbus';
import { type IpAddress, parseIp } from '@connman/inet';
import type { Clock } from '@connman/ports';
import { connmanError } from './errors';
import type { NtpComponent, NtpEvent, NtpRequest } from './ntp';
import { isAbsence, ProgramStarter } from './program-starter';

export const ntpBusName = 'net.connman.ntp';
const ntpPath = '/';

export const ntpInterface = defineInterface({
  name: 'net.connman.ntp.Client',
  methods: {
    /** Times in seconds. Replaces the servers before. */
    Start: {
      in: 'aas groups, s interface, as nameservers, d step_threshold, d not_before',
      out: '',
    },
    Stop: { in: '', out: '' },
  },
  /** `kind` is that of NtpEvent; the details are its other fields. */
  signals: { Event: 's kind, a{sv} details' },
});

/** Puts a component on the bus. The program requests `ntpBusName` afterwards, and calls come in. */
export function exportNtp(bus: Bus, component: NtpComponent): void {
  const exported = bus.export(ntpPath, ntpInterface, {
    Start([groups, interfaceName, nameserverTexts, stepThreshold, notBefore]) {
      const nameservers = nameserverTexts.map(parseIp);
      if (!areAddresses(nameservers) || !(stepThreshold > 0 && stepThreshold <= 0.5) || !Number.isFinite(notBefore))
        throw connmanError('InvalidArguments');
      component.start({ groups, interfaceName, nameservers, stepThreshold, notBefore });
    },
    Stop() {
      component.stop();
    },
  });
  component.onEvent((event) => exported.emit('Event', [event.kind, detailsOf(event)]));
}

/** The component of another program, which the bus is asked to start. */
export function connectNtp(bus: Bus, clock: Clock, log: Logger = silentLogger): NtpComponent {
  const remote = bus.object(ntpInterface, { name: ntpBusName, path: ntpPath });
  const listeners: ((event: NtpEvent) => void)[] = [];
  let running: NtpRequest | undefined;
  const starter = new ProgramStarter(bus, ntpBusName, clock, log);

  const publish = (event: NtpEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const launch = (request: NtpRequest): void => {
    const { groups, interfaceName, nameservers, stepThreshold, notBefore } = request;
    remote
      .call('Start', [groups.map((group) => [...group]), interfaceName, [...nameservers], stepThreshold, notBefore])
      .catch((error: unknown) => {
        if (isAbsence(error)) return;
        publish({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
      });
  };

  remote.on('Event', ([kind, details]) => {
    const event = readEvent(kind, details);
    if (!event) return log.warning(`time: cannot read an event "${kind}" of ${ntpBusName}; ignored`);
    if (!running) return;
    if (event.kind === 'failed') running = undefined;
    publish(event);
  });

  starter.follow({
    isInNeed: () => running !== undefined,
    onPresent() {
      if (running) launch(running);
    },
    onGone: () => publish({ kind: 'unsynchronised', reason: `${ntpBusName} left the bus` }),
  });

  return {
    start(request) {
      running = request;
      if (starter.present) launch(request);
      else starter.wake();
    },
    stop() {
      running = undefined;
      starter.rest();
      if (starter.present) remote.send('Stop', []);
    },
    onEvent(listener) {
      listeners.push(listener);
    },
  };
}

function areAddresses(values: readonly (IpAddress | undefined)[]): values is readonly IpAddress[] {
  return values.every((value) => value !== undefined);
}

function text(value: string): Variant {
  return str(value.replaceAll('\0', ''));
}

function detailsOf(event: NtpEvent): Properties {
  switch (event.kind) {
    case 'synchronised':
      return {
        Server: text(event.server),
        Address: str(event.address),
        Offset: double(event.offset),
        Stepped: bool(event.stepped),
        Frequency: double(event.frequency),
        RootDistance: double(event.rootDistance),
        Stratum: uint32(event.stratum),
        Agreeing: uint32(event.agreeing),
        Asked: uint32(event.asked),
      };
    case 'unsynchronised':
    case 'failed':
      return { Reason: text(event.reason) };
    case 'yielded':
      return {};
  }
}

/** The event of a signal; undefined if anything in it is missing or malformed. */
function readEvent(kind: string, details: ReadonlyMap<string, Variant>): NtpEvent | undefined {
  switch (kind) {
    case 'synchronised':
      return readSynchronised(details);
    case 'unsynchronised':
    case 'failed': {
      const reason = details.get('Reason')?.as('s');
      return reason === undefined ? undefined : { kind, reason };
    }
    case 'yielded':
      return { kind };
    default:
      return undefined;
  }
}

function readSynchronised(details: ReadonlyMap<string, Variant>): NtpEvent | undefined {
  const number = (key: string) => details.get(key)?.as('d') ?? Number.NaN;
  const count = (key: string) => details.get(key)?.as('u') ?? Number.NaN;
  const server = details.get('Server')?.as('s');
  const address = parseIp(details.get('Address')?.as('s') ?? '');
  const stepped = details.get('Stepped')?.as('b');
  if (server === undefined || address === undefined || stepped === undefined) return undefined;
  const event = {
    ...{ kind: 'synchronised' as const, server, address, stepped },
    ...{ offset: number('Offset'), frequency: number('Frequency'), rootDistance: number('RootDistance') },
    ...{ stratum: count('Stratum'), agreeing: count('Agreeing'), asked: count('Asked') },
  };
  const numbers = [event.offset, event.frequency, event.rootDistance, event.stratum, event.agreeing, event.asked];
  return numbers.every(Number.isFinite) ? event : undefined;
}
