/**
 * A seeded run of a machine with a radio in trouble. The law: once the causes are gone, a network the user has chosen is
 * online within 15 s without help, however the trouble went.
 */
import type { AssociationError } from '@connman/contracts';
import type { AirNetwork, ScriptedRadio } from '@connman/testkit';
import { Bench } from './bench';
import { Random } from './random';
import { leaseOf } from './scripted-dhcp';

type Radio = ScriptedRadio & { readonly ifindex: number };

export interface WirelessMachine {
  readonly bench: Bench;
  readonly radio: Radio;
  readonly random: Random;
  readonly home: AirNetwork;
  dhcpUp: boolean;
  readonly log: string[];
}

const recoveryLimitMs = 15_000;
const passphrase = 'correct horse';
const refusals: readonly AssociationError[] = [
  'invalid-key',
  'out-of-range',
  'auth-failed',
  'blocked',
  'connect-failed',
];

interface Fault {
  readonly name: string;
  strike(machine: WirelessMachine): void;
}

export const wirelessFaults: readonly Fault[] = [
  {
    name: 'deauthenticated',
    strike: ({ radio, random }) => {
      const cause = random.pick(['by-peer', 'out-of-range', 'local'] as const);
      radio.lose('Home', { cause, reason: `reason ${random.between(1, 66)}` });
    },
  },
  {
    name: 'association refused',
    strike: ({ home, random }) => {
      home.fault = random.pick(refusals);
    },
  },
  {
    name: 'access point says nothing',
    strike: ({ home }) => {
      home.fault = 'silence';
    },
  },
  {
    name: 'passphrase changed',
    strike: ({ home, radio }) => {
      home.passphrase = 'another one';
      radio.lose('Home', { cause: 'by-peer', reason: 'reason 15' });
    },
  },
  { name: 'access point off', strike: ({ radio }) => radio.remove('Home') },
  {
    name: 'access point on',
    strike: ({ radio, home }) => {
      radio.put(home);
    },
  },
  {
    name: 'access point moves to another frequency',
    strike: ({ home, random }) => {
      home.frequency = random.pick([2412, 2437, 5180]);
    },
  },
  { name: 'weak signal', strike: ({ home, random }) => Object.assign(home, { strength: random.between(1, 100) }) },
  {
    name: 'DHCP silent',
    strike: (machine) => {
      machine.dhcpUp = !machine.dhcpUp;
    },
  },
  { name: 'driver crashes', strike: ({ radio }) => radio.crash() },
  { name: 'driver starts', strike: ({ radio }) => radio.start() },
  {
    name: 'scans do not end',
    strike: ({ radio }) => {
      radio.deaf = true;
    },
  },
  {
    name: 'lever',
    strike: ({ radio, random }) => radio.emit({ kind: 'rfkill', soft: false, hard: random.chance(0.5) }),
  },
  {
    name: 'user switches',
    strike: ({ bench, random }) =>
      void bench.ask({ kind: 'set-powered', technology: 'wifi', powered: random.chance(0.5) }),
  },
  {
    name: 'another network is chosen',
    strike: ({ bench }) => void bench.ask({ kind: 'connect', service: idOf(bench, 'Cafe') }),
  },
  { name: 'machine sleeps', strike: ({ bench, random }) => bench.clock.sleep(random.pick([1000, 60_000, 7_200_000])) },
  { name: 'daemon killed', strike: ({ bench }) => bench.restart() },
  {
    name: 'moment without carrier',
    strike: ({ bench, radio }) => {
      if (radio.joined.length === 0) return;
      bench.kernel.plug(radio.ifindex, false);
      bench.advance(50);
      if (radio.joined.length > 0) bench.kernel.plug(radio.ifindex, true);
    },
  },
];

const idOf = (bench: Bench, name: string): string => bench.idOfName(name);

export function runWirelessSeed(seed: number): {
  readonly complaints: readonly string[];
  readonly log: readonly string[];
} {
  const machine = newMachine(new Random(seed));
  const { bench, random, log } = machine;
  for (let strikes = random.between(1, 12); strikes > 0; strikes--) {
    const fault = random.pick(wirelessFaults);
    log.push(`@${bench.clock.now() - 1_000_000} ${fault.name}`);
    fault.strike(machine);
    bench.advance(random.pick([random.below(200), random.below(3000), random.below(40_000)]));
  }
  heal(machine);
  let waited = 0;
  while (complaints(machine).length > 0 && waited < recoveryLimitMs) {
    bench.advance(100);
    waited += 100;
  }
  log.push(...bench.done().slice(-60));
  return { complaints: complaints(machine), log };
}

function newMachine(random: Random): WirelessMachine {
  const bench = new Bench();
  const radio = bench.addRadio('wlan0');
  const home: AirNetwork = { name: 'Home', security: 'psk', passphrase };
  radio.put(home);
  radio.put({ name: 'Cafe', strength: 40 });
  const machine: WirelessMachine = { bench, radio, random, home, dhcpUp: true, log: [] };
  bench.dhcp.onStart = (ifindex) => answerDhcp(machine, ifindex);
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(500);
  bench.agentGives(passphrase);
  bench.ask({ kind: 'connect', service: idOf(bench, 'Home') });
  bench.advance(2000);
  if (bench.stateOfName('Home') !== 'online') throw new Error(`Home is ${bench.stateOfName('Home')} at the start`);
  bench.done();
  return machine;
}

/** A server that answers soon, or as soon as it is there again. */
function answerDhcp(
  machine: WirelessMachine,
  ifindex: number,
  request = machine.bench.dhcp.running.get(ifindex),
): void {
  const { bench } = machine;
  bench.clock.setTimer(60, () => {
    if (bench.dhcp.running.get(ifindex) !== request) return;
    if (!machine.dhcpUp) return answerDhcp(machine, ifindex, request);
    bench.dhcp.bound(ifindex, leaseOf('10.0.0.5'));
    // Renewed at T1, or bound again as soon as the machine is awake.
    bench.clock.setTimer(1_800_000, () => answerDhcp(machine, ifindex, request));
  });
}

function heal(machine: WirelessMachine): void {
  const { bench, radio, home } = machine;
  machine.dhcpUp = true;
  radio.deaf = false;
  Object.assign(home, { passphrase, strength: 70 });
  delete home.fault;
  radio.put(home);
  if (!radio.works) radio.start();
  radio.emit({ kind: 'rfkill', soft: false, hard: false });
  // A Powered request under way has every other one refused, for ten seconds at most.
  while (bench.daemon.engine.world.technologies.get('wifi')?.pending) bench.advance(100);
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
}

function complaints({ bench, radio }: WirelessMachine): string[] {
  const found: string[] = [];
  const states = [...bench.daemon.engine.world.services.values()].map(
    ({ name, state, error }) => `${name} ${state} ${error}`,
  );
  if (radio.joined.length !== 1) found.push(`in ${radio.joined.length} networks: ${states.join('; ')}`);
  if (![bench.stateOfName('Home'), bench.stateOfName('Cafe')].includes('online')) found.push(states.join('; '));
  const connected = [...bench.daemon.engine.world.services.values()].filter(({ connection }) => connection);
  if (connected.length > 1) found.push(`${connected.length} services of one device are connected`);
  found.push(...bench.daemon.client.errors(bench.daemon.engine.world));
  return found;
}
