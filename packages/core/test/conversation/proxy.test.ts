/** Which proxy clients are shown: the user's, the network's, or one that is found by name. */
import type { ServiceSetting } from '../../src/model/service/setting';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

type Bench = ReturnType<typeof online>['bench'];

const auto = (url = ''): ServiceSetting => ({
  name: 'Proxy.Configuration',
  value: { method: 'auto', url, servers: [], excludes: [] },
});

function choose(bench: Bench, setting: ServiceSetting): void {
  expect(bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting })).toEqual({ ok: true });
  bench.advance(100);
}

function shown(bench: Bench, place = 0): unknown {
  const proxy = [...bench.daemon.snapshot.services.values()][place]?.get('Proxy')?.value;
  return Object.fromEntries(Object.entries(proxy ?? {}).map(([key, { value }]) => [key, value]));
}

const inDomain = (domain: string, proxyAutoConfigUrl = '') => ({
  ...leaseOf('10.0.0.5', { domain }),
  proxyAutoConfigUrl,
});

test('the URL of DHCP option 252 is the proxy of who chose none, and of who chose an automatic one (rule 135)', () => {
  const { bench, eth0 } = online();
  expect(shown(bench)).toEqual({ Method: 'direct' });
  bench.dhcp.bound(eth0, inDomain('lab.example', 'http://proxy.test/p.pac'));
  bench.advance(100);
  const leased = { Method: 'auto', URL: 'http://proxy.test/p.pac' };
  expect(shown(bench)).toEqual(leased);
  choose(bench, auto());
  expect([shown(bench), bench.done('proxy-search')]).toEqual([leased, []]);
  choose(bench, auto('http://mine.test/p.pac'));
  expect(shown(bench)).toEqual({ Method: 'auto', URL: 'http://mine.test/p.pac' });
});

test('without one a host wpad is looked for in the domain of the network and above it, by the link itself (rule 135)', () => {
  const { bench, eth0 } = online();
  bench.dhcp.bound(eth0, inDomain('desk.lab.example'));
  bench.advance(100);
  expect(bench.done('proxy-search')).toEqual([]);
  bench.knownHosts.add('wpad.lab.example');
  choose(bench, auto());
  expect(bench.done('proxy-search')).toEqual(['proxy-search eth0 wpad.desk.lab.example wpad.lab.example']);
  expect(shown(bench)).toEqual({ Method: 'auto', URL: 'http://wpad.lab.example/wpad.dat' });
});

test('where none is found there is no proxy, and another domain is searched again (rule 135)', () => {
  const { bench, eth0 } = online();
  bench.dhcp.bound(eth0, inDomain('lab.example'));
  bench.advance(100);
  choose(bench, auto());
  expect(shown(bench)).toEqual({ Method: 'direct' });
  bench.knownHosts.add('wpad.other.example');
  bench.dhcp.bound(eth0, inDomain('other.example'));
  bench.advance(100);
  expect(shown(bench)).toEqual({ Method: 'auto', URL: 'http://wpad.other.example/wpad.dat' });
});

test('a search that ends after the cable was pulled changes nothing', () => {
  const { bench, eth0 } = online();
  bench.dhcp.bound(eth0, inDomain('lab.example'));
  bench.knownHosts.add('wpad.lab.example');
  bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting: auto() });
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  expect(bench.service('eth0')).toBeUndefined();
});

test('a proxy that is set, changed or taken away is what the next online check goes through (rule 135)', () => {
  const { bench } = online();
  const before = bench.checks.length;
  const servers = ['proxy.test:3128'];
  choose(bench, { name: 'Proxy.Configuration', value: { method: 'manual', url: '', servers, excludes: [] } });
  bench.advance(60_000);
  expect(bench.checks.length).toBeGreaterThan(before);
  expect(bench.checks.at(-1)?.proxy).toMatchObject({ method: 'manual', servers });
  choose(bench, auto('http://mine.test/p.pac'));
  bench.advance(60_000);
  expect(bench.checks.at(-1)?.proxy).toMatchObject({ method: 'auto', url: 'http://mine.test/p.pac' });
  choose(bench, { name: 'Proxy.Configuration', value: { method: 'direct', url: '', servers: [], excludes: [] } });
  bench.advance(60_000);
  expect(bench.checks.at(-1)?.proxy).toBeUndefined();
});

test('each service has the proxy of its own network, for clients and for its own check (rule 135)', () => {
  const { bench, eth0, eth1 } = twoUplinks();
  const url = (name: string) => `http://${name}.test/p.pac`;
  bench.dhcp.bound(eth0, inDomain('lab.example', url('zero')));
  bench.dhcp.bound(eth1, { ...inDomain('home.example', url('one')), address: '192.168.1.5' as never });
  bench.advance(60_000);
  expect(bench.order()).toEqual(['eth0', 'eth1']);
  expect([shown(bench, 0), shown(bench, 1)]).toEqual([
    { Method: 'auto', URL: url('zero') },
    { Method: 'auto', URL: url('one') },
  ]);
  const last = (interfaceName: string) => bench.checks.findLast((check) => check.interfaceName === interfaceName);
  expect([last('eth0')?.proxy?.url, last('eth1')?.proxy?.url]).toEqual([url('zero'), url('one')]);
});
