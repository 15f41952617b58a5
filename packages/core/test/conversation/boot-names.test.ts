/** Name servers of the network that the kernel booted from, and names below .local, as far as the engine knows of them. */
import { composeResolvConf } from '../../src/model/resolver/dns-plan';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

const day = 24 * 60 * 60 * 1000;

function booted() {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.daemon.dispatch({ kind: 'boot-names', servers: ['10.0.2.3' as never] });
  const resolvConf = () => bench.dnsPlan && composeResolvConf(bench.dnsPlan).split('\n').slice(1, -1);
  return { bench, eth0, resolvConf };
}

test('servers of the boot are asked while no link has any, for one day (rule 142)', () => {
  const { bench, eth0, resolvConf } = booted();
  bench.advance(1000);
  expect([bench.dnsPlan?.bootNameservers, resolvConf()]).toEqual([['10.0.2.3'], ['nameserver 10.0.2.3']]);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { nameservers: ['192.0.2.53'] }));
  bench.advance(1000);
  expect(resolvConf()).toEqual(['nameserver 192.0.2.53']);
  bench.advance(day - 3000);
  expect(bench.dnsPlan?.bootNameservers).toEqual(['10.0.2.3']);
  bench.advance(2000);
  expect(bench.dnsPlan?.bootNameservers).toEqual([]);
});

test('a machine that booted without a network leaves name resolution as it was found', () => {
  const bench = new Bench();
  bench.addLink('eth0', { plugged: false });
  bench.start();
  bench.advance(1000);
  expect(bench.dnsPlan).toBeUndefined();
});

test('mDNS is shown once the resolver asks on the link, if the user wants it (rule 75)', () => {
  const { bench, eth0 } = online();
  const shown = () => [...bench.daemon.snapshot.services.values()][0]?.get('mDNS')?.as('b');
  const want = (value: boolean) => {
    bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting: { name: 'mDNS.Configuration', value } });
    bench.advance(100);
  };
  want(true);
  expect([bench.dnsPlan?.links[0]?.multicast, shown()]).toEqual([true, false]);
  bench.daemon.dispatch({ kind: 'multicast-names', links: [eth0] });
  bench.advance(100);
  expect(shown()).toBe(true);
  want(false);
  expect([bench.dnsPlan?.links[0]?.multicast, shown()]).toEqual([undefined, false]);
});
