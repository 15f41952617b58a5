import type { LinkFact } from '@connman/netlink';
import { type DeviceFilter, unmanagedReason } from './filter';

const nothing: DeviceFilter = { only: [], never: [], blacklist: [], reserved: [] };

function link(name: string, over: Partial<LinkFact> = {}): LinkFact {
  return {
    ifindex: 2,
    name,
    hardwareType: 1,
    mac: '02:00:00:00:00:01' as LinkFact['mac'],
    mtu: 1500,
    up: true,
    carrier: true,
    operstate: 6,
    master: 0,
    kind: '',
    vlanId: 0,
    physicalPort: '',
    ...over,
  };
}

const reason = (name: string, filter: Partial<DeviceFilter> = {}, over: Partial<LinkFact> = {}, deviceType = '') =>
  unmanagedReason(link(name, over), deviceType, { ...nothing, ...filter });

test.each([
  ['eth0', {}],
  ['enp3s0', {}],
  ['enx0200c0ffee01', {}],
  ['eth0', { kind: 'veth' }],
  ['eth0.7', { kind: 'vlan', vlanId: 7 }],
  ['bond0', { kind: 'bond' }],
  ['lan1', { kind: 'dsa', physicalPort: 'p1' }],
])('%s %o is an Ethernet device', (name, over) => {
  expect(reason(name, {}, over)).toBeUndefined();
});

test.each([
  ['lo', { hardwareType: 772, mac: '' as const }, '', 'is not an Ethernet link'],
  ['ppp0', { hardwareType: 512, mac: '' as const }, '', 'is not an Ethernet link'],
  ['eth0', { mac: '' as const }, '', 'is not an Ethernet link'],
  ['eth0', { master: 5 }, '', 'is a member of a bridge or bond'],
  ['dummy0', {}, '', 'is a dummy link'],
  ['test0', { kind: 'dummy' }, '', 'is a dummy link'],
  ['br0', { kind: 'bridge' }, '', 'is of kind bridge; name it with -i to manage it'],
  ['wlan0', {}, 'wlan', 'is of type wlan'],
  ['wwan0', {}, 'wwan', 'is of type wwan'],
  ['br-usb', {}, 'gadget', "begins with 'br-', as links of containers do; name it with -i to manage it"],
])('%s %o of type "%s" is not: it %s', (name, over, deviceType, why) => {
  expect(reason(name, {}, over, deviceType)).toBe(why);
});

test('the link of a USB gadget is managed as a cable is (rule 46)', () => {
  expect(reason('usb0', {}, {}, 'gadget')).toBeUndefined();
  expect(reason('usb0', { never: ['usb*'] }, {}, 'gadget')).toBe('is excluded by -I');
});

test.each([
  ['tap0', { kind: 'tun' }, 'tap0'],
  ['net0', { kind: 'macvtap' }, 'net*'],
  ['vx5', { kind: 'vxlan' }, 'vx5'],
  ['br0', { kind: 'bridge' }, 'br?'],
  ['dummy0', { kind: 'dummy' }, 'dummy0'],
])('%s %o is managed when -i %s names it', (name, over, pattern) => {
  expect(reason(name, { only: [pattern] }, over)).toBeUndefined();
  expect(reason(name, { only: ['*'] }, over)).toBeDefined();
});

test.each([
  ['wlan0', {}, 'wlan', 'is of type wlan'],
  ['tun0', { hardwareType: 65534, mac: '' as const }, '', 'is not an Ethernet link'],
  ['eth1', { master: 5 }, '', 'is a member of a bridge or bond'],
])('%s %o of type "%s" is not managed as Ethernet, also when it is named: it %s', (name, over, deviceType, why) => {
  expect(reason(name, { only: [name] }, over, deviceType)).toBe(why);
});

test.each(['veth1a2b', 'docker0', 'br-12ab', 'cali99', 'virbr0-nic', 'vnet3', 'tap0', 'wg0'])(
  '%s is a container’s or a virtual machine’s, unless it is named',
  (name) => {
    expect(reason(name)).toMatch(/name it with -i/);
    expect(reason(name, { only: [name] })).toBeUndefined();
  },
);

test('-i names all there is', () => {
  expect(reason('eth1', { only: ['eth0'] })).toBe('is not among the devices of -i');
  expect(reason('eth1', { only: ['eth0', 'eth1'] })).toBeUndefined();
});

test('-I takes away from what -i names', () => {
  expect(reason('eth1', { only: ['eth*'], never: ['eth1'] })).toBe('is excluded by -I');
});

test.each([
  ['eth*', 'eth12', true],
  ['eth*', 'xeth1', false],
  ['eth?', 'eth1', true],
  ['eth?', 'eth12', false],
  ['eth[12]', 'eth2', true],
  ['eth[!12]', 'eth2', false],
  ['eth[!12]', 'eth3', true],
  ['*', 'anything', true],
  ['eth.0', 'ethx0', false],
  ['eth.0', 'eth.0', true],
  ['eth(0', 'eth(0', true],
  ['eth[0', 'eth[0', true],
  ['a|eth0', 'eth0', false],
])('the pattern %s and the name %s: %s', (pattern, name, expected) => {
  expect(reason(name, { never: [pattern] }) === 'is excluded by -I').toBe(expected);
});

test('NetworkInterfaceBlacklist goes by the beginning of the name', () => {
  expect(reason('vmnet8', { blacklist: ['ifb', 'vmnet'] })).toBe("begins with 'vmnet' of NetworkInterfaceBlacklist");
  expect(reason('eth0', { blacklist: ['th0'] })).toBeUndefined();
});

test('the link of the root file system is left alone', () => {
  expect(reason('eth0', { reserved: ['eth0'] })).toBe('carries the root file system');
});
