// wpa_supplicant and iwd come and go as they like; the daemon copes.
import { Variant } from 'dbus-next';
import type { Lab } from './lab/lab';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

async function online(lab: Lab): Promise<void> {
  await lab.begin();
  await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2('correct horse') });
  await lab.user({ Passphrase: 'correct horse' });
  await lab.connect('Home');
  await lab.untilOnline('Home');
}

scenario(
  'when the back end is killed and started again, the connection is back within 15 s',
  async (lab) => {
    await online(lab);
    await lab.backend.stop('SIGKILL');
    await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online', 10_000);
    await lab.passes(30);

    await lab.backend.start();

    await lab.untilOnline('Home', 15_000);
  },
  { onlyOurs: true },
);

scenario(
  'a back end that is killed and restarted again and again, at other moments each time, has the network back within 15 s',
  async (lab) => {
    await lab.begin();
    const site = await lab.site();
    await lab.accessPoint(site, { ssid: 'Other', channel: 6 });
    const accessPoint = await lab.accessPoint(site, { ssid: 'Home', security: wpa2('correct horse') });
    await lab.user({ Passphrase: 'correct horse' });
    for (const name of ['Other', 'Home']) {
      await lab.connect(name);
      await lab.untilOnline(name);
    }
    const { path } = await lab.find('Other');
    await lab.connman.call(path, 'SetProperty', 'sv', 'AutoConnect', new Variant('b', false));
    const { output } = accessPoint.hostapd;
    const joined = () => output.items.filter((line) => /AP-STA-CONNECTED/.test(line)).length;
    for (const pause of [0, 0.1, 0.5, 1, 2, 5]) {
      const before = joined();
      await lab.backend.stop('SIGKILL');
      await lab.passes(pause);

      await lab.backend.start();

      await output.until(`a new association, ${pause} s after the kill`, () => joined() > before, 15_000);
      await lab.untilOnline('Home', 15_000);
    }
    await lab.find('Other');
    expect(lab.service('Other')?.properties).toMatchObject({ Favorite: true, AutoConnect: false });
  },
  { radios: 3, onlyOurs: true },
);

scenario(
  'a scan that the kernel goes on with after its program was killed holds up nothing',
  async (lab) => {
    await online(lab);
    // wpa_supplicant scans once more when it has joined a network.
    await lab.passes(30);
    await lab.backend.stop('SIGKILL');
    await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online', 10_000);
    // All channels: many seconds, in which the kernel refuses every other scan.
    await lab.machine.run(['iw', 'dev', lab.link, 'scan', 'trigger']);

    await lab.backend.start();

    await lab.untilOnline('Home', 5000);
  },
  // iwd takes its link with it.
  { onlyOurs: true, backends: ['wpa_supplicant'] },
);

scenario(
  'when the back end is stopped in order and started again, the connection is back within 15 s',
  async (lab) => {
    await online(lab);
    await lab.backend.stop();

    await lab.backend.start();

    await lab.untilOnline('Home', 15_000);
  },
  { onlyOurs: true },
);

scenario(
  'a daemon that is there before the back end shows Wi-Fi when the back end comes',
  async (lab) => {
    await lab.startDaemon();
    await lab.backend.start();
    await lab.power(true);
    // Not before: the radios of all namespaces are blocked until Wi-Fi is on (rule 39).
    await lab.accessPoint(await lab.site(), { ssid: 'Open' });
    await lab.connect('Open');
    await lab.untilOnline('Open');
  },
  { onlyOurs: true },
);

scenario(
  'a back end that hangs for a minute holds nothing up for longer',
  async (lab) => {
    await online(lab);
    lab.backend.program.signal('SIGSTOP');
    await lab.passes(60);
    // The bus still answers for everything else.
    await lab.connman.call('/', 'GetProperties');

    lab.backend.program.signal('SIGCONT');

    await lab.untilOnline('Home', 15_000);
  },
  { onlyOurs: true },
);
