/** Where most conversations begin. */
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

type Config = ConstructorParameters<typeof Bench>[0];

/** Adds to the machine before the daemon starts. */
type Prepare = (bench: Bench) => void;

/** A machine that is online by eth0; what was done up to then has been read. */
export function online(config?: Config, prepare: Prepare = () => {}) {
  const bench = new Bench(config);
  prepare(bench);
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.state('eth0')).toBe('online');
  bench.done();
  return { bench, eth0 };
}

/** One that came online by eth0 first and has eth1 besides. */
export function twoUplinks(config?: Config, prepare: Prepare = () => {}) {
  const bench = new Bench(config);
  prepare(bench);
  const eth0 = bench.addLink('eth0');
  const eth1 = bench.addLink('eth1');
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(100);
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
  bench.advance(100);
  bench.done();
  return { bench, eth0, eth1 };
}
