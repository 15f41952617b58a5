/** Which hardware address a network is to see: chosen for new networks by main.conf, and for each service by its user. */
import type { MacAddressPolicy } from '@connman/contracts';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

function begin(macAddressPolicy: MacAddressPolicy = 'permanent') {
  const bench = new Bench({ macAddressPolicy });
  const radio = bench.addRadio('wlan0');
  const home = radio.put({ name: 'Home' });
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  bench.dhcp.onStart = (ifindex) => bench.clock.setTimer(10, () => bench.dhcp.bound(ifindex, leaseOf('10.0.0.5')));
  const ask = (kind: 'connect' | 'disconnect') => {
    bench.ask({ kind, service: bench.idOfName('Home') });
    bench.advance(1000);
  };
  const choose = (value: MacAddressPolicy) => {
    const setting = { name: 'MACAddressPolicy', value } as const;
    const outcome = bench.ask({ kind: 'configure', service: bench.idOfName('Home'), setting });
    bench.advance(100);
    return outcome;
  };
  /** What the driver was told at each attempt. */
  const policies = () => radio.commands.flatMap((one) => (one.kind === 'associate' ? [one.profile.mac] : []));
  const stored = () => bench.disk.read().services.get(bench.idOfName('Home'))?.macAddressPolicy;
  return { bench, radio, home, ask, choose, policies, stored };
}

test('networks see the permanent address unless something else was chosen', () => {
  const { ask, policies, stored } = begin();
  ask('connect');
  expect(policies()).toEqual([{ kind: 'permanent' }]);
  expect(stored()).toBeUndefined();
});

test('a new network keeps the policy that main.conf had when it was joined first', () => {
  const { bench, ask, policies, stored } = begin('stable');
  ask('connect');
  expect(policies()).toEqual([{ kind: 'stable' }]);
  bench.advance(5000);
  expect(stored()).toBe('stable');
});

test('a network that is known keeps the permanent address whatever main.conf says of new ones', () => {
  const { bench, ask, policies } = begin('random');
  ask('connect');
  bench.advance(5000);
  const home = bench.serviceOfName('Home');
  if (!home) throw new Error('Home is gone');
  const { macAddressPolicy: _, ...asConnManStoresIt } = home.settings;
  bench.disk.writeService({ ...home, settings: asConnManStoresIt });
  bench.restart();
  bench.advance(5000);
  ask('disconnect');
  ask('connect');
  expect(policies().at(-1)).toEqual({ kind: 'permanent' });
});

test('a chosen policy is stored, and in force from the next connection on', () => {
  const { bench, ask, choose, policies, stored } = begin();
  ask('connect');
  choose('stable');
  expect(policies()).toHaveLength(1);
  bench.advance(5000);
  expect(stored()).toBe('stable');
  ask('disconnect');
  ask('connect');
  expect(policies().at(-1)).toEqual({ kind: 'stable' });
});

test('a random address is kept while a connection is restored, and is another one in the next connection', () => {
  const { bench, radio, home, ask, choose, policies } = begin();
  choose('random');
  ask('connect');
  home.fault = 'connect-failed';
  radio.lose('Home', { cause: 'by-peer', reason: 'reason 3' });
  bench.advance(2000);
  delete home.fault;
  bench.advance(10_000);
  const first = policies();
  expect(first.length).toBeGreaterThan(2);
  expect(new Set(first.map((policy) => JSON.stringify(policy)))).toHaveProperty('size', 1);
  ask('disconnect');
  ask('connect');
  expect(policies().at(-1)).toMatchObject({ kind: 'random' });
  expect(policies().at(-1)).not.toEqual(first[0]);
});

test('a cable shows its own address: its service refuses the policy', () => {
  const bench = new Bench();
  bench.addLink('eth0');
  bench.start();
  bench.advance(1000);
  const setting = { name: 'MACAddressPolicy', value: 'stable' } as const;
  expect(bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting })).toEqual({
    ok: false,
    error: 'NotSupported',
  });
});
