// Access points that go and come back, move, or hand over to each other.
import type { AccessPoint } from './lab/access-point';
import type { Lab } from './lab/lab';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

const security = wpa2('correct horse');

/** A machine online at a network that it knows from now on. */
async function online(lab: Lab, channel = 1): Promise<AccessPoint> {
  await lab.begin();
  const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Home', security, channel });
  await lab.user({ Passphrase: 'correct horse' });
  await lab.connect('Home');
  await lab.untilOnline('Home');
  return accessPoint;
}

const absences: readonly [string, number][] = [
  ['5 seconds', 5],
  ['a minute', 60],
  ['an hour', 3600],
];

for (const [duration, seconds] of absences) {
  scenario(
    `an access point that was off for ${duration} is used again within 5 s`,
    async (lab) => {
      const accessPoint = await online(lab);
      await accessPoint.stop();
      await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online', 30_000);
      await lab.passes(seconds);

      await accessPoint.start();

      await lab.untilOnline('Home', 5_000);
    },
    // An hour of scans, each of which iwd logs and takes over, takes a minute of a processor.
    { onlyOurs: true, notYet: seconds > 600 ? ['iwd'] : [] },
  );
}

scenario('an access point that was off for a minute is used again without help', async (lab) => {
  const accessPoint = await online(lab);
  await accessPoint.stop();
  await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online', 30_000);
  await lab.passes(60);

  await accessPoint.start();

  await lab.untilOnline('Home', 200_000);
});

scenario(
  'when an access point is lost clients see one state, idle',
  async (lab) => {
    const accessPoint = await online(lab);
    const before = lab.connman.events.items.length;
    const id = lab.serviceId('Home');

    await accessPoint.stop();
    await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online', 30_000);
    await lab.passes(20);

    expect(lab.statesOf(id, before)).toEqual(['idle']);
  },
  { onlyOurs: true },
);

scenario('an access point that loses power is noticed, and used again when power is back', async (lab) => {
  const accessPoint = await online(lab);
  accessPoint.vanish();
  await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online', 60_000);

  accessPoint.appear();

  await lab.untilOnline('Home', lab.subject.name === 'ours' ? 15_000 : 200_000);
});

scenario('an access point that came back on another channel is found there', async (lab) => {
  const accessPoint = await online(lab);

  await accessPoint.become({ channel: 36 });

  // Clients need not hear of it.
  await accessPoint.hostapd.line(/AP-STA-CONNECTED/, lab.subject.name === 'ours' ? 15_000 : 200_000);
  await lab.untilOnline('Home', 15_000);
  expect(lab.service('Home')?.properties.Frequency ?? 5180).toBe(5180);
});

scenario('a channel switch announced by the access point keeps the connection', async (lab) => {
  const accessPoint = await online(lab);
  const before = lab.connman.events.items.length;

  await accessPoint.command('chan_switch', '5', '2462');
  await accessPoint.hostapd.line(/AP-CSA-FINISHED/);
  await lab.passes(20);

  expect(lab.stateOf('Home')).toMatch(/^(ready|online)$/);
  expect(lab.statesOf(lab.serviceId('Home'), before)).not.toContain('failure');
  expect(await accessPoint.stations()).toHaveLength(1);
});

scenario(
  'as the signal fails the machine moves to the other access point of its network, keeping its address',
  async (lab) => {
    const near = await online(lab);
    const far = await lab.accessPoint(near.site, { ssid: 'Home', security, channel: 6 });
    const addresses = await lab.machine.addresses(lab.link);
    const before = lab.connman.events.items.length;

    near.setSignal(-85);
    far.setSignal(-45);

    await far.hostapd.line(/AP-STA-CONNECTED/, 120_000);
    await lab.passes(5);
    expect(lab.statesOf(lab.serviceId('Home'), before)).toEqual([]);
    expect(await lab.machine.addresses(lab.link)).toEqual(addresses);
    await lab.machine.run(['ping', '-c', '1', '-W', '2', near.site.gateway]);
  },
  { radios: 3, onlyOurs: true },
);

scenario(
  'when an access point is switched off, the other one of its network has taken over within half a second',
  async (lab) => {
    const leaving = await online(lab);
    await lab.accessPoint(leaving.site, { ssid: 'Home', security, channel: 6 });
    const addresses = await lab.machine.addresses(lab.link);
    const before = lab.connman.events.items.length;
    // The scan that the user asked for is over by then.
    await lab.passes(30);
    const ping = lab.machine.start(['ping', '-i', '0.02', leaving.site.gateway]);
    await ping.line(/bytes from/);

    void leaving.stop();

    await leaving.hostapd.exited;
    const answers = () => ping.output.items.filter((line) => /bytes from/.test(line)).length;
    await lab.passes(0.5);
    const heard = answers();
    await lab.passes(0.1);
    expect(answers()).toBeGreaterThan(heard);
    expect(lab.statesOf(lab.serviceId('Home'), before)).toEqual([]);
    expect(await lab.machine.addresses(lab.link)).toEqual(addresses);
  },
  { radios: 3, onlyOurs: true },
);

scenario(
  'when an access point dies, the other one of its network takes over and the address stays',
  async (lab) => {
    const dying = await online(lab);
    const other = await lab.accessPoint(dying.site, { ssid: 'Home', security, channel: 6 });
    await lab.find('Home');
    const addresses = await lab.machine.addresses(lab.link);

    dying.vanish();

    await other.hostapd.line(/AP-STA-CONNECTED/, 30_000);
    await lab.untilOnline('Home', 15_000);
    expect(await lab.machine.addresses(lab.link)).toEqual(addresses);
  },
  { radios: 3, onlyOurs: true },
);

scenario(
  'a deauthentication, whatever its reason, is followed by a new association within 15 s, and is no error',
  async (lab) => {
    const accessPoint = await online(lab);
    for (const reason of [1, 2, 3, 4, 6, 7, 8, 15, 34]) {
      const [station = ''] = await accessPoint.stations();
      const seen = accessPoint.hostapd.output.items.length;

      await accessPoint.command('deauthenticate', station, `reason=${reason}`);

      const joined = () => accessPoint.hostapd.output.items.slice(seen).some((line) => /AP-STA-CONNECTED/.test(line));
      await accessPoint.hostapd.output.until(`a new association after reason ${reason}`, joined, 15_000);
      await lab.untilOnline('Home', 15_000);
      expect(lab.service('Home')?.properties.Error).toBeUndefined();
    }
  },
  { onlyOurs: true },
);
