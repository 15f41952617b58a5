/** Name servers and search domains that routers advertise (RFC 8106): how they come, count down and go. */
import type { IpAddress, Ipv6Address, Prefix } from '@connman/inet';
import type { RouterOption } from '@connman/netlink';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

const forever = 0xffffffff;
const prefix: Prefix = { address: '2001:db8::' as IpAddress, length: 64 };
const router = 'fe80::1' as IpAddress;

const servers = (lifetimeSeconds: number, ...addresses: string[]): RouterOption => ({
  kind: 'nameservers',
  addresses: addresses as Ipv6Address[],
  lifetimeSeconds,
});
const domains = (lifetimeSeconds: number, ...names: string[]): RouterOption => ({
  kind: 'search-domains',
  domains: names,
  lifetimeSeconds,
});

/** A machine on a link without DHCP whose router has advertised a prefix; no word of names yet. */
function ipv6Only() {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.kernel.advertise(eth0, router, prefix);
  bench.advance(1000);
  expect(bench.service('eth0')?.families[6].state).toBe('ready');
  bench.done();
  const say = (...options: RouterOption[]) => bench.kernel.passOn(eth0, options);
  return { bench, eth0, say };
}

/** Texts of a property as clients see them. */
function shown(bench: Bench, property: string): readonly string[] {
  const { services } = bench.daemon.snapshot;
  return (
    services
      .get(`/net/connman/service/${bench.idOf('eth0')}`)
      ?.get(property)
      ?.as('as') ?? []
  );
}

function expectClientsToKnow(bench: Bench): void {
  expect(bench.daemon.client.errors(bench.daemon.engine.world)).toEqual([]);
}

test('servers and domains of several options are in use at once, and a link without IPv4 is online by them', () => {
  const { bench, say } = ipv6Only();
  say(servers(1800, '2001:db8::53', 'fe80::1'), domains(1800, 'lab.example'), servers(1800, '2001:db8::54'));
  expect(bench.done('dns')).toEqual(['dns eth0=2001:db8::53+fe80::1+2001:db8::54']);
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::53', 'fe80::1', '2001:db8::54']);
  expect(shown(bench, 'Domains')).toEqual(['lab.example']);
  expect(shown(bench, 'Nameservers.Configuration')).toEqual([]);
  expectClientsToKnow(bench);
  bench.advance(2000);
  expect(bench.state('eth0')).toBe('online');
  expect(bench.checks.at(-1)).toMatchObject({ family: 6, nameservers: ['2001:db8::53', 'fe80::1', '2001:db8::54'] });
});

test('they wait for an address of the advertised prefix: without one no one reaches them', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.kernel.advertise(eth0, router, prefix);
  bench.kernel.passOn(eth0, [servers(1800, '2001:db8::53')]);
  expect(shown(bench, 'Nameservers')).toEqual(['10.0.0.1']);
  bench.advance(1000);
  expect(shown(bench, 'Nameservers')).toEqual(['10.0.0.1', '2001:db8::53']);
  expect(bench.done('dns').at(-1)).toBe('dns eth0=10.0.0.1+2001:db8::53');
});

test('an advertisement that repeats them tells no one anything, and renews them', () => {
  const { bench, say } = ipv6Only();
  say(servers(600, '2001:db8::53'));
  bench.advance(300_000);
  bench.done();
  const version = shown(bench, 'Nameservers');
  say(servers(600, '2001:db8::53'));
  expect([bench.done(), bench.done('dns'), shown(bench, 'Nameservers')]).toEqual([[], [], version]);
  bench.advance(599_000);
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::53']);
  bench.advance(1000);
  expect(shown(bench, 'Nameservers')).toEqual([]);
});

test('each ends with its own time, and routers are asked at 80 % of it', () => {
  const { bench, say } = ipv6Only();
  const asked: number[] = [];
  const start = bench.clock.now();
  bench.onSolicit = () => asked.push((bench.clock.now() - start) / 1000);
  say(servers(100, '2001:db8::53'), domains(200, 'lab.example'), servers(forever, '2001:db8::54'));
  bench.done('dns');
  bench.advance(99_999);
  expect(asked).toEqual([80, 84, 88]);
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::53', '2001:db8::54']);
  bench.advance(1);
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::54']);
  expect(bench.done('dns')).toEqual(['dns eth0=2001:db8::54']);
  expect(shown(bench, 'Domains')).toEqual(['lab.example']);
  bench.advance(100_000);
  expect(asked.slice(3)).toEqual([160, 164, 168]);
  expect(shown(bench, 'Domains')).toEqual([]);
  expectClientsToKnow(bench);
  bench.advance(1_000_000_000);
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::54']);
  expect(asked).toHaveLength(6);
});

test('a router that answers the question is not asked again before 80 % of the new time', () => {
  const { bench, say } = ipv6Only();
  const asked: number[] = [];
  const start = bench.clock.now();
  bench.onSolicit = () => {
    asked.push((bench.clock.now() - start) / 1000);
    bench.clock.setTimer(100, () => say(servers(100, '2001:db8::53')));
  };
  say(servers(100, '2001:db8::53'));
  bench.advance(300_000);
  expect(asked).toEqual([80, 160.1, 240.2]);
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::53']);
});

test('servers that live for seconds only are not asked for again and again', () => {
  const { bench, say } = ipv6Only();
  bench.onSolicit = () => say(servers(1, '2001:db8::53'));
  say(servers(1, '2001:db8::53'));
  bench.advance(60_000);
  expect([bench.done('solicit-router'), shown(bench, 'Nameservers')]).toEqual([[], []]);
});

test('a lifetime of zero takes back at once, and what was never given is no matter', () => {
  const { bench, say } = ipv6Only();
  say(servers(1800, '2001:db8::53', '2001:db8::54'), domains(1800, 'lab.example'));
  say(servers(0, '2001:db8::53', '2001:db8::99'), domains(0, 'lab.example', 'else.example'));
  expect([shown(bench, 'Nameservers'), shown(bench, 'Domains')]).toEqual([['2001:db8::54'], []]);
  expectClientsToKnow(bench);
});

test('a router of ill will fills no memory: what ends first goes', () => {
  const { bench, say } = ipv6Only();
  say(servers(10_000, '2001:db8::53'), domains(10_000, 'lab.example'));
  for (let i = 0; i < 1000; i++) {
    say(servers(100 + i, `2001:db8:bad::${i.toString(16)}`), domains(100 + i, `d${i}.example`));
  }
  expect(shown(bench, 'Nameservers')).toHaveLength(8);
  expect(shown(bench, 'Nameservers')[0]).toBe('2001:db8::53');
  expect(shown(bench, 'Domains')).toHaveLength(16);
  expect(shown(bench, 'Domains')[0]).toBe('lab.example');
});

test('what the user sets counts alone, and what was advertised meanwhile is there when it is unset', () => {
  const { bench, say } = ipv6Only();
  const service = bench.idOf('eth0');
  const set = (value: readonly string[]) => {
    bench.ask({ kind: 'configure', service, setting: { name: 'Nameservers.Configuration', value } });
    bench.ask({
      kind: 'configure',
      service,
      setting: { name: 'Domains.Configuration', value: value.map(() => 'my.example') },
    });
  };
  set(['2001:db8::1']);
  say(servers(1800, '2001:db8::53'), domains(1800, 'lab.example'));
  expect([shown(bench, 'Nameservers'), shown(bench, 'Domains')]).toEqual([['2001:db8::1'], ['my.example']]);
  set([]);
  expect([shown(bench, 'Nameservers'), shown(bench, 'Domains')]).toEqual([['2001:db8::53'], ['lab.example']]);
});

test('a cable that was out may lead elsewhere: its names are gone, and the routers behind it are asked', () => {
  const { bench, eth0, say } = ipv6Only();
  say(servers(1800, '2001:db8::53'));
  bench.kernel.plug(eth0, false);
  bench.done();
  bench.kernel.plug(eth0, true);
  // The kernel has kept the address, and does not ask by itself.
  expect(bench.service('eth0')?.families[6].state).toBe('ready');
  expect([bench.done('solicit-router'), shown(bench, 'Nameservers')]).toEqual([['solicit-router eth0'], []]);
  say(servers(1800, '2001:db8::77'));
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::77']);
  bench.advance(60_000);
  expect(bench.done('solicit-router')).toEqual([]);
});

test('a link that is taken away takes its names along', () => {
  const { bench, eth0, say } = ipv6Only();
  say(servers(1800, '2001:db8::53'));
  bench.kernel.removeLink(eth0);
  expect(bench.daemon.engine.world.observed.advertised.size).toBe(0);
  bench.done();
  bench.advance(1_800_000);
  expect(bench.done()).toEqual([]);
});

test('IPv6 switched off forgets them', () => {
  const { bench, say } = ipv6Only();
  say(servers(1800, '2001:db8::53'));
  const service = bench.idOf('eth0');
  const value = { method: 'off', privacy: 'disabled' } as const;
  bench.ask({ kind: 'configure', service, setting: { name: 'IPv6.Configuration', value } });
  expect(bench.daemon.engine.world.observed.advertised.size).toBe(0);
  expectClientsToKnow(bench);
});

test('a new daemon on a live link asks the routers, whose word the kernel has not kept', () => {
  const { bench, say } = ipv6Only();
  say(servers(1800, '2001:db8::53'));
  bench.kill();
  bench.done();
  bench.onSolicit = () => bench.clock.setTimer(50, () => say(servers(1800, '2001:db8::53')));
  bench.restart();
  bench.advance(1000);
  expect(bench.done('solicit-router')).toEqual(['solicit-router eth0']);
  expect(shown(bench, 'Nameservers')).toEqual(['2001:db8::53']);
  bench.advance(60_000);
  expect(bench.done('solicit-router')).toEqual([]);
});

test('where no router has names to tell it is asked three times and no more', () => {
  const { bench } = ipv6Only();
  bench.restart();
  bench.advance(600_000);
  expect(bench.done('solicit-router')).toHaveLength(3);
});

test('messages the kernel dropped may have been of names: where none are known the routers are asked', () => {
  const { bench, eth0, say } = ipv6Only();
  bench.daemon.kernelSide.overrun();
  bench.advance(1);
  expect(bench.done('solicit-router')).toEqual(['solicit-router eth0']);
  say(servers(1800, '2001:db8::53'));
  bench.daemon.kernelSide.overrun();
  bench.advance(1);
  expect([bench.done('solicit-router'), shown(bench, 'Nameservers')]).toEqual([[], ['2001:db8::53']]);
  expect(bench.kernel.link(eth0)?.carrier).toBe(true);
});

describe('a name server set with its link', () => {
  test.each([
    [['fe80::1%eth0'], ['fe80::1%eth0'], 'dns eth0=fe80::1'],
    [['FE80::01%eth0 fe80::1'], ['FE80::01%eth0', 'fe80::1'], 'dns eth0=fe80::1'],
    [['fe80::1%2', '2001:DB8::53'], ['fe80::1%2', '2001:DB8::53'], 'dns eth0=fe80::1+2001:db8::53'],
    [['fe80::1%eth1', '9.9.9.9'], ['fe80::1%eth1', '9.9.9.9'], 'dns eth0=9.9.9.9'],
    [['fe80::1%eth7', '9.9.9.9'], ['9.9.9.9'], 'dns eth0=9.9.9.9'],
    [
      ['2001:db8::1%eth0', '127.0.0.1%eth0', 'fe80::1%', 'fe80::1%eth0%eth0', 'one%eth0', '%eth0', '9.9.9.9'],
      ['9.9.9.9'],
      'dns eth0=9.9.9.9',
    ],
  ])('%j is kept as %j', (value, kept, asked) => {
    const { bench, eth0 } = ipv6Only();
    expect(eth0).toBe(2);
    bench.addLink('eth1', { plugged: false });
    const service = bench.idOf('eth0');
    expect(bench.ask({ kind: 'configure', service, setting: { name: 'Nameservers.Configuration', value } })).toEqual({
      ok: true,
    });
    expect(shown(bench, 'Nameservers.Configuration')).toEqual(kept);
    expect(shown(bench, 'Nameservers')).toEqual(kept);
    expect(bench.done('dns')).toEqual([asked]);
    bench.restart();
    expect(shown(bench, 'Nameservers')).toEqual(kept);
  });

  test('one that names another link is logged', () => {
    const { bench } = ipv6Only();
    const setting = { name: 'Nameservers.Configuration', value: ['fe80::1%eth7'] } as const;
    bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting });
    expect(bench.done('log').join()).toContain('the name server fe80::1%eth7 is not queried');
  });
});

test('a prefix of NAT64 is shown while its time lasts (RFC 8781)', () => {
  const { bench, say } = ipv6Only();
  const nat64 = (lifetimeSeconds: number, address: string): RouterOption => ({
    kind: 'nat64',
    prefix: { address: address as Ipv6Address, length: 96 },
    lifetimeSeconds,
  });
  say(nat64(1800, '64:ff9b::'), nat64(600, '2001:db8:64::'));
  expect(shown(bench, 'NAT64')).toEqual(['64:ff9b::/96', '2001:db8:64::/96']);
  expectClientsToKnow(bench);
  say(nat64(0, '64:ff9b::'));
  expect(shown(bench, 'NAT64')).toEqual(['2001:db8:64::/96']);
  bench.advance(600_000);
  expect(shown(bench, 'NAT64')).toEqual([]);
  expectClientsToKnow(bench);
  for (let i = 0; i < 1000; i++) say(nat64(1800, `2001:db8:${i.toString(16)}::`));
  expect(shown(bench, 'NAT64')).toHaveLength(4);
});

describe('in a network without IPv4 whose routers advertise no NAT64 prefix', () => {
  const found = (...addresses: string[]) => {
    const { bench, eth0, say } = ipv6Only();
    bench.nat64Addresses = addresses as Ipv6Address[];
    say(servers(1800, '2001:db8::53'));
    bench.advance(100);
    return { bench, eth0, say };
  };

  test('it is asked of the DNS64, once for the same name servers, and shown (RFC 7050)', () => {
    const { bench, eth0, say } = found('64:ff9b::c000:aa', '64:ff9b::c000:ab');
    expect(shown(bench, 'NAT64')).toEqual(['64:ff9b::/96']);
    expect(bench.done('nat64-search')).toEqual(['nat64-search eth0 2001:db8::53']);
    say(servers(1800, '2001:db8::53'));
    bench.advance(60_000);
    expect(bench.done('nat64-search')).toEqual([]);
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    bench.advance(1000);
    expect(shown(bench, 'NAT64')).toEqual([]);
  });

  test('without a response it is asked again after 2 s, then less often, and not more than once an hour', () => {
    const { bench, say } = ipv6Only();
    bench.nat64Addresses = undefined;
    say(servers(200_000, '2001:db8::53'));
    bench.advance(60_000);
    expect(bench.done('nat64-search')).toHaveLength(5);
    bench.advance(86_400_000);
    const { length } = bench.done('nat64-search');
    expect(length).toBeGreaterThan(24);
    expect(length).toBeLessThan(36);
    bench.nat64Addresses = ['64:ff9b::c000:aa' as Ipv6Address];
    bench.advance(3_600_000);
    expect(shown(bench, 'NAT64')).toEqual(['64:ff9b::/96']);
  });

  test('what was found is asked for again each hour: another answer counts, none at all does not', () => {
    const { bench, say } = ipv6Only();
    bench.nat64Addresses = ['64:ff9b::c000:aa' as Ipv6Address];
    say(servers(200_000, '2001:db8::53'));
    bench.advance(100);
    const afterAnHour = (addresses: readonly string[] | undefined) => {
      bench.nat64Addresses = addresses as readonly Ipv6Address[] | undefined;
      bench.advance(3_600_000);
      return shown(bench, 'NAT64');
    };
    expect(afterAnHour(undefined)).toEqual(['64:ff9b::/96']);
    expect(afterAnHour(['2001:db8:64::c000:ab'])).toEqual(['2001:db8:64::/96']);
    expect(afterAnHour([])).toEqual([]);
    expect(bench.done('nat64-search').length).toBeLessThan(20);
  });

  test('where there is no DNS64 none is shown, and what a router advertises counts before what DNS says', () => {
    const { bench } = found();
    expect([shown(bench, 'NAT64'), bench.done('nat64-search').length]).toEqual([[], 1]);
    const other = found('64:ff9b::c000:aa');
    const prefix64 = { address: '2001:db8:64::' as Ipv6Address, length: 96 };
    other.say({ kind: 'nat64', prefix: prefix64, lifetimeSeconds: 1800 });
    expect(shown(other.bench, 'NAT64')).toEqual(['2001:db8:64::/96']);
  });
});
