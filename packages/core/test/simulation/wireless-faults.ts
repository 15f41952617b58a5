/** What can befall a machine with radios: its access points, the program behind the driver, the switches, the hardware, the user. */
import type { MacAddress } from '@connman/inet';
import type { AccessPoint, ApTrouble, JoinState } from '@connman/testkit';
import type { Random } from './random';
import { accessPoint, type WirelessMachine } from './wireless-machine';

export interface Scene {
  readonly machine: WirelessMachine;
  readonly random: Random;
  readonly home: AccessPoint;
  /** Of the same network as `home`, in some scenes. */
  readonly other: AccessPoint | undefined;
  readonly cafe: AccessPoint;
  /** An access point has shown that it has another key, or seemed to. */
  hadKeyTrouble: boolean;
}

export const rightKey = 'correct horse';
export const joinStates: readonly JoinState[] = ['authenticating', 'associating', '4way_handshake', 'completed'];
export const statuses = [1, 12, 14, 16, 17, 30, 37, 53, 77] as const;
/** Deauthentications in a 4-way handshake that say another key, as an access point says it (verdict.ts). */
const keyReasons = new Set([2, 14, 15]);

export function seemsWrongKey(trouble: ApTrouble | undefined): boolean {
  return trouble?.kind === 'deauthenticated' && trouble.state === '4way_handshake' && keyReasons.has(trouble.reason);
}

interface Fault {
  readonly name: string;
  /** Some take their time. */
  strike(scene: Scene): void | Promise<void>;
}

export const wirelessFaults: readonly Fault[] = [
  {
    name: 'deauthenticated while connected',
    strike: ({ machine, home, random }) => machine.air.deauthenticate(home, random.between(1, 66)),
  },
  {
    name: 'deauthenticated in a state of each attempt',
    strike: (scene) => {
      const { machine, home, random } = scene;
      const state = random.pick(joinStates.slice(0, 3));
      home.trouble = { kind: 'deauthenticated', state, reason: random.between(1, 66) };
      if (seemsWrongKey(home.trouble)) scene.hadKeyTrouble = true;
      machine.air.deauthenticate(home, 3);
    },
  },
  {
    name: 'refused with a status',
    strike: ({ machine, home, random }) => {
      const state = random.pick(['authenticating', 'associating'] as const);
      home.trouble = { kind: 'status', state, status: random.pick(statuses) };
      machine.air.deauthenticate(home, 3);
    },
  },
  {
    name: 'no answer from a state on',
    strike: (scene) => {
      const { machine, home, random } = scene;
      home.trouble = { kind: 'silent', state: random.pick(joinStates.slice(0, 3)) };
      machine.air.deauthenticate(home, 3);
    },
  },
  {
    name: 'another key at the access point',
    strike: (scene) => {
      scene.hadKeyTrouble = true;
      scene.home.passphrase = 'another one';
      scene.machine.air.deauthenticate(scene.home, 15);
    },
  },
  { name: 'access point off', strike: ({ machine, home }) => machine.air.switchOff(home) },
  {
    name: 'access point off for an hour',
    strike: async ({ machine, home }) => {
      machine.air.switchOff(home);
      await machine.pass(3_600_000);
      home.on = true;
    },
  },
  {
    name: 'access point on',
    strike: ({ home }) => {
      home.on = true;
    },
  },
  {
    name: 'access point moves to another channel',
    strike: ({ machine, home, random }) => {
      home.frequency = random.pick([2412, 2437, 5180]);
      machine.air.deauthenticate(home, 3);
    },
  },
  {
    name: 'weak signal',
    strike: ({ home, random }) => {
      home.signalDbm = -random.between(30, 95);
    },
  },
  {
    name: 'DHCP silent',
    strike: ({ machine }) => {
      machine.dhcpUp = !machine.dhcpUp;
    },
  },
  {
    name: 'roam in the middle of DHCP',
    strike: async ({ machine, home, random }) => {
      machine.dhcpUp = false;
      machine.air.deauthenticate(home, 3);
      await machine.pass(random.below(3000));
      machine.air.deauthenticate(home, 12);
    },
  },
  { name: 'program crashes', strike: ({ machine }) => machine.program.crash() },
  { name: 'program starts', strike: ({ machine }) => machine.program.start() },
  { name: 'program hangs', strike: ({ machine, random }) => machine.program.hang(random.chance(0.7)) },
  {
    name: 'scans do not end',
    strike: ({ machine, random }) => {
      machine.setDeaf(random.chance(0.7));
    },
  },
  { name: 'lever', strike: ({ machine, random }) => machine.block({ hard: random.chance(0.5) }) },
  {
    name: 'soft block by another program',
    strike: ({ machine, random }) => machine.block({ soft: random.chance(0.5) }),
  },
  {
    name: 'lever flaps',
    strike: async ({ machine, random }) => {
      for (let i = random.between(2, 8); i > 0; i--) {
        machine.block({ hard: i % 2 === 0 });
        await machine.pass(random.below(300));
      }
    },
  },
  { name: 'machine sleeps', strike: ({ machine, random }) => machine.sleep(random.pick([1000, 60_000, 7_200_000])) },
  { name: 'radio taken out', strike: ({ machine }) => machine.takeOut('wlan0') },
  {
    name: 'radio back',
    strike: ({ machine }) => {
      machine.plugIn('wlan0');
    },
  },
  {
    name: 'user switches',
    strike: ({ machine: { bench }, random }) =>
      void bench.ask({ kind: 'set-powered', technology: 'wifi', powered: random.chance(0.5) }),
  },
  {
    name: 'user chooses another network',
    strike: ({ machine: { bench } }) => void bench.ask({ kind: 'connect', service: bench.idOfName('Cafe') }),
  },
  { name: 'daemon killed', strike: ({ machine }) => machine.restart() },
];

const homeFrequency = 2412;

export function heal({ machine, home, other }: Scene): void {
  for (const ap of [home, other])
    if (ap) Object.assign(ap, { on: true, passphrase: rightKey, signalDbm: -50, trouble: undefined });
  // Another channel than the known one is found by the next pass over all, which may be minutes away (stages/scan.ts).
  home.frequency = homeFrequency;
  machine.dhcpUp = true;
  machine.setDeaf(false);
  machine.program.hang(false);
  machine.plugIn('wlan0');
  machine.program.start();
  machine.block({ soft: false, hard: false });
}

export function newAccessPoints(random: Random): Pick<Scene, 'home' | 'other' | 'cafe'> {
  const security = random.pick(['psk', 'psk', 'transition', 'sae'] as const);
  const of = (last: string, frequency: number, signalDbm: number) =>
    accessPoint({
      ...{ ssid: 'Home', security, passphrase: rightKey, frequency, signalDbm },
      bssid: `02:00:00:00:01:${last}` as MacAddress,
    });
  return {
    home: of('00', homeFrequency, -50),
    other: random.chance(0.3) ? of('01', 5180, -60) : undefined,
    cafe: accessPoint({ ssid: 'Cafe', bssid: '02:00:00:00:02:00' as MacAddress, signalDbm: -65, frequency: 2437 }),
  };
}
