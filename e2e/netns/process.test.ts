// connmand as a process: what it says at its start, what it does when something it needs is missing, how it ends.
import { readFileSync } from 'node:fs';
import type { Child } from './lab/child';
import { repository } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const [connmand, foreground] = [ours.daemon.slice(0, -1), '-n'];

/** Runs connmand to its end; what it printed comes by stream. */
async function runOnce(lab: Lab, words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const script = 'exec "$@" >/run/stdout 2>/run/stderr </dev/null';
  const child = lab.start(['sh', '-c', script, 'sh', ...connmand, ...words], { env });
  const { code, signal } = await child.exited;
  return { code: code ?? signal, stdout: lab.machine.read('/run/stdout'), stderr: lab.machine.read('/run/stderr') };
}

/** The process behind a name of the bus, by its number inside the laboratory. */
async function pidOf(lab: Lab, name: string): Promise<number> {
  const bus = 'org.freedesktop.DBus';
  const call = { destination: bus, path: '/org/freedesktop/DBus', interface: bus, signature: 's', body: [name] };
  return Number((await lab.connman.client.call({ ...call, member: 'GetConnectionUnixProcessID' }))[0]);
}

const kill = (lab: Lab, signal: string, pid: number) => lab.machine.run(['kill', `-${signal}`, String(pid)]);

onlyOurs('it tells its version and its options, and refuses the ones it does not know, without a bus', () =>
  inLab(ours, async (lab) => {
    const env = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/run/no-such-bus' };
    expect(await runOnce(lab, ['--version'], env)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+(\.\d+)?\n$/),
      stderr: '',
    });
    const help = await runOnce(lab, ['--help'], env);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage:\n {2}connmand \[OPTION/);
    for (const option of ['--config', '--device', '--nodevice', '--nodaemon', '--nodnsproxy', '--version'])
      expect(help.stdout).toContain(option);
    expect(await runOnce(lab, ['--nosuch'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'connmand: Unknown option --nosuch\n',
    });
    expect(await runOnce(lab, ['-n', '-i'], env)).toMatchObject({
      code: 1,
      stderr: 'connmand: Missing argument for --device\n',
    });
  }),
);

onlyOurs('without a bus it says where it looked, and ends with status 1', () =>
  inLab(ours, async (lab) => {
    const env = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/run/no-such-bus' };
    expect(await runOnce(lab, [foreground], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^connmand: no message bus at unix:path=\/run\/no-such-bus: .*; start dbus-daemon/),
    });
  }),
);

const withoutTime = (event: string) => event.replace(/^[\d.]+ ms /, '');

onlyOurs('a second one on the same bus says so, ends with status 1 and leaves the first one and its links alone', () =>
  inLab(ours, async (lab) => {
    const { connman } = await lab.online();
    // All that was sent about the way there has arrived.
    await connman.call('/', 'GetProperties');
    const [owner, kernel, signals] = [connman.owner, lab.machine.kernel.items.length, connman.events.items.length];

    expect(await runOnce(lab, [foreground])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'connmand: net.connman has an owner already: stop the other connmand first\n',
    });

    const [properties] = await connman.call('/', 'GetProperties');
    expect(properties).toMatchObject({ State: 'online' });
    expect(connman.owner).toBe(owner);
    // What is said again for clients that subscribe late is no news.
    const known = new Set(connman.events.items.slice(0, signals).map(withoutTime));
    expect(
      connman.events.items
        .slice(signals)
        .map(withoutTime)
        .filter((event) => !known.has(event) && !event.includes('freedesktop')),
    ).toEqual([]);
    expect(lab.machine.kernel.items.slice(kernel)).toEqual([]);
    expect(await lab.resolve('gateway.example')).toBe('10.77.1.1');
  }),
);

describe('a signal ends it with status 0, and the links stay as they are', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    onlyOurs(signal, () =>
      inLab(ours, async (lab) => {
        await lab.online();
        const [addresses, routes] = [await lab.machine.addresses('eth0'), await lab.machine.defaultRoutes()];

        lab.daemon.signal(signal);
        lab.daemon.signal(signal);

        expect(await lab.daemon.exited).toEqual({ code: 0, signal: null });
        await lab.daemon.line(new RegExp(`${signal}: exiting; links stay as they are`));
        expect(await lab.machine.addresses('eth0')).toEqual(addresses);
        expect(await lab.machine.defaultRoutes()).toEqual(routes);
      }),
    );
  }
});

onlyOurs('a crash by a signal is left to the kernel, links and leases outlive it; SIGPIPE ends nothing (rule 8)', () =>
  inLab(ours, async (lab) => {
    const { connman } = await lab.online();
    const [addresses, routes] = [await lab.machine.addresses('eth0'), await lab.machine.defaultRoutes()];
    lab.daemon.signal('SIGPIPE');
    expect(await connman.call('/', 'GetProperties')).toMatchObject([{ State: 'online' }]);
    for (const signal of ['SIGBUS', 'SIGILL', 'SIGFPE', 'SIGSEGV', 'SIGABRT'] as const) {
      // What a service manager and a collector of core dumps go by.
      expect(await lab.stopDaemon(signal)).toEqual({ code: null, signal });
      expect([await lab.machine.addresses('eth0'), await lab.machine.defaultRoutes()]).toEqual([addresses, routes]);
      await lab.startDaemon();
      await connman.untilOnline('eth0');
    }
    expect([await lab.machine.addresses('eth0'), await lab.machine.defaultRoutes()]).toEqual([addresses, routes]);
  }),
);

onlyOurs('when the bus ends it ends with status 1, and the links stay as they are', () =>
  inLab(ours, async (lab) => {
    await lab.online();
    const [addresses, routes] = [await lab.machine.addresses('eth0'), await lab.machine.defaultRoutes()];

    await kill(lab, 'KILL', await pidOf(lab, 'org.freedesktop.DBus'));

    expect(await lab.daemon.exited).toEqual({ code: 1, signal: null });
    await lab.daemon.line(/lost the message bus \(.+\); exiting, links stay as they are/);
    expect(await lab.machine.addresses('eth0')).toEqual(addresses);
    expect(await lab.machine.defaultRoutes()).toEqual(routes);
  }),
);

describe('a storage folder that cannot be used is said to be so, and the machine comes online all the same', () => {
  const cases: readonly [name: string, mount: readonly string[], said: RegExp][] = [
    [
      'it cannot be made',
      ['mount', '-o', 'remount,ro', '/var/lib'],
      /^\/var\/lib\/connman cannot be made: .*; nothing will be remembered/,
    ],
    [
      'it cannot be written',
      ['sh', '-c', 'mkdir /var/lib/connman && mount -t tmpfs -o ro tmpfs /var/lib/connman'],
      /ethernet_\w+_cable is not saved: .*EROFS.*; the file stays as it is/,
    ],
    [
      'it is a file',
      ['sh', '-c', 'echo text >/var/lib/connman'],
      /^\/var\/lib\/connman cannot be made: EEXIST.*; nothing will be remembered/,
    ],
  ];
  for (const [name, mount, said] of cases) {
    onlyOurs(name, () =>
      inLab(ours, async (lab) => {
        await lab.machine.run(mount);
        const { connman } = await lab.online();
        await lab.daemon.line(said);
        await connman.call(connman.service('eth0')?.path ?? '', 'Disconnect');
        await connman.until('idle', () => connman.serviceState('eth0') === 'idle');
      }),
    );
  }
});

/** A /dev of the laboratory's own, so that a syslogd can put its socket there. */
const ownDev = [
  'mkdir /run/dev',
  'cp -a /dev/null /dev/zero /dev/urandom /dev/random /dev/tty /run/dev',
  'mount --bind /run/dev /dev',
];

async function startSyslogd(lab: Lab): Promise<Child> {
  const addon = `${repository}/packages/linux/dist/linux.node`;
  const syslogd = lab.start([process.execPath, `${repository}/e2e/netns/lab/syslogd.mjs`, addon]);
  await syslogd.line(/^listening$/);
  return syslogd;
}

describe('in the background its lines go to syslogd', () => {
  onlyOurs('from facility daemon, under its name and process number, to the last one', () =>
    inLab(ours, async (lab) => {
      await lab.machine.run(['sh', '-c', ownDev.join(' && ')]);
      const syslogd = await startSyslogd(lab);
      const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      await network.plug();
      await lab.start([...connmand]).exited;
      await lab.connman.untilOnline('eth0');

      const pid = await pidOf(lab, 'net.connman');
      const head = (priority: number) =>
        `^<${priority}>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d connmand\\[${pid}\\]: `;
      await syslogd.line(new RegExp(`${head(30)}eth0: managed$`));
      await syslogd.line(new RegExp(`${head(30)}ethernet_\\w+_cable: online$`));
      await kill(lab, 'TERM', pid);
      await syslogd.line(new RegExp(`${head(30)}SIGTERM: exiting; links stay as they are$`));
    }),
  );

  onlyOurs('also those from before syslogd was there, and why it could not start', () =>
    inLab(ours, async (lab) => {
      await lab.machine.run(['sh', '-c', ownDev.join(' && ')]);
      const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      await network.plug();
      await lab.start([...connmand]).exited;
      await lab.connman.untilOnline('eth0');

      const syslogd = await startSyslogd(lab);
      await syslogd.line(/connmand\[\d+\]: eth0: managed$/);
      await syslogd.line(/connmand\[\d+\]: ethernet_\w+_cable: online$/);

      await lab.start([...connmand]).exited;
      await syslogd.line(/^<27>.* connmand\[\d+\]: net\.connman has an owner already: stop the other connmand first$/);
      await kill(lab, 'TERM', await pidOf(lab, 'net.connman'));
    }),
  );
});

onlyOurs('without -n it goes on in the background, with a session of its own', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();

    const started: Child = lab.start([...connmand]);
    expect(await started.exited).toEqual({ code: 0, signal: null });
    await lab.connman.untilOnline('eth0');

    const pid = await pidOf(lab, 'net.connman');
    const [, parent, group, session, terminal] = (await lab.machine.run(['cat', `/proc/${pid}/stat`]))
      .replace(/^.*\) /, '')
      .split(' ')
      .map(Number);
    expect({ parent, group, session, terminal }).toEqual({ parent: 1, group: pid, session: pid, terminal: 0 });
    expect(await lab.machine.run(['readlink', `/proc/${pid}/cwd`])).toBe('/');
    await kill(lab, 'TERM', pid);
    await lab.connman.until('the name to be given up', () => lab.connman.owner === '');
  }),
);

onlyOurs('--check names the problems of the configuration to any user, without a bus, and changes nothing', () =>
  inLab(ours, async (lab) => {
    lab.machine.write('/etc/connman/main.conf', '[General]\nPreferredTechnologies=ethernet\nOnlineChekMode=none\n');
    lab.machine.write('/run/home.config', '[service_home]\nType=ethernet\nIPv4=192.0.2.5\n');
    const check = async (...words: string[]) => {
      const child = lab.machine.start([...connmand, '--check', ...words], { uid: 65534 });
      const { code } = await child.exited;
      return [code, ...child.output.items.slice(0, -1)];
    };
    expect(await check()).toEqual([
      1,
      '/etc/connman/main.conf:3:1: OnlineChekMode is "none"; expected a key that [General] has, perhaps OnlineCheckMode; ' +
        'this one has no effect',
      '1 file checked, 1 problem',
    ]);
    expect(await check('/run/home.config')).toEqual([
      1,
      expect.stringMatching(/^\/run\/home\.config:3:6: IPv4 is "192\.0\.2\.5"; expected dhcp, off, or ADDRESS\/MASK/),
      '1 file checked, 1 problem',
    ]);
    await lab.machine.run(['test', '!', '-e', '/var/lib/connman']);
  }),
);

onlyOurs('with --storage, --runtime and --pidfile all it writes is in folders of the caller', () =>
  inLab(ours, async (lab) => {
    await lab.machine.run('mkdir -p /run/a /run/b');
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const args = ['--storage', '/run/a/stored', '--runtime', '/run/b', '--pidfile', '/run/b/pid'];
    const connman = await lab.startDaemon({ args });
    await connman.untilReady('eth0');
    expect(Number(lab.machine.read('/run/b/pid'))).toBe(await pidOf(lab, 'net.connman'));
    expect(lab.machine.read('/run/b/resolv.conf')).toContain('nameserver');
    await lab.stopDaemon('SIGTERM');
    expect(await lab.machine.run('ls /run/a/stored')).toMatch(/^ethernet_/m);
    await lab.machine.run(['test', '!', '-e', '/var/lib/connman']);
    await lab.machine.run(['test', '!', '-e', '/run/b/pid']);
  }),
);

onlyOurs('an option or key whose part is not in this build is named once, and the rest counts', () =>
  inLab(ours, async (lab) => {
    const parts: { name: string; built?: boolean; keys?: string[] }[] = JSON.parse(
      readFileSync(`${repository}/features.json`, 'utf8'),
    ).parts;
    const unread = parts.flatMap(({ name, built = true, keys = [] }) =>
      built ? [] : keys.map((key) => ({ key, name })),
    );
    expect(unread.length).toBeGreaterThan(0);
    await lab.startDaemon({
      args: ['-P', 'nosuch'],
      mainConf: `[General]\n${unread.map(({ key }) => `${key}=1\n`).join('')}`,
    });
    for (const { key, name } of unread)
      await lab.daemon.line(new RegExp(`${key} is "1"; .*${name} is not in this build`));
    await lab.daemon.line(/no optional part is named "nosuch" \(options -p and -P\); there are /);
  }),
);
