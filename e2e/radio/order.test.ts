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

scenario(
  'two radios of one machine in one network are two services, and the machine is online by the other when one is pulled out',
  async (lab) => {
    await lab.begin();
    await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2('correct horse') });
    const another = await lab.radios.plugInAnother();
    const addressOf = (link: string) => lab.machine.read(`/sys/class/net/${link}/address`).trim().replaceAll(':', '');
    const [first, other] = [lab.radios.own, another].map(({ link }) => `wifi_${addressOf(link)}_486f6d65_managed_psk`);
    const service = (id = '') => lab.connman.services.find(({ path }) => path.endsWith(id));
    const stateOf = (id?: string) => service(id)?.properties.State;
    await lab.user({ Passphrase: ['correct horse', 'correct horse'] });
    for (const id of [first, other]) {
      const { path } = await lab.findWhere(`${id}`, ({ path }) => path.endsWith(`${id}`));
      await lab.connman.call(path, 'Connect');
    }
    const inUse = () => stateOf(first) === 'online' && ['ready', 'online'].includes(String(stateOf(other)));
    await lab.connman.until('both in use', inUse, 30_000);

    await lab.machine.run(['iw', 'phy', lab.radios.own.phy, 'set', 'netns', 'name', 'shelf']);

    const isMoved = () => stateOf(other) === 'online' && service(first) === undefined;
    await lab.connman.until('online by the other one alone', isMoved, 15_000);
  },
  { radios: 3, onlyOurs: true },
);
