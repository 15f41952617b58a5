// What befalls a network, its back end and its machine: each fault begins, lasts, and ends as if it had never been.
import type { AccessPoint } from './access-point';
import type { Lab } from './lab';
import type { Dice } from './random';
import { wpa2 } from './security';

export const PASSPHRASE = 'correct horse';

interface Scene {
  readonly lab: Lab;
  readonly accessPoint: AccessPoint;
  readonly dice: Dice;
}

export interface Fault {
  readonly name: string;
  /** @returns how it ends. */
  begin(scene: Scene): Promise<() => Promise<void> | void>;
}

const nothing = () => undefined;

export const faults: readonly Fault[] = [
  {
    name: 'the access point is switched off',
    async begin({ accessPoint }) {
      await accessPoint.stop();
      return () => accessPoint.start();
    },
  },
  {
    name: 'the access point is out of range',
    async begin({ accessPoint }) {
      accessPoint.vanish();
      return () => accessPoint.appear();
    },
  },
  {
    name: 'the access point is on another channel',
    async begin({ accessPoint, dice }) {
      await accessPoint.become({ channel: dice.pick([1, 6, 11, 36, 44]) });
      return nothing;
    },
  },
  {
    name: 'the access point has another key',
    async begin({ accessPoint }) {
      await accessPoint.become({ security: wpa2('battery staple') });
      return () => accessPoint.become({ security: wpa2(PASSPHRASE) });
    },
  },
  {
    name: 'the station is sent away',
    async begin({ accessPoint, dice }) {
      for (const station of await accessPoint.stations())
        await accessPoint.command(
          'deauthenticate',
          station,
          `reason=${dice.pick([1, 2, 3, 4, 6, 7, 8, 14, 15, 23, 34])}`,
        );
      return nothing;
    },
  },
  {
    name: 'the DHCP server is silent, and the station is sent away',
    async begin({ accessPoint }) {
      await accessPoint.site.stopDhcp();
      for (const station of await accessPoint.stations()) await accessPoint.command('disassociate', station);
      return () => accessPoint.site.startDhcp();
    },
  },
  {
    name: 'the back end is gone',
    async begin({ lab }) {
      await lab.backend.stop('SIGKILL');
      return () => lab.backend.start();
    },
  },
  {
    name: 'the back end hangs',
    async begin({ lab }) {
      lab.backend.program.signal('SIGSTOP');
      return () => lab.backend.program.signal('SIGCONT');
    },
  },
  {
    name: 'the daemon is gone',
    async begin({ lab }) {
      await lab.stopDaemon('SIGKILL');
      return () => lab.startDaemon();
    },
  },
  {
    name: 'the machine sleeps',
    async begin({ lab }) {
      for (const program of [lab.daemon, lab.backend.program]) program.signal('SIGSTOP');
      return () => {
        for (const program of [lab.backend.program, lab.daemon]) program.signal('SIGCONT');
      };
    },
  },
  {
    name: 'the radio is blocked',
    async begin({ lab }) {
      lab.radios.setBlocked(lab.radios.own, true);
      return () => lab.radios.setBlocked(lab.radios.own, false);
    },
  },
  {
    name: 'the signal is too weak',
    async begin({ accessPoint }) {
      accessPoint.setSignal(-95);
      return () => accessPoint.setSignal(-50);
    },
  },
];
