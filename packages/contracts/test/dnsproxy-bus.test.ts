/** The DNS proxy on a bus: what connmand says arrives, what anybody asks is answered, and a restart on either side loses nothing. */
import type { Bus } from '@connman/dbus';
import type { IpAddress } from '@connman/inet';
import {
  connectDnsProxy,
  type DnsExplanation,
  type DnsLinkConfiguration,
  type DnsListening,
  DnsProxyClient,
  type DnsProxyComponent,
  type DnsProxyEvent,
  type DnsProxySteering,
  type DnsStatistics,
  dnsProxyBusName,
  dnsProxyControlInterface,
  dnsProxyInterface,
  dnsProxyPath,
  exportDnsProxy,
  exportDnsProxyControl,
} from '../src';
import { Notes } from './notes';
import { testBus } from './test-bus';

const ip = (text: string): IpAddress => text as IpAddress;
const full: DnsLinkConfiguration = {
  ifindex: 3,
  interfaceName: 'eth0',
  servers: [{ address: ip('192.0.2.53'), port: 5353, tlsName: 'dns.example' }, { address: ip('2001:db8::53') }],
  domains: [
    { name: 'lab.example', search: true },
    { name: '8.10.in-addr.arpa', search: false },
  ],
  isDefault: true,
  tls: 'strict',
  localAddress: ip('192.0.2.2'),
};
const bare: DnsLinkConfiguration = {
  ifindex: 4,
  interfaceName: 'tun0',
  servers: [],
  domains: [],
  isDefault: false,
  tls: 'off',
};
const heard: DnsListening = {
  addresses: [ip('::1'), ip('127.0.0.54')],
  refused: [
    { address: ip('127.0.0.1'), reason: 'taken', holder: { pid: 4711, name: 'dnsmasq' } },
    { address: ip('10.0.0.1'), reason: 'no such address' },
  ],
};
/** Beyond what 32 bits hold: a proxy that runs for long. */
const many = 2 ** 40 + 1;
const numbers: DnsStatistics = {
  queries: many,
  hits: 1,
  misses: 2,
  merged: 3,
  local: 4,
  stale: 5,
  refreshed: 6,
  failed: 7,
  rejected: 8,
  cacheEntries: 9,
  cacheBytes: 10,
  servers: [
    {
      ifindex: 3,
      interfaceName: 'eth0',
      address: ip('192.0.2.53'),
      port: 853,
      tls: 'strict',
      queries: many,
      answers: 12,
      failures: { timeout: many, servfail: 1, refused: 2, otherRcode: 3, unreachable: 4, mismatch: 5, tls: 6 },
      rttMs: 12.25,
      rttHistogram: [many, 0, 1],
      restsMs: 1500.5,
      trouble: 'certificate of another',
    },
  ],
};
const told: DnsExplanation = {
  rcode: 'NOERROR',
  records: ['www.example 300 A 192.0.2.1'],
  source: 'stale',
  server: '192.0.2.53 (eth0)',
  durationMs: 0.25,
  reason: 'default: eth0',
};

/** A proxy that notes what it is told, and answers as scripted. */
class Noted extends Notes implements DnsProxyComponent {
  readonly links = new Map<number, DnsLinkConfiguration>();
  listening = heard;
  /** How often something took effect together. */
  turns = 0;
  private listener: (event: DnsProxyEvent) => void = () => {};

  get configurations() {
    return [...this.links.values()];
  }
  setLink(link: DnsLinkConfiguration): void {
    this.links.set(link.ifindex, link);
    this.note(link);
  }
  removeLink(ifindex: number): void {
    this.links.delete(ifindex);
    this.note({ remove: ifindex });
  }
  together(steer: () => void): void {
    this.turns++;
    steer();
  }
  setFallbackServers(fallback: unknown, tls: unknown): void {
    this.note({ fallback, tls });
  }
  listenOn(listen: unknown): void {
    this.note({ listen });
  }
  setHosts(hosts: unknown): void {
    this.note({ hosts });
  }
  flush(): void {
    this.note('flush');
  }
  statistics = () => numbers;
  async query(name: string, type: string): Promise<DnsExplanation> {
    this.note({ query: name, type });
    return told;
  }
  async resolve(name: string, family: 4 | 6): Promise<readonly IpAddress[]> {
    this.note({ resolve: name, family });
    return [ip('192.0.2.1')];
  }
  onEvent(listener: (event: DnsProxyEvent) => void): void {
    this.listener = listener;
  }
  say(event: DnsProxyEvent): void {
    this.listener(event);
  }
  close(): void {}
}

const connect = testBus(dnsProxyBusName);
let connmand: Bus;
let steering: DnsProxySteering;

async function program(component = new Noted()): Promise<{ bus: Bus; component: Noted }> {
  const bus = await connect();
  exportDnsProxy(bus, component);
  exportDnsProxyControl(bus, component);
  await bus.requestName(dnsProxyBusName);
  return { bus, component };
}

function nextEvent(one: DnsProxySteering = steering): Promise<DnsProxyEvent> {
  return new Promise((resolve) => one.onEvent(resolve));
}

beforeEach(async () => {
  connmand = await connect();
  steering = connectDnsProxy(connmand);
});
test('what is said arrives as it was said, before the program runs and after', async () => {
  steering.setLink(full);
  steering.setFallbackServers([{ address: ip('192.0.2.99'), tlsName: 'dns.example' }], 'strict');
  const { component } = await program();
  const fallback = [{ address: '192.0.2.99', tlsName: 'dns.example' }];
  expect(await component.times(4)).toEqual([full, { fallback, tls: 'strict' }, { listen: [] }, { hosts: [] }]);
  steering.setLink(bare);
  steering.listenOn([{ address: ip('10.0.0.1'), interfaceName: 'wlan0' }]);
  steering.setHosts([{ name: 'phone', address: ip('192.168.0.9') }]);
  steering.removeLink(4);
  steering.flush();
  expect((await component.times(9)).slice(4)).toEqual([
    bare,
    { listen: [{ address: '10.0.0.1', interfaceName: 'wlan0' }] },
    { hosts: [{ name: 'phone', address: '192.168.0.9' }] },
    { remove: 4 },
    'flush',
  ]);
});

test('a program that comes back is told all again, and one that stayed forgets what another connmand said', async () => {
  const there = nextEvent();
  const first = await program();
  await there;
  steering.setLink(full);
  steering.setLink(bare);
  steering.removeLink(4);
  await first.component.times(6);
  first.bus.close();
  const second = await program();
  expect((await second.component.times(1))[0]).toEqual(full);

  const other = await connect();
  const next = connectDnsProxy(other);
  const event = nextEvent(next);
  next.setLink(bare);
  expect(await event).toEqual({ kind: 'listening', listening: heard });
  expect(second.component.configurations).toEqual([bare]);
});

test('in the end all is taken back', async () => {
  const { component } = await program();
  steering.setLink(full);
  await component.times(4);
  steering.close();
  connmand.close();
  expect((await component.times(8)).slice(4)).toEqual([
    { remove: 3 },
    { fallback: [], tls: 'off' },
    { listen: [] },
    { hosts: [] },
  ]);
});

test('where the proxy listens is known when it comes, at each change, and no more when it has gone', async () => {
  let event = nextEvent();
  const { bus, component } = await program();
  expect(await event).toEqual({ kind: 'listening', listening: heard });
  expect(steering.listening).toEqual(heard);
  event = nextEvent();
  const less = { addresses: [ip('::1')], refused: [] };
  component.say({ kind: 'listening', listening: less });
  expect(await event).toEqual({ kind: 'listening', listening: less });
  event = nextEvent();
  component.say({ kind: 'servers-changed', ifindex: 3 });
  expect(await event).toEqual({ kind: 'servers-changed', ifindex: 3 });
  event = nextEvent();
  bus.close();
  expect(await event).toEqual({ kind: 'listening', listening: { addresses: [], refused: [] } });
  expect(steering.listening.addresses).toEqual([]);
});

test('every user sees links, addresses, counts and the way a name took', async () => {
  const { component } = await program();
  component.links.set(3, full).set(4, bare);
  const client = new DnsProxyClient(await connect());
  expect(await client.links()).toEqual([full, bare]);
  expect(await client.listening()).toEqual(heard);
  expect(await client.statistics()).toEqual(numbers);
  expect(await client.query('www.example', 'TYPE65')).toEqual(told);
  await client.flush();
  expect(component.noted.slice(-2)).toEqual([{ query: 'www.example', type: 'TYPE65' }, 'flush']);
  expect(await steering.query('www.example', 'A')).toEqual(told);
  expect(await steering.resolve('www.example', 4)).toEqual(['192.0.2.1']);
});

test('without a program questions are answered with nothing, and looking fails', async () => {
  expect(await steering.query('www.example', 'A')).toMatchObject({ source: 'none', records: [] });
  expect(await steering.resolve('www.example', 6)).toEqual([]);
  await expect(new DnsProxyClient(connmand).statistics()).rejects.toThrow();
});

test('zero bytes in a server’s text do not keep the rest from coming', async () => {
  const { component } = await program();
  component.statistics = () => ({
    ...numbers,
    servers: numbers.servers.map((server) => ({ ...server, trouble: 'a\0b' })),
  });
  const { servers } = await new DnsProxyClient(connmand).statistics();
  expect(servers.map(({ trouble }) => trouble)).toEqual(['ab']);
});

test('what is changed together takes effect together, and one link that makes no sense spoils no other', async () => {
  const asked = nextEvent();
  const { component } = await program();
  // The question where it listens is the last thing that a program is sent when it comes; RetainLinks before it is a turn, too.
  await asked;
  const before = component.turns;
  steering.together(() => {
    steering.setLink(full);
    steering.setLink({ ...bare, servers: [{ address: ip('nowhere') }] });
    steering.setLink({ ...bare, ifindex: 5 });
    steering.removeLink(4);
  });
  await component.times(6);
  expect(component.turns).toBe(before + 1);
  expect(component.noted.slice(3)).toEqual([full, { ...bare, ifindex: 5 }, { remove: 4 }]);
});

test('malformed words are refused, and change nothing', async () => {
  const { component } = await program();
  const place = { name: dnsProxyBusName, path: dnsProxyPath };
  const control = connmand.object(dnsProxyControlInterface, place);
  const refused = { errorName: 'net.connman.Error.InvalidArguments' };
  await component.times(3);
  const link = (server: [string, number, string], tls: string, local: string) =>
    control.call('ChangeLinks', [[[3, 'eth0', [server], [], true, tls, local]], []]);
  await expect(link(['no address', 0, ''], 'off', '')).rejects.toMatchObject(refused);
  await expect(link(['192.0.2.1', 65_536, ''], 'off', '')).rejects.toMatchObject(refused);
  await expect(link(['192.0.2.1', 0, ''], 'maybe', '')).rejects.toMatchObject(refused);
  await expect(link(['192.0.2.1', 0, ''], 'off', '192.0.2')).rejects.toMatchObject(refused);
  await expect(control.call('SetFallbackServers', [[['x', 0, '']], 'off'])).rejects.toMatchObject(refused);
  await expect(control.call('SetFallbackServers', [[], 'maybe'])).rejects.toMatchObject(refused);
  await expect(control.call('ListenOn', [[['x', 'eth0']]])).rejects.toMatchObject(refused);
  await expect(control.call('SetHosts', [[['phone', 'x']]])).rejects.toMatchObject(refused);
  await expect(connmand.object(dnsProxyInterface, place).call('Resolve', ['a', 5])).rejects.toMatchObject(refused);
  expect(component.noted).toHaveLength(3);
});

test('a proxy that is only looked at cannot be set', async () => {
  const host = await connect();
  exportDnsProxy(host, new Noted());
  await host.requestName(dnsProxyBusName);
  const control = connmand.object(dnsProxyControlInterface, { name: dnsProxyBusName, path: dnsProxyPath });
  await expect(control.call('ChangeLinks', [[], [3]])).rejects.toMatchObject({
    errorName: 'org.freedesktop.DBus.Error.UnknownMethod',
  });
});
