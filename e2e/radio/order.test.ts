// More than one known network: which one is used. The reference stays idle after either story.
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

scenario(
  'of two known networks the machine goes to the other one when its own is gone',
  async (lab) => {
    await lab.begin();
    const home = await lab.accessPoint(await lab.site('home', '10.9.1'), {
      ssid: 'Home',
      security: wpa2('home secret'),
    });
    const work = await lab.accessPoint(await lab.site('work', '10.9.2'), {
      ssid: 'Work',
      security: wpa2('work secret'),
    });
    await lab.user({ Passphrase: ['work secret', 'home secret'] });
    await lab.connect('Work');
    await lab.untilOnline('Work');
    await lab.connect('Home');
    await lab.untilOnline('Home');
    expect(lab.stateOf('Work')).toBe('idle');

    await home.stop();

    await lab.untilOnline('Work', 15_000);
    expect(await work.stations()).toHaveLength(1);
  },
  { radios: 3, onlyOurs: true },
);

scenario(
  'after a restart of the daemon the network it was connected to is used again',
  async (lab) => {
    await lab.begin();
    await lab.accessPoint(await lab.site('home', '10.9.1'), { ssid: 'Home', security: wpa2('home secret') });
    await lab.accessPoint(await lab.site('work', '10.9.2'), { ssid: 'Work' });
    await lab.user({ Passphrase: 'home secret' });
    await lab.connect('Home');
    await lab.untilOnline('Home');

    await lab.stopDaemon();
    await lab.startDaemon();

    await lab.untilOnline('Home', 15_000);
    expect(lab.stateOf('Work')).not.toMatch(/ready|online/);
  },
  { radios: 3, onlyOurs: true },
);
