/** Why a service is connected or not: the reasons that connmanctl why prints, in the states they belong to. */
import { whyOf } from '../../src/shell/publish/why';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const codes = (bench: Bench, service: string) =>
  whyOf(bench.daemon.engine.world, service)?.map(([code]) => code) ?? 'no such service';

test('a service on its way says what each family waits for', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.advance(100);
  expect(codes(bench, bench.idOf('eth0'))).toEqual(['configuration', 'no-lease', 'no-router-advertisement']);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(100);
  expect(codes(bench, bench.idOf('eth0'))[0]).toBe('default');
});

test('of two connected services one is the default, and the other names it', () => {
  const { bench } = twoUplinks();
  expect(codes(bench, bench.idOf('eth0'))[0]).toBe('default');
  const [reason] = whyOf(bench.daemon.engine.world, bench.idOf('eth1')) ?? [];
  expect(reason).toEqual([
    'behind',
    `${bench.idOf('eth0')} stands before it in the order and is connected; connmanctl move-before changes that`,
  ]);
});

test('a service that a user disconnected, or may not connect by itself, says how to connect it', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  bench.ask({ kind: 'disconnect', service });
  expect(whyOf(bench.daemon.engine.world, service)).toEqual([
    ['disconnected', `a user disconnected it: connmanctl connect ${service}`],
  ]);
});

test('a network whose technology is off, or whose passphrase is not known, says so', () => {
  const bench = new Bench();
  const radio = bench.addRadio('wlan0');
  radio.put({ name: 'Home', security: 'psk', passphrase: 'correct horse' });
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  expect(codes(bench, bench.idOfName('Home'))).toEqual(['never-connected', 'secrets-missing']);
});

test('a failure comes first, with its error and the next attempt', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.failed(eth0, 'no packet socket');
  expect(whyOf(bench.daemon.engine.world, bench.idOf('eth0'))).toEqual([
    ['dhcp-failed', 'the last attempt failed with dhcp-failed; next attempt in 2 s'],
  ]);
});

test('there is no reason for what there is not', () => {
  expect(codes(online().bench, 'ethernet_nosuch_cable')).toBe('no such service');
});
