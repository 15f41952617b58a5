// Switches: the technology's own, rfkill, flight mode, and a machine that slept.
import { Variant } from 'dbus-next';
import type { AccessPoint } from './lab/access-point';
import { type Lab, WIFI } from './lab/lab';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

async function online(lab: Lab): Promise<AccessPoint> {
  await lab.begin();
  const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2('correct horse') });
  await lab.user({ Passphrase: 'correct horse' });
  await lab.connect('Home');
  await lab.untilOnline('Home');
  return accessPoint;
}

/** How soon a known network has to be back; the reference takes its time. */
const soon = (lab: Lab) => (lab.subject.name === 'ours' ? 15_000 : 120_000);

scenario('Wi-Fi switched off and on by the user is online again by itself', async (lab) => {
  const accessPoint = await online(lab);
  await lab.power(false);
  await lab.connman.until('no service', () => lab.service('Home') === undefined, 30_000);

  await lab.power(true);
  // The reference blocks the radios of all namespaces.
  lab.radios.setBlocked(accessPoint.radio, false);
  await accessPoint.become({});

  await lab.untilOnline('Home', soon(lab));
});

scenario(
  'a radio blocked by another program shows as not powered, and comes back online when unblocked',
  async (lab) => {
    await online(lab);

    lab.radios.setBlocked(lab.radios.own, true);
    await lab.connman.until('Wi-Fi off', () => lab.connman.technologies.get(WIFI)?.Powered === false, 30_000);
    await lab.passes(30);
    lab.radios.setBlocked(lab.radios.own, false);

    await lab.untilOnline('Home', soon(lab));
  },
);

scenario(
  'a radio that was blocked when the daemon started is used once it is unblocked',
  async (lab) => {
    await online(lab);
    await lab.stopDaemon();
    lab.radios.setBlocked(lab.radios.own, true);
    await lab.startDaemon();

    lab.radios.setBlocked(lab.radios.own, false);

    await lab.untilOnline('Home', 15_000);
  },
  { onlyOurs: true },
);

scenario(
  'twenty quick flaps of the switch end online',
  async (lab) => {
    await online(lab);
    for (let flap = 0; flap < 20; flap++) {
      lab.radios.setBlocked(lab.radios.own, flap % 2 === 0);
      await lab.passes(0.2);
    }
    await lab.untilOnline('Home', 15_000);
  },
  { onlyOurs: true },
);

scenario(
  'flight mode takes Wi-Fi down, and the network is back after it',
  async (lab) => {
    const accessPoint = await online(lab);
    await lab.connman.call('/', 'SetProperty', 'sv', 'OfflineMode', new Variant('b', true));
    await lab.connman.until('Wi-Fi off', () => lab.connman.technologies.get(WIFI)?.Powered === false, 30_000);

    await lab.connman.call('/', 'SetProperty', 'sv', 'OfflineMode', new Variant('b', false));
    // The radios of all namespaces were blocked (rule 39).
    await accessPoint.become({});

    await lab.untilOnline('Home', 15_000);
  },
  { onlyOurs: true },
);

scenario(
  'a machine that slept for an hour, while its access point forgot it, is online within 5 s of waking',
  async (lab) => {
    const accessPoint = await online(lab);
    for (const program of [lab.daemon, lab.backend.program]) program.signal('SIGSTOP');
    const [station = ''] = await accessPoint.stations();
    await accessPoint.command('deauthenticate', station);
    await lab.machine.run(['date', '--set', '+1 hour']);

    for (const program of [lab.backend.program, lab.daemon]) program.signal('SIGCONT');

    // Clients need not hear of it.
    await lab.passes(5);
    expect(lab.stateOf('Home')).toBe('online');
    expect(await accessPoint.stations()).toHaveLength(1);
  },
  { onlyOurs: true },
);
