// The clock: net.connman.Clock as clients see it, and time servers from the lease to the wire. No program here can move the
// machine's clock; what is shown is everything up to the kernel's refusal.
import { Variant } from 'dbus-next';
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours, subjectUnderTest } from './lab/subject';
import { startTimeServer } from './lab/time-server';

jest.setTimeout(60_000);

const clock = { path: '/', interface: 'net.connman.Clock' };
const noOnlineCheck = '[General]\nOnlineCheckMode=none\n';

/** Runs where Debian's daemon is the subject, too. */
test('connmanctl clock shows the time of now, the zone, and that time comes by itself', () =>
  inLab(subjectUnderTest, async (lab) => {
    lab.machine.write('/etc/localtime', '');
    await lab.machine.run('ln -sf /usr/share/zoneinfo/Europe/Vienna /etc/localtime');
    await lab.startDaemon({ mainConf: noOnlineCheck });
    const shown = await lab.connmanctl('clock');
    expect(shown).toMatch(/^ {2}TimeUpdates = auto$/m);
    expect(shown).toMatch(/^ {2}Timezone = Europe\/Vienna$/m);
    expect(shown).toMatch(/^ {2}TimezoneUpdates = auto$/m);
    expect(shown).toMatch(/^ {2}TimeserverSynced = False$/m);
    const time = Number(/^ {2}Time = (\d+)$/m.exec(shown)?.[1]);
    expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(5);
  }));

test('what a client may set and what it may not (rule 160)', () =>
  inLab(subjectUnderTest, async (lab) => {
    const connman = await lab.startDaemon({ mainConf: noOnlineCheck });
    const set = async (name: string, value: Variant): Promise<string> => {
      const call = { ...clock, member: 'SetProperty', signature: 'sv', body: [name, value] };
      return connman.client.call(call).then(
        () => 'ok',
        (error: { errorName?: string }) => error.errorName ?? String(error),
      );
    };
    const outcomes = {
      time: await set('Time', new Variant('t', 1_900_000_000n)),
      synced: await set('TimeserverSynced', new Variant('b', true)),
      nonsense: await set('TimeUpdates', new Variant('s', 'sometimes')),
      unknown: await set('Moon', new Variant('s', 'full')),
      servers: await set('Timeservers', new Variant('as', ['192.0.2.1'])),
      zone: await set('Timezone', new Variant('s', 'UTC')),
      zoneManual: await set('TimezoneUpdates', new Variant('s', 'manual')),
      noZone: await set('Timezone', new Variant('s', 'Mars/Olympus')),
      newZone: await set('Timezone', new Variant('s', 'Asia/Tokyo')),
    };
    expect(outcomes).toEqual({
      time: 'net.connman.Error.PermissionDenied',
      synced: 'net.connman.Error.PermissionDenied',
      nonsense: 'net.connman.Error.InvalidArguments',
      unknown: 'net.connman.Error.InvalidProperty',
      servers: 'ok',
      zone: 'net.connman.Error.PermissionDenied',
      zoneManual: 'ok',
      noZone: 'net.connman.Error.InvalidArguments',
      newZone: 'ok',
    });
    expect(await lab.machine.run('date -u -d @0 +%Z')).toBe('UTC');
    expect(await lab.machine.run('date -d @0 +%Z')).toBe('JST');
    const shown = await lab.connmanctl('clock');
    expect(shown).toMatch(/^ {2}Timezone = Asia\/Tokyo$/m);
    expect(shown).toMatch(/^ {2}Timeservers = \[ 192\.0\.2\.1 \]$/m);
  }));

test('a change of localtime by another program is signalled (rule 159)', () =>
  inLab(subjectUnderTest, async (lab) => {
    const connman = await lab.startDaemon({ mainConf: noOnlineCheck });
    await lab.machine.run('ln -sfT /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime');
    await connman.until('the zone to be signalled', () =>
      connman.events.items.some((line) => /Clock\.PropertyChanged.*Timezone.*Asia\/Kathmandu/.test(line)),
    );
  }));

onlyOurs('a time server of the lease is asked, and without the right to set the clock that is said', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({
      ...{ link: 'eth0', subnet: '10.77.1' },
      dnsmasq: ['--dhcp-option=option:ntp-server,10.77.1.1'],
    });
    await startTimeServer(network.far);
    await network.plug();
    const connman = await lab.startDaemon({ mainConf: noOnlineCheck });
    await lab.daemon.line(/time synchronisation has stopped: .*EPERM; CAP_SYS_TIME is needed/);
    expect(connman.service('eth0')?.properties.Timeservers).toEqual(['10.77.1.1']);
  }),
);
