// The recipe in the comment of the bus policy does what it says, in a real dbus-daemon.
import { readFileSync } from 'node:fs';
import { LOCAL_POLICIES } from '../netns/lab/bus';
import { type Host, repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { ours } from '../netns/lab/subject';

jest.setTimeout(60_000);

const policy = readFileSync(`${repository}/tools/packaging/connman-dbus.conf`, 'utf8');
const recipe = /<!--[\s\S]*?\n( {7}<policy[\s\S]*?<\/policy>)\n-->/.exec(policy)?.[1] ?? '';

/** A member of the group netdev, and a user who is not. */
const [member, stranger] = ['member', 'stranger'];

function addAccounts(machine: Host): void {
  const accounts = 'member:x:3001:3001::/:/bin/sh\nstranger:x:3002:3002::/:/bin/sh\n';
  machine.write('/etc/passwd', machine.read('/etc/passwd') + accounts);
  const groups = machine.read('/etc/group').replace(/^netdev:.*\n/m, '');
  machine.write('/etc/group', `${groups}netdev:x:3003:member\n`);
}

/** Runs a program as such a user, with the groups a login gives. */
const as = (machine: Host, user: string, ...words: string[]) =>
  machine.run([
    'setpriv',
    `--reuid=${user}`,
    `--regid=${user === 'root' ? '0' : 'nogroup'}`,
    '--init-groups',
    '--',
    ...words,
  ]);

async function withRecipe(lab: Lab): Promise<void> {
  const { machine } = lab;
  machine.write(`${LOCAL_POLICIES}/connman-local.conf`, `<busconfig>\n${recipe}\n</busconfig>\n`);
  const bus = 'org.freedesktop.DBus';
  await machine.run(['dbus-send', '--system', '--print-reply', `--dest=${bus}`, '/', `${bus}.ReloadConfig`]);
}

test('everybody looks, and only root and the group change', () =>
  inLab(ours, async (lab) => {
    const { machine } = lab;
    addAccounts(machine);
    expect(recipe).toContain('<policy group="netdev">');
    const { path } = await lab.online();
    await withRecipe(lab);
    const send = (user: string, ...words: string[]) =>
      as(machine, user, 'dbus-send', '--system', '--print-reply', '--dest=net.connman', path, ...words);

    const service = path.split('/').at(-1) ?? '';
    const looks = ['state', 'technologies', 'services', 'peers', 'tethering_clients', 'clock', 'plan', 'dns'];
    const lines = [...looks, `services ${service}`, `why ${service}`];
    const prompt = `printf '%s\\n' "$@" | ${process.execPath} ${repository}/packages/cli/dist/connmanctl.js`;
    const seen = await as(machine, stranger, 'sh', '-c', prompt, 'sh', ...lines);
    expect(seen).toContain('State = online');
    expect(seen).not.toMatch(/Error|Rejected/);
    const properties = 'org.freedesktop.DBus.Properties';
    await send(stranger, `${properties}.GetAll`, 'string:net.connman.Service');

    const change = ['net.connman.Service.SetProperty', 'string:AutoConnect', 'variant:boolean:true'];
    const set = [`${properties}.Set`, 'string:net.connman.Service', ...change.slice(1)];
    for (const words of [change, set]) await expect(send(stranger, ...words)).rejects.toThrow(/AccessDenied/);
    for (const user of ['root', member]) await send(user, ...change);
  }));
