// What tools/install lays out runs by itself: Node.js, and nothing of this checkout.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from '../netns/lab/host';
import { inLab } from '../netns/lab/lab';
import type { Subject } from '../netns/lab/subject';

jest.setTimeout(60_000);

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'connman-install-'));
  execFileSync(`${repository}/tools/install`, ['--destdir', root, '--prefix', '/usr']);
});

afterAll(() => rmSync(root, { recursive: true }));

test('programs, policy, unit and pages are where a packager expects them', () => {
  for (const file of [
    'usr/sbin/connmand',
    'usr/bin/connmanctl',
    'usr/share/dbus-1/system.d/connman.conf',
    'usr/lib/systemd/system/connman.service',
    'usr/sbin/connman-dnsproxyd',
    'usr/lib/systemd/system/connman-dnsproxy.service',
    'usr/lib/sysusers.d/connman.conf',
    'usr/share/man/man8/connman-dnsproxyd.8',
    'usr/lib/tmpfiles.d/connman.conf',
    'usr/share/man/man8/connmand.8',
    'usr/share/man/man1/connmanctl.1',
    'usr/share/man/man5/connman.conf.5',
    'etc/connman/main.conf',
  ])
    expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
  expect(readFileSync(path.join(root, 'usr/lib/systemd/system/connman.service'), 'utf8')).toMatch(
    /^ExecStart=\/usr\/sbin\/connmand -n$/m,
  );
});

test('the version is printed without a bus and without the checkout', () => {
  const { version } = JSON.parse(readFileSync(`${repository}/package.json`, 'utf8'));
  const printed = execFileSync(`${root}/usr/sbin/connmand`, ['--version'], { encoding: 'utf8' });
  expect(printed).toBe(`${version}\n`);
});

test('the installed programs bring a machine online where the checkout does not exist', async () => {
  const installed: Subject = {
    name: 'ours',
    daemon: ['/usr/bin/env', 'PATH=/run/bin', `${root}/usr/sbin/connmand`, '-n'],
    client: ['/usr/bin/env', 'PATH=/run/bin', `${root}/usr/bin/connmanctl`],
    env: {},
    offload: true,
  };
  await inLab(installed, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await lab.machine.run('mkdir /run/bin');
    await lab.machine.run(['cp', process.execPath, '/run/bin/node']);
    await lab.machine.run(['mount', '-t', 'tmpfs', 'tmpfs', repository]);
    await lab.machine.run(['cp', `${root}/etc/connman/main.conf`, '/etc/connman/main.conf']);
    await network.plug();
    const connman = await lab.startDaemon({ mainConf: '' });
    await connman.untilOnline('eth0');
    expect(await lab.connmanctl('state')).toContain('State = online');
  });
});

test('a user who is not root may ask, and may not take the name', () =>
  inLab(
    { name: 'ours', daemon: [`${root}/usr/sbin/connmand`, '-n'], client: [], env: {}, offload: true },
    async (lab) => {
      const nobody = { uid: 65534 };
      const bus = ['dbus-send', '--system', '--print-reply'];
      const take = [
        ...bus,
        '--dest=org.freedesktop.DBus',
        '/',
        'org.freedesktop.DBus.RequestName',
        'string:net.connman',
      ];
      await expect(lab.machine.run([...take, 'uint32:0'], nobody)).rejects.toThrow(/AccessDenied/);
      await lab.startDaemon();
      const ask = [...bus, '--dest=net.connman', '/', 'net.connman.Manager.GetProperties'];
      expect(await lab.machine.run(ask, nobody)).toContain('string "idle"');
    },
  ));
