/** What the firewall does for tunnels, and that nothing on an uplink draws traffic past them. */
import type { Ipv6Address } from '@connman/inet';
import type { FirewallChain, FirewallMatch } from '@connman/netlink';
import type { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

const office = {
  name: 'office',
  link: 'tun0',
  address: '10.8.0.2/24',
  routes: ['default'],
  killSwitch: 'strict',
} as const;

function locked(more: { readonly killSwitch?: 'strict' | 'local' } = {}) {
  const { bench, eth0 } = online(undefined, (one) => one.addVpn());
  const [vpn] = bench.vpns;
  if (!vpn) throw new Error('no driver of tunnels');
  vpn.put({ ...office, ...more });
  bench.ask({ kind: 'connect', service: 'vpn_office' });
  bench.advance(1000);
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
  bench.done();
  return { bench, eth0, vpn };
}

const inWords = (match: FirewallMatch): string => {
  switch (match.kind) {
    case 'in-interface':
    case 'out-interface':
      return `${match.not ? 'not ' : ''}${match.kind === 'in-interface' ? 'from' : 'by'} ${match.name}`;
    case 'source':
      return `of ${match.prefix.address}/${match.prefix.length}`;
    case 'known-connection':
      return 'known';
    case 'destination':
      return `to ${match.prefix.address}/${match.prefix.length}`;
    case 'protocol':
      return `protocol ${match.number}`;
    case 'ports':
      return `ports ${match.source} to ${match.destination}`;
    case 'icmp-type':
      return `types ${match.from} to ${match.to}`;
  }
};
const rulesOf = (bench: Bench, table: string, chain: string): string[] => {
  const found: FirewallChain | undefined = bench.firewall.get(table)?.find(({ name }) => name === chain);
  return (found?.rules ?? []).map(({ matches, verdict }) => [...matches.map(inWords), verdict].join(', '));
};
const isLocked = (bench: Bench) => rulesOf(bench, 'connman-lock', 'output').at(-1) === 'drop';

test('packets for the tunnel’s address are taken from the tunnel alone (CVE-2019-14899)', () => {
  const { bench } = locked();
  expect(rulesOf(bench, 'connman-guard', 'prerouting')).toEqual(['not from lo, not from tun0, to 10.8.0.2/32, drop']);
  bench.ask({ kind: 'disconnect', service: 'vpn_office' });
  bench.advance(1000);
  expect(bench.firewall.size).toBe(0);
});

test('clients of a shared connection are answered while a kill switch holds, and leave by its tunnel alone', () => {
  const { bench } = online({ tetheringTechnologies: ['ethernet'] }, (one) => {
    one.addVpn();
    one.addLink('eth1');
  });
  bench.vpns[0]?.put(office);
  bench.ask({ kind: 'connect', service: 'vpn_office' });
  bench.advance(1000);
  expect(rulesOf(bench, 'connman-lock', 'output')).not.toContain('by tether, accept');
  bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true });
  bench.advance(1000);
  expect(rulesOf(bench, 'connman-lock', 'output')).toContain('by tether, accept');
  expect(rulesOf(bench, 'connman-lock', 'forward')).toEqual(['by tun0, accept', 'from tun0, accept', 'drop']);
});

test('a kill switch lets out the tunnel, its server, and what keeps the link in its network', () => {
  const { bench } = locked();
  expect(rulesOf(bench, 'connman-lock', 'output')).toEqual([
    'by lo, accept',
    'by tun0, accept',
    'to 203.0.113.1/32, accept',
    'protocol 17, ports 68 to 67, accept',
    'protocol 17, ports 546 to 547, accept',
    'protocol 58, types 130 to 136, accept',
    'protocol 58, types 143 to 143, accept',
    'drop',
  ]);
  expect(rulesOf(bench, 'connman-lock', 'forward')).toEqual(['by tun0, accept', 'from tun0, accept', 'drop']);
});

test('with "local" the networks around the machine are reached as well', () => {
  const { bench } = locked({ killSwitch: 'local' });
  const rules = rulesOf(bench, 'connman-lock', 'output');
  expect(rules).toContain('to 192.168.0.0/16, accept');
  expect(rules).toContain('to fe80::/10, accept');
});

test('it is in place before the tunnel’s routes change, and shown', () => {
  const { bench } = locked();
  const shown = () => bench.daemon.snapshot.services.get('/net/connman/service/vpn_office')?.get('Provider');
  expect(JSON.stringify(shown()?.value)).toContain('"on"');
  bench.vpns[0]?.lose('office');
  expect(JSON.stringify(shown()?.value)).toContain('"holding"');
});

test.each([
  ['the server goes', (bench: Bench) => bench.vpns[0]?.lose('office')],
  ['the daemon of the tunnels goes', (bench: Bench) => bench.vpns[0]?.crash()],
  ['the cable is pulled', (bench: Bench, eth0: number) => bench.kernel.plug(eth0, false)],
  ['our daemon is killed', (bench: Bench) => bench.kill()],
  [
    'a later attempt is refused',
    (bench: Bench) => {
      if (bench.vpns[0]) bench.vpns[0].refusal = { error: 'auth-failed' };
      bench.vpns[0]?.lose('office');
    },
  ],
])('it holds while %s', (_, happen) => {
  const { bench, eth0 } = locked();
  happen(bench, eth0);
  for (let i = 0; i < 100; i++) {
    bench.advance(1000);
    expect(isLocked(bench)).toBe(true);
  }
});

test('it is gone when the user disconnects, also while there is nothing left to disconnect', () => {
  const { bench, vpn } = locked();
  vpn.refusal = { error: 'auth-failed' };
  vpn.lose('office');
  bench.advance(60_000);
  expect(bench.stateOfName('office')).toBe('failure');
  expect(bench.ask({ kind: 'disconnect', service: 'vpn_office' })).toEqual({ ok: true });
  bench.advance(10);
  expect(bench.firewall.get('connman-lock')).toBeUndefined();
});

test.each([
  ['another program disconnects for its user', (bench: Bench) => bench.vpns[0]?.byAnother('office', false)],
  ['the connection is removed', (bench: Bench) => bench.vpns[0]?.remove('office')],
  ['it is switched off in the settings', (bench: Bench) => bench.vpns[0]?.change('office', { killSwitch: undefined })],
])('it is gone when %s', (_, happen) => {
  const { bench } = locked();
  happen(bench);
  bench.advance(100);
  expect(isLocked(bench)).toBe(false);
});

test('one of a former run holds until its tunnel is known again, and can be ended before', () => {
  const { bench, vpn } = locked();
  bench.kill();
  const before = bench.firewall.get('connman-lock');
  vpn.silentAtStart = true;
  bench.restart();
  bench.daemon.dispatch({ kind: 'firewall-found', guards: true, locked: ['vpn_office'] });
  bench.advance(60_000);
  expect(bench.firewall.get('connman-lock')).toBe(before);
  vpn.lose('office');
  vpn.refusal = { error: 'connect-failed' };
  vpn.speak();
  bench.advance(1000);
  expect(bench.firewall.get('connman-lock')).toBe(before);
  expect(bench.ask({ kind: 'disconnect', service: 'vpn_office' })).toEqual({ ok: true });
  expect(bench.firewall.get('connman-lock')).toBeUndefined();
});

test('a server of the uplink draws nothing past a full tunnel with routes of its own (option 121, CVE-2024-3661)', () => {
  const { bench, eth0 } = locked();
  const routes = [
    { destination: { address: '0.0.0.0', length: 0 }, gateway: '10.0.0.1' },
    { destination: { address: '0.0.0.0', length: 1 }, gateway: '10.0.0.66' },
    { destination: { address: '198.51.100.7', length: 32 }, gateway: '10.0.0.66' },
  ];
  bench.dhcp.bound(eth0, { ...leaseOf('10.0.0.5'), routes: routes as never });
  bench.advance(1000);
  expect(bench.routes().join()).not.toMatch(/10\.0\.0\.66/);
  bench.ask({ kind: 'disconnect', service: 'vpn_office' });
  bench.advance(1000);
  expect(bench.routes()).toContain('198.51.100.7/32 via 10.0.0.66 eth0');
});

test('a router that calls its default route preferred has no better one than a full tunnel (RFC 4191)', () => {
  const { bench, vpn } = locked();
  vpn.put({ name: 'six', link: 'tun6', address: 'fd00:8::2/64', routes: ['default'], servers: ['203.0.113.6'] });
  bench.ask({ kind: 'connect', service: 'vpn_six' });
  bench.advance(2000);
  const six = bench.kernel.dump().routes.filter((route) => route.family === 6 && route.destination.length === 0);
  expect(six.map(({ metric }) => metric)).toEqual([1]);
  expect(six[0]?.gateway as Ipv6Address | undefined).toBeUndefined();
});

test('a kill switch that the kernel refuses fails the connection with the reason, and the tunnel is left', () => {
  const { bench } = online(undefined, (one) => one.addVpn());
  const [vpn] = bench.vpns;
  const refusal = 'adding the table nftables connman-lock: Protocol not supported';
  bench.firewallFault = () => refusal;
  vpn?.put(office);
  const operation = bench.daemon.ask({ kind: 'connect', service: 'vpn_office' });
  bench.advance(1000);
  expect(bench.daemon.answers.get(operation)).toEqual({
    ok: false,
    error: 'Failed',
    text: `the kill switch cannot hold: ${refusal}; it needs nf_tables in the kernel, or iptables`,
  });
  expect(bench.stateOfName('office')).toBe('failure');
  expect(bench.routes()).toEqual(['default via 10.0.0.1 eth0']);
  expect(vpn?.commands.at(-1)?.kind).toBe('dissociate');
});

test('a kill switch that holds stays as it was when the kernel refuses a change of it', () => {
  const { bench, vpn } = locked();
  const before = bench.firewall.get('connman-lock');
  bench.firewallFault = () => 'no memory';
  vpn.put({ ...office, name: 'other', link: 'tun1', address: '10.9.0.2/24', servers: ['203.0.113.9'] });
  bench.ask({ kind: 'connect', service: 'vpn_other' });
  bench.advance(1000);
  expect(bench.stateOfName('other')).toBe('failure');
  expect(bench.stateOfName('office')).toMatch(/ready|online/);
  expect(bench.firewall.get('connman-lock')).toBe(before);
});
