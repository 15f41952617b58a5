/** The DHCP component on a bus: what connmand asks arrives, what it is told comes back, and a restart loses nothing. */
import { Bus, nodeBusStream } from '@connman/dbus';
import type { Ipv4Address, MacAddress } from '@connman/inet';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import {
  connectDhcp,
  type Dhcp4Event,
  type Dhcp4Lease,
  type Dhcp4Request,
  type DhcpComponent,
  dhcp4Interface,
  dhcpBusName,
  exportDhcp,
} from '../src';
import { Notes } from './notes';

const ip = (text: string): Ipv4Address => text as Ipv4Address;
const request: Dhcp4Request = {
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
  leaseSeconds: 0xffffffff,
  t1Seconds: 1800,
  t2Seconds: 3150,
};

/** A component that notes what it is asked. */
class Noted extends Notes implements DhcpComponent {
  private listener: (event: Dhcp4Event) => void = () => {};

  start(one: Dhcp4Request): void {
    this.note(one);
  }
  stop(ifindex: number, options: { readonly release: boolean }): void {
    this.note({ stop: ifindex, ...options });
  }
  renew(ifindex: number): void {
    this.note({ renew: ifindex });
  }
  onEvent(listener: (event: Dhcp4Event) => void): void {
    this.listener = listener;
  }
  say(event: Dhcp4Event): void {
    this.listener(event);
  }
}

let daemon: PrivateBus;
let connmand: Bus;
let client: DhcpComponent;
let events: Dhcp4Event[];
const buses: Bus[] = [];

async function connect(): Promise<Bus> {
  const bus = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  buses.push(bus);
  return bus;
}

async function program(): Promise<{ bus: Bus; component: Noted }> {
  const bus = await connect();
  const component = new Noted();
  exportDhcp(bus, component);
  await bus.requestName(dhcpBusName);
  return { bus, component };
}

function event(): Promise<Dhcp4Event> {
  return new Promise((resolve) => client.onEvent(resolve));
}

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(async () => {
  await daemon.stop();
});
beforeEach(async () => {
  connmand = await connect();
  client = connectDhcp(connmand);
  events = [];
  client.onEvent((one) => events.push(one));
});
afterEach(async () => {
  // Names are given back one by one: the next test starts on an empty bus.
  const last = await connect();
  const empty = new Promise<void>((resolve) =>
    last.watchOwner(dhcpBusName, (owner) => owner === undefined && resolve()),
  );
  for (const bus of buses.splice(0)) if (bus !== last) bus.close();
  await empty;
  last.close();
});

test('requests arrive as they were made, before the program runs and after', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  client.start({ ...request, ifindex: 4, lastAddress: ip('192.0.2.9') });
  client.renew(4);
  client.stop(4, { release: true });
  expect(await component.times(4)).toEqual([
    request,
    { ...request, ifindex: 4, lastAddress: '192.0.2.9' },
    { renew: 4 },
    { stop: 4, release: true },
  ]);
});

test('every kind of event comes back as it was told', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  const all: Dhcp4Event[] = [
    { kind: 'bound', ifindex: 3, lease },
    { kind: 'lost', ifindex: 3, reason: 'refused' },
    { kind: 'silent', ifindex: 3, linkLocal: ip('169.254.7.7') },
    { kind: 'conflict', ifindex: 3, address: ip('192.0.2.7'), mac: request.mac },
    { kind: 'failed', ifindex: 3, reason: 'socket failed: EPERM' },
  ];
  for (const one of all) {
    const told = event();
    component.say(one);
    expect(await told).toEqual(one);
  }
});

test('when the program comes back, what was running is started again with the address last held', async () => {
  client.start(request);
  client.start({ ...request, ifindex: 5 });
  const first = await program();
  await first.component.times(2);
  const bound = event();
  first.component.say({ kind: 'bound', ifindex: 3, lease });
  await bound;
  client.stop(5, { release: false });
  await first.component.times(3);
  first.bus.close();
  const second = await program();
  expect(await second.component.times(1)).toEqual([{ ...request, lastAddress: '192.0.2.7' }]);
});

test('a server’s text with a zero byte in it does not stop the event', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  const told = event();
  component.say({ kind: 'bound', ifindex: 3, lease: { ...lease, domain: 'a\0b', searchDomains: ['c\0'] } });
  expect(await told).toMatchObject({ lease: { domain: 'ab', searchDomains: ['c'] } });
});

test('malformed requests are refused, and malformed or uninvited events left out', async () => {
  client.start(request);
  const { component } = await program();
  await component.times(1);
  const remote = connmand.object(dhcp4Interface, { name: dhcpBusName, path: '/' });
  for (const [mac, last] of [
    ['no mac', ''],
    [request.mac, '192.0.2'],
  ] as const)
    await expect(remote.call('Start', [7, 'eth1', mac, '', '', last, false])).rejects.toMatchObject({
      errorName: 'net.connman.Error.InvalidArguments',
    });
  component.say({ kind: 'bound', ifindex: 99, lease });
  component.say({ kind: 'silent', ifindex: 3, linkLocal: ip('nonsense') });
  component.say({ kind: 'lost', ifindex: 3, reason: 'bored' as 'expired' });
  const told = event();
  component.say({ kind: 'lost', ifindex: 3, reason: 'expired' });
  await told;
  expect(events).toEqual([{ kind: 'lost', ifindex: 3, reason: 'expired' }]);
});
