// The recipe in the comment of the bus policy does what it says, in a real dbus-daemon.
import { readFileSync } from 'node:fs';
import { LOCAL_POLICIES } from '../netns/lab/bus';
import { type Host, repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { ours } from '../netns/lab/subject';

jest.setTimeout(60_000);

const policy = readFileSync(`${repository}/tools/packaging/connman-dbus.conf`, 'utf8');
const recipe = /<!--[\s\S]*?\n( {7}<policy[\s\S]*?<\/policy>)\n-->/.exec(policy)?.[1] ?? '';

const call = (machine: Host, uid: number, member: string, ...words: string[]) =>
  machine.run(
    ['dbus-send', '--system', '--print-reply', '--dest=net.connman', '/', `net.connman.Manager.${member}`, ...words],
    {
      uid,
    },
  );

async function withRecipe(lab: Lab): Promise<void> {
  const { machine } = lab;
  machine.write(`${LOCAL_POLICIES}/connman-local.conf`, `<busconfig>\n${recipe}\n</busconfig>\n`);
  const bus = 'org.freedesktop.DBus';
  await machine.run(['dbus-send', '--system', '--print-reply', `--dest=${bus}`, '/', `${bus}.ReloadConfig`]);
}

test('everybody looks, and only root and the group change', () =>
  inLab(ours, async (lab) => {
    expect(recipe).toContain('send_member="GetServices"');
    await lab.startDaemon();
    const change = ['string:OfflineMode', 'variant:boolean:false'];
    await withRecipe(lab);
    expect(await call(lab.machine, 65534, 'GetProperties')).toContain('OfflineMode');
    expect(await call(lab.machine, 65534, 'GetServices')).toContain('array');
    await expect(call(lab.machine, 65534, 'SetProperty', ...change)).rejects.toThrow(/AccessDenied/);
    await call(lab.machine, 0, 'SetProperty', ...change);
  }));
