/** The NTP component on a bus: what connmand asks arrives, what it reports comes back, and a restart loses nothing. */
import { silentLogger } from '@connman/base';
import type { Bus } from '@connman/dbus';
import { type IpAddress, parseIp } from '@connman/inet';
import { ManualClock } from '@connman/testkit';
import {
  connectNtp,
  exportNtp,
  type NtpComponent,
  type NtpEvent,
  type NtpRequest,
  ntpBusName,
  ntpInterface,
} from '../src';
import { Notes } from './notes';
import { testBus } from './test-bus';

const request: NtpRequest = {
  groups: [['192.0.2.1', 'nts:time.example.org'], ['pool.example.org'], []],
  interfaceName: 'eth0',
  nameservers: [parseIp('192.0.2.53'), parseIp('2001:db8::53')] as IpAddress[],
  stepThreshold: 0.4,
  notBefore: 1_750_000_000,
};

const events: readonly NtpEvent[] = [
  {
    ...{ kind: 'synchronised', server: 'pool.example.org', address: '2001:db8::1' as IpAddress, offset: -0.0123 },
    ...{ stepped: false, frequency: 12.5, rootDistance: 0.004, stratum: 2, agreeing: 3, asked: 4 },
  },
  { kind: 'unsynchronised', reason: 'no time server responds' },
  { kind: 'yielded' },
  { kind: 'failed', reason: 'the system clock: clock_adjtime failed: EPERM' },
];

class Noted extends Notes implements NtpComponent {
  private listener: (event: NtpEvent) => void = () => {};

  start(one: NtpRequest): void {
    this.note(one);
  }
  stop(): void {
    this.note('stop');
  }
  onEvent(listener: (event: NtpEvent) => void): void {
    this.listener = listener;
  }
  say(event: NtpEvent): void {
    this.listener(event);
  }
}

const connect = testBus(ntpBusName);
let clock: ManualClock;
let connmand: Bus;
let lines: string[];
let client: NtpComponent;
let heard: NtpEvent[];
let onHeard: () => void;

async function program(): Promise<{ bus: Bus; component: Noted }> {
  const bus = await connect();
  const component = new Noted();
  exportNtp(bus, component);
  await bus.requestName(ntpBusName);
  return { bus, component };
}

async function untilHeard(count: number): Promise<void> {
  while (heard.length < count) {
    await new Promise<void>((done) => {
      onHeard = done;
    });
  }
}

beforeEach(async () => {
  heard = [];
  onHeard = () => {};
  clock = new ManualClock(0);
  lines = [];
  connmand = await connect();
  client = connectNtp(connmand, clock, { ...silentLogger, warning: (line) => lines.push(line) });
  client.onEvent((event) => {
    heard.push(event);
    onHeard();
  });
});
test('a request made before the program is on the bus arrives whole when it comes', async () => {
  client.start(request);
  const { component } = await program();
  expect(await component.times(1)).toEqual([request]);
  client.stop();
  expect(await component.times(2)).toEqual([request, 'stop']);
});

test('each kind of event comes back as it was reported', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  for (const event of events) component.say(event);
  await untilHeard(events.length);
  expect(heard).toEqual(events);
});

test('a program that leaves makes the clock unsynchronised, and is started again when it is back', async () => {
  client.start(request);
  const first = await program();
  await first.component.times(1);
  first.bus.close();
  await untilHeard(1);
  expect(heard).toEqual([{ kind: 'unsynchronised', reason: 'net.connman.ntp left the bus' }]);
  const second = await program();
  expect(await second.component.times(1)).toEqual([request]);
});

test('the bus is asked to start the program, again and again while it cannot, with one line in the log', async () => {
  client.start(request);
  await connmand.sync();
  for (let i = 0; i < 3; i++) {
    clock.advance(60_000);
    await connmand.sync();
  }
  expect(lines).toEqual([expect.stringMatching(/^the bus cannot start net\.connman\.ntp: .*; still trying/)]);
  expect(clock.pending).toBe(1);
  client.stop();
  expect(clock.pending).toBe(0);
});

test.each([
  ['a name server that is no address', ['0.0.2'], 0.4, 0],
  ['a step threshold of 0.6 s, which the kernel cannot slew', [], 0.6, 0],
  ['a step threshold of 0', [], 0, 0],
  ['a date that is no number', [], 0.4, Number.NaN],
] as const)('%s is refused', async (_, nameservers, threshold, notBefore) => {
  const { component } = await program();
  const remote = (await connect()).object(ntpInterface, { name: ntpBusName, path: '/' });
  await expect(remote.call('Start', [[], '', [...nameservers], threshold, notBefore])).rejects.toThrow(
    'Invalid arguments',
  );
  expect(component.noted).toEqual([]);
});
