/** Two cables: which of them is the default, and how it changes hands. */
import { agentErrors } from '@connman/contracts';
import type { Ipv6Address } from '@connman/inet';
import { mainTable } from '../../src/model/observed/keys';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

test('the first to be connected keeps the default route, the second has one of low priority', () => {
  const { bench } = twoUplinks();
  expect(bench.order()).toEqual(['eth0', 'eth1']);
  expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['online', 'ready']);
  expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0', 'default via 192.168.1.1 eth1 low']);
});

test('the name servers of the second uplink get a way of their own when they are not on its network', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const eth1 = bench.addLink('eth1');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { nameservers: ['8.8.8.8'] }));
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5', { nameservers: ['8.8.8.8', '9.9.9.9', '192.168.1.1'] }));
  bench.advance(100);
  expect(bench.routes()).toEqual([
    'default via 10.0.0.1 eth0',
    'default via 192.168.1.1 eth1 low',
    '9.9.9.9/32 via 192.168.1.1 eth1',
  ]);
});

/** With one uplink no link has a table of its own. */
const ownTablesGone = [
  'remove-rule from 10.0.0.5 table main but default routes',
  'remove-rule from 10.0.0.5 table of eth0',
  'remove-rule from 192.168.1.5 table main but default routes',
  'remove-rule from 192.168.1.5 table of eth1',
  'remove-route eth0 10.0.0.0/24 in its own table',
  'remove-route eth0 default via 10.0.0.1 in its own table',
  'remove-route eth1 192.168.1.0/24 in its own table',
  'remove-route eth1 default via 192.168.1.1 in its own table',
];

test('when the default cable goes, the other takes the default route over in one step', () => {
  const { bench, eth0 } = twoUplinks();
  bench.kernel.plug(eth0, false);
  expect(bench.done()).toEqual([
    'dhcp-stop eth0',
    'replace-route eth1 default via 192.168.1.1',
    ...ownTablesGone,
    'remove-address eth0 10.0.0.5/24',
    'check eth1 IPv4',
    // Not before the other is there: the link keeps a way out throughout.
    'remove-route eth1 default via 192.168.1.1 low',
  ]);
  bench.advance(20);
  expect(bench.state('eth1')).toBe('online');
  expect(bench.routes()).toEqual(['default via 192.168.1.1 eth1']);
});

test('the first cable comes back behind the other, which stays the default', () => {
  const { bench, eth0 } = twoUplinks();
  bench.kernel.plug(eth0, false);
  bench.advance(100);
  bench.kernel.plug(eth0, true);
  bench.done();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(5000);
  expect(bench.done('change').slice(0, 2)).toEqual([
    'put-address eth0 10.0.0.5/24 for 3600 s',
    'add-route eth0 default via 10.0.0.1 low',
  ]);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect([bench.state('eth1'), bench.state('eth0')]).toEqual(['online', 'ready']);
});

test('a moment without carrier on the default link does not disturb the other', () => {
  const { bench, eth0 } = twoUplinks();
  for (let i = 0; i < 5; i++) {
    bench.kernel.plug(eth0, false);
    bench.kernel.plug(eth0, true);
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    bench.advance(100);
  }
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect(bench.state('eth1')).toBe('online');
  expect(bench.routes().sort()).toEqual(['default via 10.0.0.1 eth0 low', 'default via 192.168.1.1 eth1']);
});

test('an address of RFC 3927 does not take the default place from a real uplink', () => {
  const { bench, eth0 } = twoUplinks();
  bench.dhcp.lost(eth0, 'expired');
  bench.dhcp.silent(eth0, '169.254.1.1');
  bench.advance(100);
  expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['ready', 'online']);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect(bench.routes()).toEqual(['default via 192.168.1.1 eth1']);
});

test('both uplinks on one network work side by side', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const eth1 = bench.addLink('eth1');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.dhcp.bound(eth1, leaseOf('10.0.0.6'));
  bench.advance(100);
  expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0', 'default via 10.0.0.1 eth1 low']);
  bench.kernel.plug(eth0, false);
  bench.advance(100);
  expect([bench.state('eth1'), bench.routes()]).toEqual(['online', ['default via 10.0.0.1 eth1']]);
});

describe('source checks (rp_filter) of two uplinks', () => {
  const path = (name: string) => `net/ipv4/conf/${name}/rp_filter`;
  const withChecks = (values: Readonly<Record<string, string>>) => {
    const bench = new Bench();
    const links = ['eth0', 'eth1'].map((name) => bench.addLink(name)) as [number, number];
    for (const [name, value] of Object.entries(values)) bench.sysctls.write(path(name), value);
    bench.start();
    const checks = () => ['all', 'eth0', 'eth1'].map((name) => bench.sysctls.read(path(name)));
    const bind = () => {
      bench.dhcp.bound(links[0], leaseOf('10.0.0.5'));
      bench.dhcp.bound(links[1], leaseOf('192.168.1.5'));
    };
    bind();
    return { bench, links, checks, bind };
  };

  test('are loosened where they are strict, and strict again with one uplink', () => {
    const { bench, links, checks } = withChecks({ all: '1', eth1: '1' });
    expect(checks()).toEqual(['2', '0', '2']);
    bench.kernel.plug(links[1], false);
    expect(checks()).toEqual(['1', '0', '1']);
  });

  test('are not begun where there are none', () => {
    expect(withChecks({}).checks()).toEqual(['0', '0', '0']);
  });

  test('stay loosened over a crash, and are given back by the next run', () => {
    const { bench, links, checks, bind } = withChecks({ all: '1' });
    bench.done();
    bench.restart();
    expect([checks()[0], bench.done('sysctl-restore')]).toEqual(['2', []]);
    bind();
    bench.kernel.plug(links[1], false);
    expect(checks()).toEqual(['1', '0', '0']);
  });

  test('are given back at the start when an uplink went while no daemon ran', () => {
    const { bench, links, checks } = withChecks({ all: '1' });
    bench.kill();
    bench.kernel.plug(links[1], false);
    bench.restart();
    expect(checks()).toEqual(['1', '0', '0']);
  });

  test('that an administrator has set meanwhile stay', () => {
    const { bench, links, checks } = withChecks({ all: '1' });
    bench.sysctls.write(path('all'), '0');
    bench.kernel.plug(links[1], false);
    expect(checks()).toEqual(['0', '0', '0']);
  });
});

test('MoveBefore makes the second uplink the default, and it has to show that it is online', () => {
  const { bench } = twoUplinks();
  const outcome = bench.ask({ kind: 'move', service: bench.idOf('eth1'), target: bench.idOf('eth0'), place: 'before' });
  expect(outcome).toEqual({ ok: true });
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  bench.advance(20);
  expect([bench.state('eth1'), bench.state('eth0')]).toEqual(['online', 'ready']);
  expect(bench.routes()).toEqual(['default via 192.168.1.1 eth1', 'default via 10.0.0.1 eth0 low']);
});

test('MoveAfter sends the default uplink behind the other', () => {
  const { bench } = twoUplinks();
  bench.ask({ kind: 'move', service: bench.idOf('eth0'), target: bench.idOf('eth1'), place: 'after' });
  bench.advance(20);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect(bench.state('eth1')).toBe('online');
});

test('a move that leaves the default where it is leaves it online', () => {
  const { bench, eth1 } = twoUplinks();
  bench.dhcp.lost(eth1, 'expired');
  bench.done();
  bench.ask({ kind: 'move', service: bench.idOf('eth1'), target: bench.idOf('eth0'), place: 'before' });
  bench.advance(1000);
  expect([bench.order(), bench.state('eth0')]).toEqual([['eth0', 'eth1'], 'online']);
  expect(bench.done('online-check')).toEqual([]);
});

test('a service is not moved before itself, nor before one that is not there', () => {
  const { bench } = twoUplinks();
  const service = bench.idOf('eth0');
  const place = 'before';
  expect(bench.ask({ kind: 'move', service, target: service, place })).toEqual({ ok: false, error: 'InvalidService' });
  expect(bench.ask({ kind: 'move', service, target: 'x', place })).toEqual({ ok: false, error: 'InvalidService' });
  expect(bench.ask({ kind: 'move', service: 'x', target: service, place })).toEqual({
    ok: false,
    error: 'InvalidService',
  });
});

describe('with SingleConnectedTechnology', () => {
  /** eth0 was first, then came eth1. */
  function oneAfterTheOther() {
    const { bench, eth0 } = online({ singleConnectedTechnology: true });
    const eth1 = bench.addLink('eth1');
    return { bench, eth0, eth1 };
  }

  test('a cable that is put in connects at once, and takes over when it is ready', () => {
    const { bench, eth1 } = oneAfterTheOther();
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['online', 'configuration']);
    bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['idle', 'ready']);
    expect(bench.routes()).toEqual(['default via 192.168.1.1 eth1']);
    expect(bench.addresses('eth0')).toEqual([]);
    bench.advance(60_000);
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['idle', 'online']);
    expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth1']);
  });

  test('the one that made way is used again when the other goes', () => {
    const { bench, eth0, eth1 } = oneAfterTheOther();
    bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
    bench.advance(1000);
    bench.done();
    bench.kernel.plug(eth1, false);
    expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 asking for 10.0.0.5']);
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    bench.advance(1000);
    expect(bench.state('eth0')).toBe('online');
    expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0']);
  });

  test('one that made way does not come back while the other only waits for a lease', () => {
    const { bench, eth1 } = oneAfterTheOther();
    bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
    bench.advance(1000);
    bench.done();
    bench.dhcp.lost(eth1, 'expired');
    bench.advance(1000);
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['idle', 'configuration']);
    expect(bench.done('dhcp-start')).toEqual([]);
  });

  test('a cable that fails to connect leaves the other alone, and is not tried again while that is there', () => {
    const { bench, eth1 } = oneAfterTheOther();
    bench.dhcp.failed(eth1, 'no socket');
    bench.advance(60_000);
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['online', 'failure']);
    expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth1']);
  });

  test('of three, one comes in the place of the one that goes', () => {
    const { bench, eth1 } = oneAfterTheOther();
    bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
    const eth2 = bench.addLink('eth2');
    bench.dhcp.bound(eth2, leaseOf('192.168.2.5'));
    bench.advance(1000);
    expect(bench.order()[0]).toBe('eth2');
    bench.done();
    bench.kernel.plug(eth2, false);
    expect(bench.done('dhcp-start')).toHaveLength(1);
  });

  test('of two that connect at once the one that is ready last stays', () => {
    const bench = new Bench({ singleConnectedTechnology: true });
    const eth0 = bench.addLink('eth0');
    const eth1 = bench.addLink('eth1');
    bench.start();
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
    bench.advance(1000);
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['idle', 'online']);
    expect(bench.routes()).toEqual(['default via 192.168.1.1 eth1']);
  });

  test('an address of RFC 3927 makes ready as any other does', () => {
    const { bench, eth1 } = oneAfterTheOther();
    bench.dhcp.silent(eth1, '169.254.1.1');
    bench.advance(1000);
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['idle', 'online']);
  });

  test('the service a user connects ends the other', () => {
    const { bench, eth0, eth1 } = oneAfterTheOther();
    bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
    expect(bench.ask({ kind: 'connect', service: bench.idOf('eth0') })).toBeUndefined();
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['ready', 'idle']);
    expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0']);
    bench.advance(60_000);
    expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['online', 'idle']);
  });
});

test('a default uplink that is no longer online gives way to the other (continuous checks)', () => {
  const { bench, eth0 } = twoUplinks({
    online: {
      mode: 'continuous',
      ipv4Url: 'http://check.test/',
      ipv6Url: 'http://check.test/',
      intervals: { initial: 1, max: 2, style: 'geometric' },
      failuresThreshold: 2,
      successesThreshold: 2,
    },
  });
  let broken = true;
  const { kernel } = bench;
  Object.defineProperty(bench, 'internet', {
    get: () => {
      const by = bench.checks.at(-1)?.interfaceName;
      return broken && by === kernel.link(eth0)?.name
        ? { kind: 'failure', reason: 'no answer', transient: false }
        : { kind: 'online' };
    },
  });
  bench.advance(12_000);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect(bench.service('eth0')?.error).toBe('online-check-failed');
  expect(bench.state('eth1')).toBe('online');
  expect(bench.routes()).toEqual(['default via 192.168.1.1 eth1', 'default via 10.0.0.1 eth0 low']);
  broken = false;
  bench.advance(12_000);
  expect(bench.service('eth0')?.error).toBe('');
});

test('a second service with manual IPv6 and a gateway gets ready over IPv6', () => {
  const { bench } = twoUplinks();
  const setting = {
    name: 'IPv6.Configuration',
    value: {
      method: 'manual',
      privacy: 'disabled',
      address: '2001:db8:2::5' as Ipv6Address,
      prefixLength: 64,
      gateway: '2001:db8:2::1' as Ipv6Address,
    },
  } as const;
  bench.ask({ kind: 'configure', service: bench.idOf('eth1'), setting });
  bench.advance(3000);
  expect(bench.service('eth1')?.families[6].state).toMatch(/ready|online/);
});

describe('two uplinks whose routers advertise IPv6', () => {
  const advertised = () => {
    const bench = new Bench();
    const [eth0, eth1] = ['eth0', 'eth1'].map((name) => bench.addLink(name)) as [number, number];
    bench.start();
    bench.advertise('eth0', '2001:db8:1::');
    bench.advance(2000);
    const alone = ways(bench);
    bench.advertise('eth1', '2001:db8:2::');
    bench.advance(2000);
    return { bench, eth0, eth1, alone };
  };
  /** IPv6 default routes, the ones that count first. */
  const ways = (bench: Bench) =>
    bench.kernel
      .dump()
      .routes.filter(
        ({ family, destination, table }) => family === 6 && destination.length === 0 && table === mainTable,
      )
      .sort((a, b) => a.metric - b.metric)
      .map(({ ifindex, metric }) => `${bench.kernel.link(ifindex)?.name} ${metric}`);

  test('a single one has the kernel’s default route alone', () => {
    expect(advertised().alone).toEqual(['eth0 1024']);
  });

  test('the first in order has a default route before those that the kernel made', () => {
    const { bench } = advertised();
    expect(bench.order()).toEqual(['eth0', 'eth1']);
    expect(ways(bench)).toEqual(['eth0 512', 'eth0 1024', 'eth1 1024']);
  });

  test('a cable that is pulled takes the default route with it at once, although the kernel keeps the route', () => {
    const { bench, eth0 } = advertised();
    bench.kernel.plug(eth0, false);
    expect(ways(bench)).toEqual(['eth1 512', 'eth0 1024', 'eth1 1024']);
  });

  test('a router that advertises no more takes the default route with it', () => {
    const { bench, eth0 } = advertised();
    const gone = bench.kernel.dump().routes.find((route) => route.ifindex === eth0 && route.protocol === 9);
    bench.kernel.removeRoute(gone as never);
    expect(ways(bench)).toEqual(['eth1 1024']);
  });
});

describe('of several uplinks', () => {
  const suspect = (bench: Bench, ifindex: number, family: 4 | 6) =>
    bench.daemon.dispatch({ kind: 'suspicion', ifindex, family, evidence: 'nothing gets on' });
  const firstLink = (bench: Bench, family: 4 | 6) => {
    const [first] = bench.kernel
      .dump()
      .routes.filter((route) => route.family === family && route.destination.length === 0 && route.table === mainTable)
      .sort((a, b) => a.metric - b.metric);
    return bench.kernel.link(first?.ifindex ?? 0)?.name;
  };

  test('one whose IPv4 alone leads nowhere keeps the default route of IPv6, and its place in the order', () => {
    const { bench, eth0 } = twoUplinks();
    bench.advertise('eth0', '2001:db8:1::');
    bench.advertise('eth1', '2001:db8:2::');
    bench.advance(5000);
    bench.answer = ({ interfaceName, family }) =>
      interfaceName === 'eth0' && family === 4 ? undefined : { kind: 'online' };
    suspect(bench, eth0, 4);
    bench.advance(4000);
    expect([firstLink(bench, 4), firstLink(bench, 6)]).toEqual(['eth1', 'eth0']);
    expect(bench.order()).toEqual(['eth0', 'eth1']);
    expect(bench.state('eth0')).toBe('online');
  });

  test('one of a preferred technology has the default route when it was shown to lead to the internet', () => {
    const { bench } = online({ preferredTechnologies: ['wifi'] }, (prepared) => void prepared.addRadio('wlan0'));
    const [radio] = bench.radios as unknown as [ReturnType<Bench['addRadio']>];
    let leads = false;
    bench.answer = ({ interfaceName }) => (interfaceName === 'wlan0' && !leads ? undefined : { kind: 'online' });
    radio.put({ name: 'Home', security: 'none' });
    bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
    bench.advance(1000);
    bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
    bench.advance(1000);
    bench.dhcp.bound(radio.ifindex, leaseOf('192.168.7.5'));
    const seen = new Set<string | undefined>();
    bench.onTurn = () => seen.add(firstLink(bench, 4));
    bench.advance(30_000);
    expect([bench.stateOfName('Home'), [...seen]]).toEqual(['ready', ['eth0']]);
    leads = true;
    bench.advance(120_000);
    expect(firstLink(bench, 4)).toBe('wlan0');
  });

  test('a user may put one first before it was checked; it has to show within 3 s that it leads to the internet', () => {
    const movedAtOnce = (leads: boolean) => {
      const bench = new Bench();
      const [eth0, eth1] = ['eth0', 'eth1'].map((name) => bench.addLink(name)) as [number, number];
      bench.answer = ({ interfaceName }) => (interfaceName === 'eth1' && !leads ? undefined : { kind: 'online' });
      bench.start();
      bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
      bench.advance(1000);
      bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
      const [service, target] = [bench.idOf('eth1'), bench.idOf('eth0')];
      bench.ask({ kind: 'move', service, target, place: 'before' });
      const first = firstLink(bench, 4);
      bench.advance(5000);
      return [first, firstLink(bench, 4), bench.state('eth1')];
    };
    expect(movedAtOnce(true)).toEqual(['eth1', 'eth1', 'online']);
    expect(movedAtOnce(false)).toEqual(['eth1', 'eth0', 'ready']);
  });

  test('the order is ConnMan’s alone with VerifiedUplinks off, and nothing is checked but the default', () => {
    const { bench, eth0 } = twoUplinks({ verifiedUplinks: false });
    bench.answer = ({ interfaceName }) => (interfaceName === 'eth0' ? undefined : { kind: 'online' });
    suspect(bench, eth0, 4);
    bench.advance(20_000);
    expect([bench.order()[0], firstLink(bench, 4)]).toEqual(['eth0', 'eth0']);
    expect(bench.checks.map(({ interfaceName }) => interfaceName)).toEqual(['eth0']);
  });
});

test('a portal that the user turned down is not checked any more with several uplinks either (rule 134)', () => {
  const bench = new Bench();
  const [eth0, eth1] = [bench.addLink('eth0'), bench.addLink('eth1')];
  bench.answer = ({ interfaceName }) =>
    interfaceName === 'eth0' ? { kind: 'portal', url: 'http://portal.test/' } : { kind: 'online' };
  bench.start();
  bench.registerAgent((_ask, answer) => answer({ kind: 'error', name: agentErrors.canceled }));
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { leaseSeconds: 86_400 }));
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5', { leaseSeconds: 86_400 }));
  bench.advance(10_000);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  const checks = () => bench.checks.filter(({ interfaceName }) => interfaceName === 'eth0').length;
  const before = checks();
  bench.advance(60 * 60_000);
  expect(checks()).toBe(before);
  expect([bench.state('eth1'), bench.state('eth0')]).toEqual(['online', 'ready']);
});
