// The init scripts for machines without systemd, run: start, status, reload, restart, stop; the daemon is found by pid file and name.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Host, peerLibraries, peersFolder, repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { ours } from '../netns/lab/subject';

jest.setTimeout(60_000);

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'connman-init-'));
  chmodSync(root, 0o755);
});
afterAll(() => rmSync(root, { recursive: true }));

/** What tools/install lays out for the part, with the daemon where it is for this test. */
function scriptOf(part: string): string {
  const folder = path.join(root, part);
  execFileSync(`${repository}/tools/install`, ['--destdir', folder, '--only', part]);
  const script = readFileSync(`${folder}/etc/init.d/connman`, 'utf8');
  return script.replaceAll('/usr/sbin/connmand', `${folder}/usr/sbin/connmand`);
}

async function place(machine: Host, name: string, text: string): Promise<void> {
  machine.write(`/etc/init.d/${name}`, text);
  await machine.run(['chmod', '755', `/etc/init.d/${name}`]);
}

type Script = (action: string) => Promise<string>;

async function goesThroughItsLife(lab: Lab, script: Script): Promise<void> {
  const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
  await network.plug();
  await expect(script('status')).rejects.toThrow(/\(3\)/);
  await script('start');
  const pid = lab.machine.read('/run/connmand.pid').trim();
  await lab.connman.untilReady('eth0');
  expect((await lab.machine.run('pidof connmand')).split(' ')).toContain(pid);
  await script('status');
  // Started twice it stays as it is.
  await script('start').catch(() => {});
  expect(lab.machine.read('/run/connmand.pid').trim()).toBe(pid);
  await script('reload');
  await script('status');
  expect(lab.machine.read('/run/connmand.pid').trim()).toBe(pid);
  await script('restart');
  const next = lab.machine.read('/run/connmand.pid').trim();
  expect(next).not.toBe(pid);
  expect(await lab.machine.addresses('eth0')).toHaveLength(1);
  await script('stop');
  await lab.connman.until('the name to be given up', () => lab.connman.owner === '');
  await expect(script('status')).rejects.toThrow(/\(3\)/);
}

test('System V init', () =>
  inLab(ours, async (lab) => {
    await place(lab.machine, 'connman', scriptOf('sysv'));
    await goesThroughItsLife(lab, (action) => lab.machine.run(['/etc/init.d/connman', action]));
    await expect(lab.machine.run(['/etc/init.d/connman', 'reload'])).rejects.toThrow(/\(7\): connmand is not running/);
    await expect(lab.machine.run(['/etc/init.d/connman', 'sideways'])).rejects.toThrow(/Usage: .*reload/);
  }));

const openrc = existsSync(`${peersFolder}/sbin/openrc-run`) || existsSync(`${peersFolder}/usr/sbin/openrc-run`);

(openrc ? test : test.skip)('OpenRC', () =>
  inLab(ours, async (lab) => {
    const { machine } = lab;
    // OpenRC has its helpers at a fixed place: it is laid over the machine's own files, for this host alone.
    const states = [
      'starting',
      'started',
      'stopping',
      'inactive',
      'failed',
      'daemons',
      'options',
      'exclusive',
      'scheduled',
    ];
    await machine.run([
      'mkdir',
      '-p',
      ...[...states, 'wasinactive', 'hotplugged', 'tmp'].map((name) => `/run/openrc/${name}`),
    ]);
    for (const folder of ['/usr/lib', '/usr/sbin', '/usr/bin']) {
      const lower = [`${peersFolder}${folder.replace('/usr', '')}`, `${peersFolder}${folder}`, folder].filter(
        existsSync,
      );
      await machine.run(['mount', '-t', 'overlay', 'peers', '-o', `lowerdir=${lower.join(':')}`, folder]);
    }
    await place(machine, 'connman', scriptOf('openrc'));
    await place(machine, 'dbus', '#!/sbin/openrc-run\ndescription="the bus of the laboratory"\nstart() { :; }\n');
    machine.write('/run/openrc/softlevel', 'default');
    const run: Script = (action) =>
      machine.run(['openrc-run', '/etc/init.d/connman', action], {
        env: { ...peerLibraries(), RC_LIBEXECDIR: '/lib/rc' },
      });
    await goesThroughItsLife(lab, run);
  }),
);
