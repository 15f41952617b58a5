/** A kernel that refuses, forgets and is fought over: the engine comes through without a busy loop. */
import { agentErrors } from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import { ipv4Any } from '@connman/inet';
import { linksPerSlice } from '../../src/shell/slices';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

const anywhere = { address: ipv4Any, length: 0 };

test('lost messages are made up for by a fresh picture', () => {
  const { bench, eth0 } = online();
  bench.kernel.onEvents = () => {};
  const { daemon } = bench;
  bench.kernel.removeRoute({ family: 4, destination: anywhere });
  bench.kernel.createLink({ name: 'eth1', mac: bench.kernel.link(eth0)?.mac || ('' as never), plugged: false });
  expect(bench.done()).toEqual([]);
  daemon.kernelSide.overrun();
  bench.advance(1);
  expect(bench.done('change')).toContain('add-route eth0 default via 10.0.0.1');
});

test('an overrun while changes are under way leaves nothing waiting for an echo that was lost', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  const listen = bench.kernel.onEvents;
  bench.kernel.onEvents = () => {};
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.state('eth0')).toBe('configuration');
  bench.kernel.onEvents = listen;
  bench.daemon.kernelSide.overrun();
  bench.advance(100);
  expect(bench.state('eth0')).toBe('online');
});

test('what was put and taken away again while messages were lost is put once more', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  const listen = bench.kernel.onEvents;
  bench.kernel.onEvents = () => {};
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.kernel.removeRoute({ family: 4, destination: anywhere });
  bench.kernel.onEvents = listen;
  bench.daemon.kernelSide.overrun();
  bench.advance(100);
  expect([bench.state('eth0'), bench.routes()]).toEqual(['online', ['default via 10.0.0.1 eth0']]);
});

test('a retry that another connection keeps back is no reason to tick', () => {
  const bench = new Bench({ singleConnectedTechnology: true });
  const eth0 = bench.addLink('eth0');
  const eth1 = bench.addLink('eth1');
  bench.start();
  bench.dhcp.failed(eth1, 'no packet socket');
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  const { turns } = bench;
  bench.advance(60_000);
  expect(bench.turns - turns).toBeLessThan(3);
  bench.kernel.plug(eth0, false);
  expect(bench.state('eth1')).toBe('configuration');
});

test('an answer of a DHCP client that was stopped meanwhile is no lease', () => {
  const { bench, eth0 } = online();
  const setting = { name: 'IPv4.Configuration', value: { method: 'manual', address: '10.0.0.77' as never } } as const;
  bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting });
  bench.daemon.dispatch({
    kind: 'dhcp',
    events: [{ kind: 'bound', family: 4, ifindex: eth0, lease: leaseOf('10.0.0.99'), ageSeconds: 0 }],
  });
  expect(bench.service('eth0')?.connection?.dhcp4.lease).toBeUndefined();
  expect(bench.service('eth0')?.settings.lastAddress).toBe('10.0.0.5');
});

test('a refused change is tried again after growing pauses, and the rest is not held up by it', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.kernel.fault = (request) => (request === 'put-address' ? 'ENOBUFS' : undefined);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.done();
  bench.advance(60_000);
  const attempts = bench.done('change').filter((change) => change.startsWith('put-address'));
  expect(attempts.length).toBeGreaterThan(5);
  expect(attempts.length).toBeLessThan(20);
  bench.kernel.fault = () => undefined;
  bench.advance(30_000);
  expect(bench.state('eth0')).toBe('online');
});

test('our route that another program removes comes back', () => {
  const { bench } = online();
  bench.kernel.removeRoute({ family: 4, destination: anywhere });
  expect(bench.done('change')).toEqual(['add-route eth0 default via 10.0.0.1']);
  expect(bench.state('eth0')).toBe('ready');
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
});

test('our route that comes and goes in one batch of messages comes back', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  // Another program removes the route before the daemon has read that it was there.
  const tell = bench.kernel.onEvents;
  let removed = false;
  bench.kernel.onEvents = (events) => {
    tell(events);
    if (removed || !events.some((event) => event.kind === 'route' && event.route.destination.length === 0)) return;
    removed = true;
    bench.kernel.removeRoute({ family: 4, destination: anywhere });
  };
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(10_000);
  expect(removed).toBe(true);
  expect([bench.state('eth0'), bench.routes()]).toEqual(['online', ['default via 10.0.0.1 eth0']]);
});

test('a program that removes our route whenever it appears is not fought at full speed', () => {
  const { bench } = online();
  const tell = bench.kernel.onEvents;
  bench.kernel.onEvents = (events) => {
    tell(events);
    if (!events.some((event) => event.kind === 'route' && event.route.protocol === 109)) return;
    bench.clock.setTimer(1, () => bench.kernel.removeRoute({ family: 4, destination: anywhere, protocol: 109 }));
  };
  bench.kernel.removeRoute({ family: 4, destination: anywhere });
  bench.advance(60_000);
  expect(bench.done('change').length).toBeLessThan(60);
  bench.kernel.onEvents = tell;
  bench.advance(31_000);
  expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0']);
});

test('another program that replaces our default route is heard, and ours comes back beside it', () => {
  const { bench, eth0 } = online();
  const gateway = '10.0.0.99' as IpAddress;
  bench.kernel.putRoute({ ifindex: eth0, destination: anywhere, gateway }, 'replace');
  bench.advance(100);
  expect(bench.routes()).toEqual(['default via 10.0.0.99 eth0', 'default via 10.0.0.1 eth0']);
  expect(bench.state('eth0')).toBe('online');
});

test('another program that removes our address gets it put back with its routes', () => {
  const { bench, eth0 } = online();
  bench.kernel.removeAddress({ ifindex: eth0, address: '10.0.0.5' as IpAddress, prefixLength: 24 });
  bench.advance(100);
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([['10.0.0.5/24'], ['default via 10.0.0.1 eth0']]);
  expect(bench.state('eth0')).toBe('online');
});

test('a link that is switched off and on behind our back is online again', () => {
  const { bench, eth0 } = online();
  bench.kernel.setLink(eth0, { up: false });
  bench.kernel.setLink(eth0, { up: true });
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(100);
  expect([bench.state('eth0'), bench.routes()]).toEqual(['online', ['default via 10.0.0.1 eth0']]);
});

test('the deadline is never in the past after a tick', () => {
  const { bench, eth0 } = online();
  const { engine } = bench.daemon;
  const tick = () => {
    const at = engine.deadline();
    if (at === undefined) return false;
    bench.advance(Math.max(0, at - bench.clock.now()));
    const next = engine.deadline();
    expect(next ?? Number.POSITIVE_INFINITY).toBeGreaterThan(bench.clock.now());
    return true;
  };
  bench.internet = { kind: 'failure', reason: 'no answer', transient: false };
  bench.kernel.plug(eth0, false);
  bench.kernel.plug(eth0, true);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(50);
  for (let i = 0; i < 10; i++) {
    expect(tick()).toBe(true);
    bench.advance(20);
  }
  bench.kernel.fault = () => 'ENOBUFS';
  bench.dhcp.bound(eth0, leaseOf('172.16.0.5'));
  for (let i = 0; i < 30; i++) if (!tick()) break;
  bench.kernel.fault = () => undefined;
  bench.advance(60_000);
  bench.internet = { kind: 'online' };
  bench.advance(200_000);
  expect(bench.state('eth0')).toBe('online');
  // The end of the lease.
  expect((engine.deadline() ?? 0) - bench.clock.now()).toBeGreaterThan(3_000_000);
});

test('an agent that shows no one the portal’s page does not have it asked without end', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.internet = { kind: 'portal', url: 'http://portal.test/' };
  bench.start();
  bench.registerAgent((_ask, answer) => answer({ kind: 'reply' }));
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { leaseSeconds: 86_400 }));
  bench.advance(100);
  // The one of the fresh connection, and the one after the first visit.
  expect(bench.checks).toHaveLength(2);
  bench.advance(60 * 60_000);
  // Some while the pause grows to a minute, then one a minute.
  expect(bench.checks.length).toBeLessThan(70);
  bench.internet = { kind: 'online' };
  bench.advance(61_000);
  expect(bench.state('eth0')).toBe('online');
});

test('an agent that wants each failure tried again has it tried at once, then ever later', () => {
  const { bench, eth0 } = online();
  const service = bench.idOf('eth0');
  bench.ask({ kind: 'configure', service, setting: { name: 'AutoConnect', value: false } });
  bench.ask({ kind: 'disconnect', service });
  bench.done();
  const start = bench.clock.now();
  const tried: number[] = [];
  const refuse = bench.dhcp.start.bind(bench.dhcp);
  bench.dhcp.start = (request) => {
    tried.push(bench.clock.now() - start);
    refuse(request);
    bench.dhcp.failed(eth0, 'no socket');
  };
  let wantsRetry = true;
  bench.registerAgent((_ask, answer) =>
    answer(wantsRetry ? { kind: 'error', name: agentErrors.retry } : { kind: 'reply' }),
  );
  bench.ask({ kind: 'connect', service });
  bench.advance(40_000);
  expect(tried).toEqual([0, 0, 4000, 12_000, 22_000, 32_000]);
  wantsRetry = false;
  bench.advance(60_000);
  expect(tried).toHaveLength(7);
});

test('a change that the kernel refuses for good is told once', () => {
  const bench = new Bench();
  bench.kernel.fault = () => 'EBUSY';
  bench.addLink('eth0');
  bench.start();
  bench.advance(120_000);
  const told = bench.done('log').filter((line) => line.includes('EBUSY'));
  expect(told.filter((line) => line.includes('warning'))).toHaveLength(1);
  expect(told.length).toBeGreaterThan(10);
});

test('hundreds of links that no server answers, told together, cost a turn and the kernel’s echo for each slice of them', () => {
  const bench = new Bench();
  const links = Array.from({ length: 200 }, (_, i) => bench.addLink(`lan${i}`));
  bench.start();
  bench.advance(1000);
  const { turns } = bench;
  const events = links.map((ifindex, i) => ({
    kind: 'silent' as const,
    family: 4 as const,
    ifindex,
    linkLocal: `169.254.1.${i}` as never,
  }));
  bench.daemon.dispatch({ kind: 'dhcp', events });
  bench.advance(0);
  const slices = Math.ceil(links.length / linksPerSlice);
  expect(bench.turns - turns).toBeLessThan(2 * slices + 10);
  expect(links.every((ifindex) => bench.kernel.addressesOf(ifindex, 4).length === 1)).toBe(true);
});
