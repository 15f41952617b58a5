// NetworkManager's State for programs that know that one alone, as ConnMan has it when it is built with nmcompat.
import { readFileSync } from 'node:fs';
import { LOCAL_POLICIES } from '../netns/lab/bus';
import { repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { onlyOurs } from '../netns/lab/only-ours';
import { ours } from '../netns/lab/subject';

jest.setTimeout(60_000);

const mainConf = '[General]\nNetworkManagerCompat=true\n';
const name = 'org.freedesktop.NetworkManager';

async function installPolicy({ machine }: Lab): Promise<void> {
  const policy = readFileSync(`${repository}/tools/packaging/connman-nm-compat.conf`, 'utf8');
  machine.write(`${LOCAL_POLICIES}/nm-compat.conf`, policy);
  await machine.run('dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig');
}

/** NetworkManager's State as its clients hear of it. */
function statesHeard(lab: Lab): number[] {
  const heard: number[] = [];
  lab.connman.client.onSignal.push(({ interface: of, member, body }) => {
    if (of !== name || member !== 'StateChanged') return;
    heard.push(Number(body[0]));
    lab.connman.events.add(`NetworkManager's state ${body[0]}`);
  });
  return heard;
}

onlyOurs('the State of NetworkManager follows the default service, for any user (rule 203)', () =>
  inLab(ours, async (lab) => {
    await installPolicy(lab);
    const heard = statesHeard(lab);
    await lab.connman.client.addMatch(`type='signal',interface='${name}'`);
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const connman = await lab.startDaemon({ mainConf });
    const get = [
      '--print-reply',
      `--dest=${name}`,
      '/org/freedesktop/NetworkManager',
      'org.freedesktop.DBus.Properties.Get',
    ];
    const state = () =>
      lab.machine.run(['dbus-send', '--system', ...get, `string:${name}`, 'string:State'], { uid: 65_534 });
    await network.plug();
    await connman.untilOnline('eth0');
    await connman.until('70', () => heard.at(-1) === 70);
    expect(await state()).toMatch(/variant +uint32 70$/);
    await network.unplug();
    await connman.until('20', () => heard.at(-1) === 20);
    await network.plug();
    await connman.until('70 again', () => heard.at(-1) === 70);
    expect(heard.slice(-4)).toEqual([20, 40, 50, 70]);
  }),
);

onlyOurs('where NetworkManager has its name connmand leaves it alone', () =>
  inLab(ours, async (lab) => {
    await installPolicy(lab);
    const body = [name, 4];
    const bus = 'org.freedesktop.DBus';
    const call = { destination: bus, path: '/org/freedesktop/DBus', interface: bus, member: 'RequestName' };
    expect(await lab.connman.client.call({ ...call, signature: 'su', body })).toEqual([1]);
    await lab.startDaemon({ mainConf });
    await lab.daemon.line(/^org\.freedesktop\.NetworkManager has an owner already: /);
  }),
);
