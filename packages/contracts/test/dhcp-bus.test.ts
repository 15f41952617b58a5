/** The DHCP component on a bus: what connmand asks arrives, what it is told comes back, and a restart loses nothing. */
import { silentLogger } from '@connman/base';
import { type Bus, bool, dict, str } from '@connman/dbus';
import type { Duid, Family, Ipv4Address, Ipv6Address, MacAddress } from '@connman/inet';
import { ManualClock } from '@connman/testkit';
import {
  connectDhcp,
  type Dhcp4Lease,
  type Dhcp4Request,
  type Dhcp6Lease,
  type Dhcp6Request,
  type DhcpComponent,
  type DhcpEvent,
  type DhcpRequest,
  dhcpBusName,
  dhcpInterface,
  exportDhcp,
} from '../src';
import { Notes } from './notes';
import { testBus } from './test-bus';

const ip = (text: string): Ipv4Address => text as Ipv4Address;
const request: Dhcp4Request = {
  family: 4,
  ifindex: 3,
  interfaceName: 'eth0',
  mac: '02:00:00:00:00:01' as MacAddress,
  hostname: 'box',
  vendorClassId: '',
  conflictDetection: true,
};
const lease: Dhcp4Lease = {
  address: ip('192.0.2.7'),
  prefixLength: 24,
  server: ip('192.0.2.1'),
  routes: [{ destination: { address: ip('0.0.0.0'), length: 0 }, gateway: ip('192.0.2.254') }],
  nameservers: [ip('192.0.2.1'), ip('192.0.2.2')],
  domain: 'example.org',
  searchDomains: ['a.example.org'],
  timeservers: [],
  mtu: 1400,
  hostname: '',
  proxyAutoConfigUrl: '',
  captivePortalUrl: 'https://portal.example/',
  metered: true,
  leaseSeconds: 0xffffffff,
  t1Seconds: 1800,
  t2Seconds: 3150,
};

const ip6 = (text: string): Ipv6Address => text as Ipv6Address;
const request6: Dhcp6Request = {
  family: 6,
  ifindex: 3,
  interfaceName: 'eth0',
  mode: 'stateful',
  duid: '000100012abb0000020000000001' as Duid,
  iaid: 0xfffffffe,
  address: true,
  prefixLength: 56,
  hostname: '',
};
const lease6: Dhcp6Lease = {
  server: '0003000102000000ffff' as Duid,
  addresses: [{ address: ip6('2001:db8::7'), preferredSeconds: 1800, validSeconds: 3600 }],
  prefixes: [{ prefix: { address: ip6('2001:db8:1::'), length: 48 }, preferredSeconds: 1, validSeconds: 0xffffffff }],
  configuration: {
    nameservers: [ip6('2001:db8::53')],
    searchDomains: ['example.org'],
    timeservers: ['2001:db8::123', 'ntp.example.org'],
    captivePortalUrl: '',
  },
  t1Seconds: 900,
  t2Seconds: 1440,
};
const v4 = { family: 4, ifindex: 3 } as const;
const v6 = { family: 6, ifindex: 3 } as const;

/** A component that notes what it is asked. */
class Noted extends Notes implements DhcpComponent {
  private listener: (event: DhcpEvent) => void = () => {};

  start(one: DhcpRequest): void {
    this.note(one);
  }
  stop(ifindex: number, family: Family, options: { readonly release: boolean }): void {
    this.note({ stop: ifindex, family, ...options });
  }
  renew(ifindex: number, family: Family): void {
    this.note({ renew: ifindex, family });
  }
  decline(ifindex: number, address: Ipv6Address): void {
    this.note({ decline: ifindex, address });
  }
  onEvent(listener: (event: DhcpEvent) => void): void {
    this.listener = listener;
  }
  say(event: DhcpEvent): void {
    this.listener(event);
  }
}

const connect = testBus(dhcpBusName);
let connmand: Bus;
let client: DhcpComponent;
let clock: ManualClock;
let lines: string[];
let events: DhcpEvent[];

async function program(): Promise<{ bus: Bus; component: Noted }> {
  const bus = await connect();
  const component = new Noted();
  exportDhcp(bus, component);
  await bus.requestName(dhcpBusName);
  return { bus, component };
}

function event(): Promise<DhcpEvent> {
  return new Promise((resolve) => client.onEvent(resolve));
}

beforeEach(async () => {
  connmand = await connect();
  lines = [];
  clock = new ManualClock(0);
  client = connectDhcp(connmand, clock, { ...silentLogger, warning: (line) => lines.push(line) });
  events = [];
  client.onEvent((one) => events.push(one));
});
test('requests arrive as they were made, before the program runs and after', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  client.start({ ...request, ifindex: 4, lastAddress: ip('192.0.2.9') });
  client.renew(4, 4);
  client.stop(4, 4, { release: true });
  client.start({ ...request6, held: { lease: lease6, ageSeconds: 7 } });
  client.decline(4, ip6('2001:db8::7'));
  expect(await component.times(6)).toEqual([
    request,
    { ...request, ifindex: 4, lastAddress: '192.0.2.9' },
    { renew: 4, family: 4 },
    { stop: 4, family: 4, release: true },
    { ...request6, held: { lease: lease6, ageSeconds: 7 } },
    { decline: 4, address: '2001:db8::7' },
  ]);
});

test('every kind of event comes back as it was told', async () => {
  client.start(request);
  client.start(request6);
  const { component } = await program();
  await component.times(2);
  const all: DhcpEvent[] = [
    { ...v4, kind: 'bound', lease, ageSeconds: 3 },
    { ...v4, kind: 'lost', reason: 'refused', address: ip('192.0.2.7') },
    { ...v4, kind: 'silent', linkLocal: ip('169.254.7.7') },
    { ...v4, kind: 'conflict', address: ip('192.0.2.7'), mac: request.mac },
    { ...v4, kind: 'failed', reason: 'socket failed: EPERM' },
    { ...v6, kind: 'bound', lease: lease6, ageSeconds: 3 },
    { ...v6, kind: 'configured', configuration: lease6.configuration },
    { ...v6, kind: 'lost', reason: 'not-on-link' },
    { ...v6, kind: 'silent' },
    { ...v6, kind: 'failed', reason: 'socket failed: EPERM' },
  ];
  for (const one of all) {
    const told = event();
    component.say(one);
    expect(await told).toEqual(one);
  }
});

test('when the program comes back, what was running is started again with the lease last held and its age', async () => {
  client.start(request);
  client.start({ ...request, ifindex: 5 });
  const first = await program();
  await first.component.times(2);
  const bound = event();
  first.component.say({ ...v4, kind: 'bound', lease, ageSeconds: 5 });
  await bound;
  client.stop(5, 4, { release: false });
  await first.component.times(3);
  first.bus.close();
  clock.advance(60_000);
  const second = await program();
  expect(await second.component.times(1)).toEqual([{ ...request, held: { lease, ageSeconds: 65 } }]);
});

test('a server’s text with a zero byte in it does not stop the event', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  const told = event();
  component.say({ ...v4, kind: 'bound', ageSeconds: 0, lease: { ...lease, domain: 'a\0b', searchDomains: ['c\0'] } });
  expect(await told).toMatchObject({ lease: { domain: 'ab', searchDomains: ['c'] } });
});

test('malformed requests are refused, and malformed or uninvited events left out', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  const remote = connmand.object(dhcpInterface, { name: dhcpBusName, path: '/' });
  const properties = { Interface: str('eth1'), MAC: str(request.mac), Hostname: str(''), VendorClassID: str('') };
  const complete = { ...properties, ConflictDetection: bool(false) };
  for (const [family, malformed] of [
    [4, properties],
    [4, { ...complete, MAC: str('no mac') }],
    [4, { ...complete, LastAddress: str('192.0.2') }],
    [4, { ...complete, Held: dict({ Address: str('192.0.2.7') }) }],
    [5, complete],
    [6, complete],
  ] as const)
    await expect(remote.call('Start', [7, family, malformed])).rejects.toMatchObject({
      errorName: 'net.connman.Error.InvalidArguments',
    });
  component.say({ ...v4, kind: 'bound', ifindex: 99, lease, ageSeconds: 0 });
  component.say({ ...v6, kind: 'silent' });
  component.say({ ...v4, kind: 'silent', linkLocal: ip('nonsense') });
  component.say({ ...v4, kind: 'lost', reason: 'bored' as 'expired', address: ip('192.0.2.7') });
  const told = event();
  component.say({ ...v4, kind: 'lost', reason: 'expired', address: ip('192.0.2.7') });
  await told;
  expect(events).toEqual([{ ...v4, kind: 'lost', reason: 'expired', address: '192.0.2.7' }]);
});

test('a program that the bus cannot start is asked for again, with one line in the log', async () => {
  client.start(request);
  await connmand.sync();
  for (let i = 0; i < 5; i++) {
    clock.advance(60_000);
    await connmand.sync();
  }
  expect(lines).toEqual([expect.stringMatching(/^the bus cannot start net\.connman\.dhcp: .*; still trying/)]);
  expect(clock.pending).toBe(1);
  client.stop(3, 4, { release: false });
  expect(clock.pending).toBe(0);
});

test('a program that was never there has not left the bus', async () => {
  client.start(request);
  await connmand.sync();
  await connmand.sync();
  expect(lines.filter((line) => line.includes('left the bus'))).toEqual([]);
  const { bus, component } = await program();
  await component.times(1);
  bus.close();
  await new Promise<void>((resolve) => connmand.watchOwner(dhcpBusName, (owner) => owner === undefined && resolve()));
  expect(lines.filter((line) => line.includes('left the bus'))).toHaveLength(1);
});
