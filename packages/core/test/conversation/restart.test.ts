/** A daemon that starts on what a former one left: what is right already is not touched. */
import type { IpAddress } from '@connman/inet';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

test('a restart touches neither address nor route, and asks for the same lease', () => {
  const { bench, eth0 } = online();
  bench.advance(60_000);
  bench.restart();
  expect(bench.done()).toEqual(['dhcp-start eth0 holding 10.0.0.5']);
  expect(bench.pending('eth0')).toContain('lease-unconfirmed');
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.done()).toEqual(['put-address eth0 10.0.0.5/24 for 3600 s', 'check eth0 IPv4']);
  bench.advance(20);
  expect(bench.state('eth0')).toBe('online');
});

test('a restart within a moment of the lease changes nothing at all', () => {
  const { bench, eth0 } = online();
  bench.restart();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  expect(bench.done('change')).toEqual([]);
});

test('without an answer of any server the adopted address goes on until its lease ends', () => {
  const { bench, eth0 } = online();
  bench.restart();
  bench.done();
  bench.dhcp.silent(eth0, '169.254.1.1');
  expect(bench.state('eth0')).toBe('ready');
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([['10.0.0.5/24'], ['default via 10.0.0.1 eth0']]);
  bench.advance(3_600_000);
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([['169.254.1.1/16'], []]);
  expect(bench.service('eth0')?.hasUplink).toBe(false);
});

describe('the lease of a former run, which is kept outside of the daemon,', () => {
  const whole = { ...leaseOf('10.0.0.5', { domain: 'home.test', mtu: 1400 }), timeservers: ['10.0.0.7' as never] };
  const wholeRoute = { destination: { address: '172.16.0.0' as never, length: 12 }, gateway: '10.0.0.3' as never };
  const before = () => {
    const bench = new Bench();
    const eth0 = bench.addLink('eth0');
    bench.start();
    bench.dhcp.bound(eth0, { ...whole, routes: [...whole.routes, wholeRoute] });
    bench.advance(60_000);
    return { bench, eth0 };
  };

  test('is taken up whole, and handed to the DHCP client with its age', () => {
    const { bench, eth0 } = before();
    bench.kill();
    bench.kernel.removeRoute({ ifindex: eth0, family: 4, destination: wholeRoute.destination });
    bench.restart();
    expect(bench.service('eth0')?.connection?.dhcp4.adopted).toMatchObject({
      source: 'adopted',
      nameservers: ['10.0.0.1'],
      domains: ['home.test'],
      timeservers: ['10.0.0.7'],
      mtu: 1400,
    });
    expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0', '172.16.0.0/12 via 10.0.0.3 eth0']);
    expect(bench.dhcp.running.get(eth0)?.held).toMatchObject({
      lease: whole.server && { domain: 'home.test' },
      ageSeconds: 60,
    });
  });

  test('is used on, names and all, when its client has waited for the server in vain', () => {
    const { bench, eth0 } = before();
    bench.restart();
    bench.advance(6000);
    bench.done();
    bench.dhcp.reused(eth0);
    expect(bench.state('eth0')).toBe('ready');
    expect(bench.done('dns')).toEqual([expect.stringContaining('10.0.0.1')]);
    expect(bench.done('change')).toEqual([]);
  });

  test.each(['refused', 'conflict'] as const)(
    'goes with its address when it is lost (%s), and is not taken up again',
    (reason) => {
      const { bench, eth0 } = before();
      bench.restart();
      bench.dhcp.lost(eth0, reason);
      expect([bench.addresses('eth0'), bench.routes()]).toEqual([[], []]);
      bench.restart();
      expect(bench.dhcp.running.get(eth0)?.held).toBeUndefined();
    },
  );

  test('counts for nothing on a link that no longer has its address', () => {
    const { bench, eth0 } = before();
    bench.kill();
    bench.kernel.removeAddress({ ifindex: eth0, address: '10.0.0.5' as IpAddress, prefixLength: 24 });
    bench.restart();
    expect(bench.dhcp.running.get(eth0)).toMatchObject({ lastAddress: '10.0.0.5' });
    expect(bench.dhcp.running.get(eth0)?.held).toBeUndefined();
  });

  test('is given back by Disconnect, and asked for no more', () => {
    const { bench, eth0 } = before();
    bench.ask({ kind: 'disconnect', service: bench.idOf('eth0') });
    bench.ask({ kind: 'connect', service: bench.idOf('eth0') });
    expect(bench.dhcp.running.get(eth0)?.held).toBeUndefined();
  });
});

describe('an MTU that a lease has lowered', () => {
  const lowered = () => {
    const bench = new Bench();
    const eth0 = bench.addLink('eth0');
    bench.start();
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { mtu: 1400 }));
    bench.kill();
    return { bench, eth0, mtu: () => bench.kernel.link(eth0)?.mtu };
  };

  test('stays over a restart, and is no ceiling for the next network', () => {
    const { bench, eth0, mtu } = lowered();
    bench.done();
    bench.restart();
    expect([mtu(), bench.done('change')]).toEqual([1400, []]);
    bench.dhcp.bound(eth0, leaseOf('10.0.0.9', { mtu: 1492 }));
    expect(mtu()).toBe(1492);
    bench.advance(6000);
    bench.kernel.plug(eth0, false);
    expect(mtu()).toBe(1500);
  });

  test('is given back by a daemon that finds the cable out', () => {
    const { bench, eth0, mtu } = lowered();
    bench.kernel.plug(eth0, false);
    bench.restart();
    expect(mtu()).toBe(1500);
  });

  test('is not given back where an administrator has set another one meanwhile', () => {
    const { bench, eth0, mtu } = lowered();
    bench.kernel.plug(eth0, false);
    bench.kernel.setLink(eth0, { mtu: 9000 });
    bench.restart();
    bench.restart();
    expect(mtu()).toBe(9000);
  });
});

test('another lease than the adopted one takes its place', () => {
  const { bench, eth0 } = online();
  bench.restart();
  bench.done();
  bench.dhcp.bound(eth0, leaseOf('192.168.1.9'));
  expect(bench.done('change')).toEqual([
    'put-address eth0 192.168.1.9/24 for 3600 s',
    'replace-route eth0 default via 192.168.1.1',
    'remove-address eth0 10.0.0.5/24',
  ]);
});

test('a server that refuses the adopted address (NAK) has it taken away', () => {
  const { bench, eth0 } = online();
  bench.restart();
  bench.done();
  bench.dhcp.lost(eth0, 'refused');
  expect(bench.done('change')).toEqual(['remove-route eth0 default via 10.0.0.1', 'remove-address eth0 10.0.0.5/24']);
});

test('on a kernel that keeps no mark of an address the last lease tells that it is ours', () => {
  const { bench, eth0 } = online();
  bench.kill();
  bench.kernel.removeAddress({ ifindex: eth0, address: '10.0.0.5' as IpAddress, prefixLength: 24 });
  bench.kernel.putAddress({ ifindex: eth0, address: '10.0.0.5' as IpAddress, prefixLength: 24, validSeconds: 3599 });
  bench.kernel.putRoute(
    { ifindex: eth0, destination: { address: '0.0.0.0' as IpAddress, length: 0 }, gateway: '10.0.0.1' as IpAddress },
    'add',
  );
  bench.restart();
  expect(bench.done('change')).toEqual([]);
  expect(bench.pending('eth0')).toContain('lease-unconfirmed');
  bench.dhcp.bound(eth0, leaseOf('10.0.0.9'));
  expect(bench.addresses('eth0')).toEqual(['10.0.0.9/24']);
});

test('what a former daemon left on a link whose cable is gone is cleared away', () => {
  const { bench, eth0 } = online();
  bench.kill();
  bench.kernel.plug(eth0, false);
  bench.restart();
  expect([bench.addresses('eth0'), bench.routes()]).toEqual([[], []]);
});

test('a cable that was pulled and put in again after the restart is a new network: nothing is adopted', () => {
  const { bench, eth0 } = online();
  bench.restart();
  bench.kernel.plug(eth0, false);
  bench.kernel.plug(eth0, true);
  expect([bench.addresses('eth0'), bench.pending('eth0')]).toEqual([[], ['no-lease', 'no-router-advertisement']]);
});

test('two uplinks keep their routes over a restart and settle into the same picture', () => {
  const { bench, eth0, eth1 } = twoUplinks();
  const before = bench.routes();
  bench.restart();
  expect(bench.done('change')).toEqual([]);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
  bench.advance(1000);
  expect(bench.done('change')).toEqual([]);
  expect(bench.routes()).toEqual(before);
  expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['online', 'ready']);
});

test('a restart with the second uplink as default does not swap them while their leases are unconfirmed', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const eth1 = bench.addLink('eth1');
  bench.start();
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
  bench.advance(100);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  const before = bench.routes();
  expect(before).toEqual(['default via 192.168.1.1 eth1', 'default via 10.0.0.1 eth0 low']);
  bench.done();
  bench.restart();
  expect(bench.done('change')).toEqual([]);
  expect(bench.routes()).toEqual(before);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
  bench.advance(1000);
  expect(bench.routes()).toEqual(before);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
});

test('a leftover lease goes when the link is to have a static address, also where no mark was kept', () => {
  const bench = new Bench();
  bench.kernel.marksAddresses = false;
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  const setting = { name: 'IPv4.Configuration', value: { method: 'manual', address: '10.0.0.77' as never } } as const;
  bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting });
  bench.kill();
  bench.kernel.putAddress({ ifindex: eth0, address: '10.0.0.5' as IpAddress, prefixLength: 24 });
  bench.kernel.putAddress({ ifindex: eth0, address: '10.9.0.200' as IpAddress, prefixLength: 24 });
  bench.restart();
  expect(bench.addresses('eth0').sort()).toEqual(['10.0.0.77/32', '10.9.0.200/24']);
});

test.each(['switched off', 'without its cable'])(
  'a leftover lease goes from a link that starts %s, also where no mark was kept',
  (how) => {
    const bench = new Bench();
    bench.kernel.marksAddresses = false;
    const eth0 = bench.addLink('eth0');
    bench.start();
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    bench.advance(1000);
    bench.kernel.fault = () => 'EBUSY';
    if (how === 'switched off') bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: false });
    bench.advance(1000);
    bench.kill();
    bench.kernel.fault = () => undefined;
    bench.kernel.putAddress({ ifindex: eth0, address: '10.9.0.200' as IpAddress, prefixLength: 24 });
    if (how === 'without its cable') bench.kernel.plug(eth0, false);
    expect(bench.addresses('eth0')).toContain('10.0.0.5/24');
    bench.restart();
    expect(bench.addresses('eth0')).toEqual(['10.9.0.200/24']);
  },
);
