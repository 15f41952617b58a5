/** A connection is shared by a bridge of the user's (TetheringBridge), with a network of ours or through to that of the bridge. */
import type { DhcpServerRequest } from '@connman/contracts';
import { isShared } from '../../src/model/tethering/tethering';
import { online } from './begin';

type Bench = ReturnType<typeof online>['bench'];

const config = { tetheringTechnologies: ['ethernet'], tetheringBridge: 'br0' };

/** Online by eth0; the user has a bridge with a port and an address of its own. */
function begin(more: Partial<Parameters<typeof online>[0]> = {}) {
  const { bench } = online({ ...config, ...more }, (one) => {
    const bridge = one.addLink('br0', { kind: 'bridge', up: true });
    one.addLink('vnet7', { kind: 'tap', up: true, master: bridge });
    one.addLink('eth1');
    one.kernel.putAddress({ ifindex: bridge, address: '192.168.0.9' as never, prefixLength: 24 });
  });
  return bench;
}

const ask = (bench: Bench, tethering: boolean) =>
  bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering });
const linkOf = (bench: Bench, name: string) => bench.kernel.dump().links.find((link) => link.name === name);
const masterOf = (bench: Bench, name: string) => linkOf(bench, name)?.master;
const bridgeOf = (bench: Bench) => linkOf(bench, 'br0')?.ifindex;
const serverOf = (bench: Bench): DhcpServerRequest | undefined => [...bench.dhcpServers.values()][0];
const isOn = (bench: Bench) => isShared(bench.daemon.engine.world.tethering, 'ethernet');

test('links become ports of the bridge of the user, which gets a network beside its own, and no other bridge is made', () => {
  const bench = begin();
  expect(ask(bench, true)).toEqual({ ok: true });
  bench.advance(100);
  expect([masterOf(bench, 'eth1'), linkOf(bench, 'tether')]).toEqual([bridgeOf(bench), undefined]);
  expect(bench.addresses('br0')).toEqual(['192.168.0.9/24', '192.168.1.1/24']);
  expect(serverOf(bench)).toMatchObject({ interfaceName: 'br0', address: '192.168.1.1' });
  expect(bench.firewall.has('connman-nat')).toBe(true);
});

test('afterwards the bridge has its own port and address, as before, and ours is a service again', () => {
  const bench = begin();
  ask(bench, true);
  bench.advance(100);
  ask(bench, false);
  bench.advance(100);
  expect([masterOf(bench, 'eth1'), masterOf(bench, 'vnet7')]).toEqual([0, bridgeOf(bench)]);
  expect([bench.addresses('br0'), bench.firewall.size, bench.dhcpServers.size]).toEqual([['192.168.0.9/24'], 0, 0]);
  expect(bench.service('eth1')).toBeDefined();
});

test('through the bridge clients are in its network: no address, no server, no translation, no forwarding of ours', () => {
  const bench = begin({ tetheringThrough: true });
  expect(ask(bench, true)).toEqual({ ok: true });
  bench.advance(100);
  expect([isOn(bench), masterOf(bench, 'eth1')]).toEqual([true, bridgeOf(bench)]);
  expect([bench.addresses('br0'), bench.dhcpServers.size, bench.firewall.size]).toEqual([['192.168.0.9/24'], 0, 0]);
  expect(bench.sysctls.read('net/ipv4/ip_forward')).toBe('0');
  ask(bench, false);
  bench.advance(100);
  expect([masterOf(bench, 'eth1'), linkOf(bench, 'br0')?.up]).toEqual([0, true]);
});

test.each([false, true])(
  'after SIGKILL the next run goes on with the bridge, and takes its port out at the end (through: %s)',
  (tetheringThrough) => {
    const bench = begin({ tetheringThrough });
    ask(bench, true);
    bench.advance(100);
    bench.onRequest = (change) => {
      if (JSON.stringify(change).includes('"master"')) throw new Error(`${change.kind} of a port`);
    };
    bench.restart();
    bench.advance(2000);
    expect([isOn(bench), masterOf(bench, 'eth1'), bench.service('eth1')]).toEqual([true, bridgeOf(bench), undefined]);
    bench.onRequest = () => {};
    ask(bench, false);
    bench.advance(100);
    expect([masterOf(bench, 'eth1'), masterOf(bench, 'vnet7'), bench.addresses('br0')]).toEqual([
      0,
      bridgeOf(bench),
      ['192.168.0.9/24'],
    ]);
    expect(bench.disk.read().tethering).toBeUndefined();
  },
);

test.each([
  ['nothing', undefined, /there is no link br0, which TetheringBridge of main.conf names/],
  ['no bridge', 'dummy', /the link br0, .* is no bridge/],
])('where the name is of %s, sharing is refused with what to do', (_, kind, text) => {
  const { bench } = online(config, (one) => {
    one.addLink('eth1');
    if (kind !== undefined) one.addLink('br0', { kind });
  });
  expect(ask(bench, true)).toMatchObject({ error: 'Failed', text: expect.stringMatching(text) });
  bench.advance(100);
  expect([isOn(bench), masterOf(bench, 'eth1'), bench.firewall.size]).toEqual([false, 0, 0]);
});

test('a bridge that is removed meanwhile ends the sharing', () => {
  const bench = begin();
  ask(bench, true);
  bench.advance(100);
  bench.kernel.removeLink(bridgeOf(bench) ?? 0);
  bench.advance(100);
  expect([isOn(bench), bench.firewall.size, bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([false, 0, '0']);
});

test('clients are given the MTU of the way out where it is lower than that of their link (option 26)', () => {
  const { bench, eth0 } = online({ tetheringTechnologies: ['ethernet'] }, (one) => one.addLink('eth1'));
  ask(bench, true);
  bench.advance(100);
  expect(serverOf(bench)?.mtu).toBe(0);
  bench.kernel.setLink(eth0, { mtu: 1420 });
  bench.advance(100);
  expect([serverOf(bench)?.mtu, isOn(bench)]).toEqual([1420, true]);
});
