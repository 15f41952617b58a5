// Name resolution by a real systemd-resolved: connmand tells it of each link, and neither resolves names nor writes resolv.conf.
import { existsSync, readFileSync } from 'node:fs';
import { Variant } from 'dbus-next';
import { LOCAL_POLICIES, type Value } from './lab/bus';
import type { Child } from './lab/child';
import { peerLibraries, peersFolder } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import { file, wish } from './lab/names';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const program = `${peersFolder}/lib/systemd/systemd-resolved`;
const policy = `${peersFolder}/usr/share/dbus-1/system.d/org.freedesktop.resolve1.conf`;
const stub = '/run/systemd/resolve/stub-resolv.conf';
const mainConf = '[General]\nPreferredTechnologies=ethernet\n\n[Components]\nDnsProxy=systemd-resolved\n';
const resolved = { destination: 'org.freedesktop.resolve1', path: '/org/freedesktop/resolve1' };

beforeAll(() => {
  if (!existsSync(program)) throw new Error(`${program} is not there; run "tools/setup test" first`);
});

/** As installed, but for its unit: it insists on a user, a folder and a bus. */
async function prepare({ machine }: Lab): Promise<void> {
  machine.write('/etc/systemd/resolved.conf', '[Resolve]\nMulticastDNS=yes\nLLMNR=no\nDNSSEC=no\nFallbackDNS=\n');
  machine.write('/etc/passwd', `${machine.read('/etc/passwd')}systemd-resolve:x:996:996::/:/usr/sbin/nologin\n`);
  machine.write('/etc/group', `${machine.read('/etc/group')}systemd-resolve:x:996:\n`);
  machine.write(`${LOCAL_POLICIES}/resolved.conf`, readFileSync(policy, 'utf8'));
  await machine.run('dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig');
  await machine.run('install -d -o 996 -g 996 /run/systemd/resolve');
  await machine.run(`ln -sf ${stub} /etc/resolv.conf`);
}

async function startResolved(lab: Lab): Promise<Child> {
  const { client, events } = lab.connman;
  let has = false;
  client.onSignal.push(({ member, body }) => {
    if (member !== 'NameOwnerChanged' || body[0] !== resolved.destination) return;
    has = body[2] !== '';
    events.add(`systemd-resolved ${has ? 'appeared' : 'went'}`);
  });
  await client.addMatch(`type='signal',member='NameOwnerChanged',arg0='${resolved.destination}'`);
  const child = lab.machine.start([program], { env: peerLibraries() });
  await events.until('systemd-resolved on the bus', () => has);
  return child;
}

/** A property of a link as systemd-resolved has it. */
async function at(lab: Lab, ifindex: number, name: string): Promise<Value | undefined> {
  const { client } = lab.connman;
  const manager = 'org.freedesktop.resolve1.Manager';
  const [path] = await client.call({
    ...resolved,
    interface: manager,
    member: 'GetLink',
    signature: 'i',
    body: [ifindex],
  });
  const get = { interface: 'org.freedesktop.DBus.Properties', member: 'Get', signature: 'ss' };
  const body = ['org.freedesktop.resolve1.Link', name];
  return (await client.call({ ...resolved, ...get, path: String(path), body }))[0];
}

const ifindexOf = async (lab: Lab, link: string) =>
  Number(await lab.machine.run(['cat', `/sys/class/net/${link}/ifindex`]));

/** The daemon's calls are on their way when its clients hear of a state, and are carried out before this one. */
async function ask(lab: Lab, name: string): Promise<string> {
  await lab.connman.client.call({ ...resolved, interface: 'org.freedesktop.DBus.Peer', member: 'Ping' });
  return lab.machine.run(['dig', '+short', '+tries=3', '+time=2', '@127.0.0.53', name]);
}

onlyOurs(
  'a link’s servers, domains and mDNS are set at systemd-resolved, which resolves names (rules 75 and 214)',
  () =>
    inLab(ours, async (lab) => {
      await prepare(lab);
      const first = await startResolved(lab);
      const [one, two] = [
        await lab.network(wish('eth0', '10.77.1', 'one.example')),
        await lab.network(wish('eth1', '10.77.2', 'two.example')),
      ];
      await one.plug();
      const connman = await lab.startDaemon({ mainConf });
      await connman.untilOnline('eth0');
      await two.plug();
      await connman.untilReady('eth1');
      const [eth0, eth1] = [await ifindexOf(lab, 'eth0'), await ifindexOf(lab, 'eth1')];

      expect(await ask(lab, 'host.two.example')).toBe('10.77.2.1');
      expect(await lab.resolve('host.example')).toBe('10.77.1.1');
      expect(await at(lab, eth0, 'Domains')).toEqual([
        ['one.example', false],
        ['1.77.10.in-addr.arpa', true],
      ]);
      expect([await at(lab, eth0, 'DefaultRoute'), await at(lab, eth1, 'DefaultRoute')]).toEqual([true, false]);
      // Nothing of ours resolves names, and resolv.conf is systemd-resolved's.
      expect(await lab.machine.run('ss -Hlnu sport = :53')).not.toMatch(/ 127\.0\.0\.1:53 |\[::1\]:53 /);
      expect(existsSync(lab.machine.path(file))).toBe(false);
      expect(lab.machine.read(stub)).toMatch(/^nameserver 127\.0\.0\.53$/m);

      const mdns = () => connman.service('eth0')?.properties.mDNS;
      expect([mdns(), await at(lab, eth0, 'MulticastDNS')]).toEqual([false, 'no']);
      await connman.configure('eth0', 'mDNS.Configuration', new Variant('b', true));
      await connman.until('mDNS', () => mdns() === true);
      expect(await at(lab, eth0, 'MulticastDNS')).toBe('yes');

      // One that starts with nothing is given everything again.
      await first.stop('SIGKILL');
      await connman.until('no mDNS', () => mdns() === false);
      await lab.machine.run('rm -rf /run/systemd/resolve/netif');
      await startResolved(lab);
      await connman.until('mDNS again', () => mdns() === true);
      expect(await ask(lab, 'host.two.example')).toBe('10.77.2.1');

      // A link that is gone takes its servers along, and what stays is kept while connmand is away.
      await one.unplug();
      await connman.until('one service', () => connman.service('eth0') === undefined);
      expect(await ask(lab, 'again.example')).toBe('10.77.2.1');
      await lab.stopDaemon();
      expect(await ask(lab, 'away.example')).toBe('10.77.2.1');
    }),
);

onlyOurs('without systemd-resolved it says so once, with what to do, and the link is ready all the same', () =>
  inLab(ours, async (lab) => {
    await lab.online({}, { mainConf });
    await lab.daemon.line(/^systemd-resolved is not on the bus \(.+\): names are not resolved; start systemd-resolved/);
    await lab.daemon.line(/^\/etc\/resolv\.conf does not name systemd-resolved: .*ln -sf/);
    expect(lab.daemon.output.items.filter((line) => line.includes('not on the bus'))).toHaveLength(1);
  }),
);
