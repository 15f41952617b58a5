/** What sessions do to services: a radio that is known and idle because a cable is connected (ConnMan rule 190). */
import { Bench } from '../simulation/bench';
import { hearNetworks, joinHome } from '../simulation/networks';
import { leaseOf } from '../simulation/scripted-dhcp';

const anywhere = { kind: 'session-connect', allowedInterface: '*' } as const;

/** Online by eth0; the network Home is known, and auto-connect leaves it alone. */
function begin() {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const radio = bench.addRadio('wlan0');
  hearNetworks(radio, 1);
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('192.168.1.5'));
  joinHome(bench, radio);
  bench.advance(1000);
  for (const powered of [false, true]) {
    bench.ask({ kind: 'set-powered', technology: 'wifi', powered });
    bench.advance(2000);
  }
  expect(bench.stateOfName('Home')).toBe('idle');
  return { bench, radio };
}

function join({ bench, radio }: ReturnType<typeof begin>): void {
  bench.ask({ ...anywhere, bearers: ['wifi'] });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(100);
  expect(bench.stateOfName('Home')).toBe('ready');
}

test('a session has a service of its bearers connected beside the one that is in use', () => {
  const machine = begin();
  join(machine);
  expect(machine.bench.state('eth0')).toBe('online');
});

test('a session that a connected service can carry connects nothing', () => {
  const { bench } = begin();
  bench.ask({ ...anywhere, bearers: ['wifi', 'ethernet'] });
  bench.advance(1000);
  expect(bench.stateOfName('Home')).toBe('idle');
});

test('a session that is bound to a link connects no service of another', () => {
  const { bench } = begin();
  bench.ask({ kind: 'session-connect', bearers: ['wifi'], allowedInterface: 'wlan7' });
  bench.advance(1000);
  expect(bench.stateOfName('Home')).toBe('idle');
});

test('when no session needs the bearer, what was connected for one is disconnected, and nothing else', () => {
  const machine = begin();
  const { bench } = machine;
  join(machine);
  bench.ask({ kind: 'session-disconnect', bearers: ['ethernet'] });
  bench.advance(1000);
  expect([bench.state('eth0'), bench.stateOfName('Home')]).toEqual(['online', 'ready']);
  bench.ask({ kind: 'session-disconnect', bearers: ['wifi'] });
  bench.advance(1000);
  expect([bench.state('eth0'), bench.stateOfName('Home')]).toEqual(['online', 'idle']);
});

test('what the user connected outlives the sessions', () => {
  const { bench, radio } = begin();
  bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(100);
  bench.ask({ ...anywhere, bearers: ['wifi'] });
  bench.ask({ kind: 'session-disconnect', bearers: ['wifi'] });
  bench.advance(1000);
  expect(bench.stateOfName('Home')).toBe('ready');
});
