// What tools/install lays out runs by itself: Node.js, and nothing of this checkout.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inSite, startDnsmasq } from '../dns/site';
import type { Child } from '../netns/lab/child';
import { type Host, peersFolder, repository } from '../netns/lab/host';
import { inLab } from '../netns/lab/lab';
import type { Subject } from '../netns/lab/subject';

jest.setTimeout(60_000);

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'connman-install-'));
  // The components are users of their own.
  chmodSync(root, 0o755);
  execFileSync(`${repository}/tools/install`, ['--destdir', root, '--prefix', '/usr']);
});

afterAll(() => rmSync(root, { recursive: true }));

test('the list of files is what is installed, each with a part of features.json', () => {
  const lines = execFileSync(`${repository}/tools/install`, ['--files'], { encoding: 'utf8' }).trim().split('\n');
  const listed = lines.map((line) => line.split(' ') as [file: string, part: string]);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const installed = files.map((entry) => `/${path.relative(root, path.join(entry.parentPath, entry.name))}`);
  expect(listed.map(([file]) => file).sort()).toEqual(installed.sort());
  const { parts } = JSON.parse(readFileSync(`${repository}/features.json`, 'utf8')) as { parts: { name: string }[] };
  expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining(listed.map(([, part]) => part)));
  // Each program has its page.
  const programs = installed.flatMap((file) => /^\/usr\/s?bin\/(.*)/.exec(file)?.[1] ?? []);
  const pages = installed.flatMap((file) => /\/man\/man\d\/(.*)\.[18]$/.exec(file)?.[1] ?? []);
  expect(pages.sort()).toEqual(programs.sort());
});

test('programs, policy, unit and pages are where a packager expects them', () => {
  for (const file of [
    'usr/sbin/connmand',
    'usr/bin/connmanctl',
    'usr/share/dbus-1/system.d/connman.conf',
    'usr/lib/systemd/system/connman.service',
    'usr/sbin/connman-dhcp',
    'usr/sbin/connman-ntp',
    'usr/sbin/connman-dnsproxyd',
    'usr/lib/systemd/system/connman-dhcp.service',
    'usr/lib/systemd/system/connman-ntp.service',
    'usr/lib/systemd/system/connman-dnsproxyd.service',
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

test('a single program is laid out with what is its own and what all share', () => {
  const folder = path.join(root, 'only');
  execFileSync(`${repository}/tools/install`, ['--destdir', folder, '--only', 'connman-dnsproxyd']);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  expect(files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort()).toEqual([
    'usr/lib/connman/connman-dnsproxyd.js',
    'usr/lib/connman/connman-dnsproxyd.main.js',
    'usr/lib/connman/linux.node',
    'usr/lib/systemd/system/connman-dnsproxyd.service',
    'usr/lib/sysusers.d/connman.conf',
    'usr/sbin/connman-dnsproxyd',
    'usr/share/dbus-1/system.d/connman.conf',
    'usr/share/doc/connman/CHANGELOG.md',
    'usr/share/doc/connman/LICENSE',
    'usr/share/doc/connman/examples/dnsproxy.conf',
    'usr/share/man/man8/connman-dnsproxyd.8',
  ]);
  expect(execFileSync(`${folder}/usr/sbin/connman-dnsproxyd`, ['--help'], { encoding: 'utf8' })).toMatch(/^Usage: /);
});

test('whatever the umask is, others may enter the folders, read the files and run the programs', () => {
  const folder = path.join(root, 'masked');
  execFileSync('sh', ['-c', `umask 077; exec ${repository}/tools/install --destdir ${folder}`]);
  const modes = (directories: boolean) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isSymbolicLink() && entry.isDirectory() === directories)
      .map((entry) => (statSync(path.join(entry.parentPath, entry.name)).mode & 0o777).toString(8));
  expect([...new Set(modes(true))]).toEqual(['755']);
  expect([...new Set(modes(false))].sort()).toEqual(['644', '755']);
});

test('what is not built is named with the command that builds it; nothing is fetched and nothing installed', () => {
  const checkout = path.join(root, 'checkout');
  for (const name of ['tools', 'docs', 'features.json', 'package.json', 'LICENSE', 'CHANGELOG.md'])
    cpSync(path.join(repository, name), path.join(checkout, name), { recursive: true });
  const { status, stderr } = spawnSync(`${checkout}/tools/install`, ['--destdir', `${root}/nothing`], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(
    /^install: not built: packages\/linux\/dist\/linux\.node, .*; run "npm ci && npx nx run-many -t build" first$/m,
  );
  expect([status, existsSync(`${root}/nothing`)]).toEqual([2, false]);
});

test('the first line of a program needs nothing that BusyBox lacks', () => {
  const busybox = ['bin', 'usr/bin'].map((folder) => `${peersFolder}/${folder}/busybox`).find(existsSync) ?? 'busybox';
  for (const program of ['usr/sbin/connmand', 'usr/bin/connmanctl']) {
    const file = path.join(root, program);
    expect(readFileSync(file, 'utf8')).toMatch(/^#!\/bin\/sh\n':' \/\/; exec node /);
    expect(execFileSync(busybox, ['sh', file, '--version'], { encoding: 'utf8' })).toMatch(/^[\d.]+\n$/);
  }
});

test('compiled code is installed only when asked for', () => {
  expect(existsSync(`${root}/usr/lib/connman/connmand.code`)).toBe(false);
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

const proxyUser = 'connman-dnsproxy';

/** The DNS proxy as its unit starts it, with a user of its own and no capability but the unit's. */
async function startUnit(machine: Host, reload = async () => {}): Promise<Child> {
  machine.write('/etc/passwd', `${machine.read('/etc/passwd')}${proxyUser}:x:990:990::/:/bin/false\n`);
  await reload();
  const unit = readFileSync(path.join(root, 'usr/lib/systemd/system/connman-dnsproxyd.service'), 'utf8');
  const wordsOf = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1]?.split(' ') ?? [];
  const setOf = (key: string) => {
    const names = wordsOf(key).map((name) => `+${name.replace('CAP_', '').toLowerCase()}`);
    return ['-all', ...names].join(',');
  };
  expect(wordsOf('User')).toEqual([proxyUser]);
  const [program = '', ...words] = wordsOf('ExecStart');
  const ambient = setOf('AmbientCapabilities');
  const account = [
    '--reuid=990',
    '--regid=990',
    '--clear-groups',
    `--inh-caps=${ambient}`,
    `--ambient-caps=${ambient}`,
  ];
  const confined = ['setpriv', ...account, '--bounding-set', setOf('CapabilityBoundingSet'), '--'];
  return machine.start([...confined, `${root}${program}`, ...words]);
}

const userOf = (proxy: Child) => /^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${proxy.pid}/status`, 'utf8'))?.[1];

test('the unit of the DNS proxy has the servers of dnsproxy.conf, and needs no bus for them', async () => {
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    await startDnsmasq(far.host, ['/#/192.0.2.7']);
    await site.machine.run('mkdir -p /etc/connman');
    site.machine.write('/etc/connman/dnsproxy.conf', '[Servers]\nServers=10.77.1.1\n');
    const proxy = await startUnit(site.machine);
    await proxy.line(/servers from \/etc\/connman\/dnsproxy\.conf$/);
    await proxy.line(/answering on ::1, 127\.0\.0\.1$/);
    expect(await site.dig('www.example')).toBe('192.0.2.7');
    expect(userOf(proxy)).toBe('990');
  });
});

test('the same unit has the servers that connmand tells it where there is no such file', () =>
  inLab(
    { name: 'ours', daemon: [`${root}/usr/sbin/connmand`, '-n'], client: [], env: {}, offload: true },
    async (lab) => {
      const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      const bus = ['dbus-send', '--system', '--print-reply', '--dest=org.freedesktop.DBus', '/'];
      const proxy = await startUnit(lab.machine, async () => {
        await lab.machine.run([...bus, 'org.freedesktop.DBus.ReloadConfig']);
      });
      await proxy.line(/no \/etc\/connman\/dnsproxy\.conf: waiting for connmand to configure servers$/);
      const connman = await lab.startDaemon({ mainConf: '[Components]\nDnsProxy=bus\n' });
      await lab.daemon.line(/net\.connman\.dnsproxy answers on ::1, 127\.0\.0\.1$/);
      await network.plug();
      await connman.untilReady('eth0');
      expect(await lab.machine.run('dig +short +tries=1 +time=3 @127.0.0.1 gateway.example')).toBe('10.77.1.1');
      expect(userOf(proxy)).toBe('990');
    },
  ));
