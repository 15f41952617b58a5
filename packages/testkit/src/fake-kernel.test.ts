import type { IpAddress, MacAddress, Prefix } from '@connman/inet';
import type { KernelEvent } from '@connman/netlink';
import { FakeKernel } from './fake-kernel';
import { ManualClock } from './manual-clock';

const ip = (text: string) => text as IpAddress;
const net = (text: string): Prefix => {
  const [address = '', length] = text.split('/');
  return { address: ip(address), length: Number(length) };
};
const anywhere = net('0.0.0.0/0');

function machine() {
  const clock = new ManualClock();
  const kernel = new FakeKernel(clock);
  const told: string[] = [];
  kernel.onEvents = (events) => told.push(...events.map(inWords));
  const eth0 = kernel.createLink({ name: 'eth0', mac: '02:00:00:00:00:01' as MacAddress });
  const eth1 = kernel.createLink({ name: 'eth1', mac: '02:00:00:00:00:02' as MacAddress });
  /** What was told since the last time. */
  const since = () => told.splice(0);
  since();
  const address = (text: string, ifindex = eth0) => {
    const { address: own, length } = net(text);
    return { ifindex, address: own, prefixLength: length };
  };
  return { clock, kernel, since, eth0, eth1, address };
}

function inWords(event: KernelEvent): string {
  switch (event.kind) {
    case 'link':
      return `${event.link.name} ${event.link.up ? 'up' : 'down'}${event.link.carrier ? ' carrier' : ''}`;
    case 'link-gone':
      return `${event.name} gone`;
    case 'address':
    case 'address-gone': {
      const { address, prefixLength, flags, validSeconds } = event.address;
      const life = validSeconds === 0xffffffff ? '' : ` for ${validSeconds} s`;
      return `${event.kind} ${address}/${prefixLength}${flags & 1 ? ' secondary' : ''}${flags & 0x40 ? ' tentative' : ''}${life}`;
    }
    case 'route':
    case 'route-gone': {
      const { destination, gateway, protocol } = event.route;
      const way = gateway ? `via ${gateway}` : 'on link';
      const replaces = event.kind === 'route' && event.replaces ? ' replaces' : '';
      return `${event.kind} ${destination.address}/${destination.length} ${way} proto ${protocol}${replaces}`;
    }
    case 'rule':
    case 'rule-gone':
      return `${event.kind} ${event.rule.priority} table ${event.rule.table}`;
    case 'router-flags':
      return `${event.kind} ${event.flags?.managed ? 'M' : ''}${event.flags?.other ? 'O' : ''}`;
    case 'router-options':
      return `${event.kind} ${event.options.map((option) => `${option.kind} for ${'lifetimeSeconds' in option ? option.lifetimeSeconds : '-'} s`).join()}`;
  }
}

test('a link that is switched on is told without and then with its carrier, its prefix routes between', () => {
  const { kernel, since, eth0, address } = machine();
  kernel.putAddress(address('10.0.0.2/24'));
  expect(since()).toEqual(['address 10.0.0.2/24']);
  kernel.setLink(eth0, { up: true });
  expect(since()).toEqual(['eth0 up', 'route 10.0.0.0/24 on link proto 2', 'eth0 up carrier']);
  kernel.plug(eth0, false);
  expect(since()).toEqual(['eth0 up']);
  expect(kernel.dump().routes).toHaveLength(1);
});

test('switching a link off takes its IPv4 routes without a word and leaves its IPv4 addresses', () => {
  const { kernel, since, eth0, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.putAddress(address('10.0.0.2/24'));
  kernel.putRoute({ ifindex: eth0, destination: anywhere, gateway: ip('10.0.0.1') }, 'add');
  since();
  kernel.setLink(eth0, { up: false });
  expect(since()).toEqual(['eth0 down']);
  expect(kernel.dump().routes).toEqual([]);
  expect(kernel.dump().addresses).toHaveLength(1);
  expect(kernel.putRoute({ ifindex: eth0, destination: anywhere, gateway: ip('10.0.0.1') }, 'add')).toBe('ENETUNREACH');
});

test('the last IPv4 address of a link takes the routes with it, told only for the prefix', () => {
  const { kernel, since, eth0, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.putAddress(address('10.0.0.2/24'));
  kernel.putRoute({ ifindex: eth0, destination: anywhere, gateway: ip('10.0.0.1') }, 'add');
  since();
  kernel.removeAddress(address('10.0.0.2/24'));
  expect(since()).toEqual(['address-gone 10.0.0.2/24', 'route-gone 10.0.0.0/24 on link proto 2']);
  expect(kernel.dump().routes).toEqual([]);
});

test('the same address with another prefix length keeps its prefix route when the first goes', () => {
  const { kernel, eth0, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.putAddress(address('10.0.0.5/30'));
  kernel.putAddress(address('10.0.0.5/24'));
  kernel.removeAddress(address('10.0.0.5/30'));
  expect(kernel.dump().routes.map(({ destination }) => `${destination.address}/${destination.length}`)).toEqual([
    '10.0.0.0/24',
  ]);
});

test('a second address of the same network is secondary and dies before its primary', () => {
  const { kernel, since, eth0, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.putAddress(address('10.0.0.2/24'));
  since();
  kernel.putAddress(address('10.0.0.3/24'));
  expect(since()).toEqual(['address 10.0.0.3/24 secondary']);
  expect(kernel.putAddress(address('10.0.0.3/24'), false)).toBe('EEXIST');
  kernel.removeAddress(address('10.0.0.2/24'));
  expect(since()).toEqual([
    'address-gone 10.0.0.3/24 secondary',
    'address-gone 10.0.0.2/24',
    'route-gone 10.0.0.0/24 on link proto 2',
  ]);
  expect(kernel.removeAddress(address('10.0.0.2/24'))).toBe('EADDRNOTAVAIL');
});

test('routes of one destination and metric share a slot: added once, appended behind, replaced in front', () => {
  const { kernel, since, eth0, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.putAddress(address('10.0.0.2/24'));
  since();
  const by = (gateway: string) => ({ ifindex: eth0, destination: anywhere, gateway: ip(gateway), protocol: 109 });
  expect(kernel.putRoute(by('10.0.0.1'), 'add')).toBeUndefined();
  expect(kernel.putRoute(by('10.0.0.9'), 'add')).toBe('EEXIST');
  expect(kernel.putRoute(by('10.0.0.9'), 'append')).toBeUndefined();
  expect(kernel.putRoute(by('10.0.0.9'), 'append')).toBe('EEXIST');
  expect(kernel.putRoute(by('10.0.0.8'), 'prepend')).toBeUndefined();
  expect(kernel.lookup(ip('192.0.2.1'))?.gateway).toBe('10.0.0.8');
  expect(kernel.putRoute(by('10.0.0.7'), 'replace')).toBeUndefined();
  expect(kernel.putRoute(by('10.0.0.7'), 'replace')).toBeUndefined();
  expect(kernel.putRoute(by('10.0.0.9'), 'replace')).toBe('EEXIST');
  expect(since()).toEqual([
    'route 0.0.0.0/0 via 10.0.0.1 proto 109',
    'route 0.0.0.0/0 via 10.0.0.9 proto 109',
    'route 0.0.0.0/0 via 10.0.0.8 proto 109',
    'route 0.0.0.0/0 via 10.0.0.7 proto 109 replaces',
  ]);
  expect(
    kernel
      .dump()
      .routes.filter((route) => route.gateway)
      .map((route) => route.gateway),
  ).toEqual(['10.0.0.7', '10.0.0.1', '10.0.0.9']);
  kernel.removeRoute({ family: 4, destination: anywhere, gateway: ip('10.0.0.1') });
  expect(since()).toEqual(['route-gone 0.0.0.0/0 via 10.0.0.1 proto 109']);
  expect(kernel.removeRoute({ family: 4, destination: net('192.0.2.0/24') })).toBe('ESRCH');
});

test('a gateway must be reachable by its link', () => {
  const { kernel, eth0, eth1, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.setLink(eth1, { up: true });
  kernel.putAddress(address('10.0.0.2/32'));
  kernel.putAddress(address('10.0.0.3/24', eth1));
  const way = { ifindex: eth0, destination: anywhere, gateway: ip('10.0.0.1') };
  expect(kernel.putRoute(way, 'add')).toBe('ENETUNREACH');
  kernel.putRoute({ ifindex: eth0, destination: net('10.0.0.1/32') }, 'add');
  expect(kernel.putRoute(way, 'add')).toBeUndefined();
  // The route that made it possible may go; the other stays.
  kernel.removeRoute({ family: 4, destination: net('10.0.0.1/32') });
  expect(kernel.lookup(ip('192.0.2.1'), eth0)?.gateway).toBe('10.0.0.1');
});

test('an address ends with its lifetime, and a renewal sets it again', () => {
  const { clock, kernel, since, eth0, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.putAddress({ ...address('10.0.0.2/24'), validSeconds: 10 });
  clock.advance(6500);
  expect(kernel.addressesOf(eth0, 4)[0]?.validSeconds).toBe(4);
  since();
  kernel.putAddress({ ...address('10.0.0.2/24'), validSeconds: 10 });
  expect(since()).toEqual(['address 10.0.0.2/24 for 10 s']);
  clock.advance(9999);
  expect(since()).toEqual([]);
  clock.advance(1);
  expect(since()).toEqual(['address-gone 10.0.0.2/24 for 0 s', 'route-gone 10.0.0.0/24 on link proto 2']);
  expect(clock.pending).toBe(0);
});

test('a link that is taken away tells of its addresses, not of its routes', () => {
  const { kernel, since, eth0, address } = machine();
  kernel.setLink(eth0, { up: true });
  kernel.putAddress(address('10.0.0.2/24'));
  kernel.putRoute({ ifindex: eth0, destination: anywhere, gateway: ip('10.0.0.1') }, 'add');
  since();
  kernel.removeLink(eth0);
  expect(since()).toEqual(['eth0 down', 'address-gone 10.0.0.2/24', 'eth0 gone']);
  expect(kernel.setLink(eth0, { up: true })).toBe('ENODEV');
});

test('a link that is renamed tells its addresses again', () => {
  const { kernel, since, eth0, address } = machine();
  kernel.putAddress(address('10.0.0.2/24'));
  since();
  kernel.setLink(eth0, { name: 'lan' });
  expect(since()).toEqual(['lan down', 'address 10.0.0.2/24']);
});

test('an IPv6 address is tentative for a second', () => {
  const { clock, kernel, since, eth0 } = machine();
  kernel.setLink(eth0, { up: true });
  since();
  kernel.advertise(eth0, ip('fe80::1'), net('2001:db8::/64'));
  expect(since()).toEqual(['address 2001:db8::ff:fe00:1/64 tentative', 'route ::/0 via fe80::1 proto 9']);
  clock.advance(1000);
  expect(since()).toEqual(['address 2001:db8::ff:fe00:1/64']);
  kernel.setLink(eth0, { up: false });
  expect(since()).toEqual(['eth0 down', 'route-gone ::/0 via fe80::1 proto 9', 'address-gone 2001:db8::ff:fe00:1/64']);
});

test('a fault is the answer and nothing is done', () => {
  const { kernel, since, address } = machine();
  kernel.fault = (request) => (request === 'put-address' ? 'ENOBUFS' : undefined);
  expect(kernel.putAddress(address('10.0.0.2/24'))).toBe('ENOBUFS');
  expect(since()).toEqual([]);
});
