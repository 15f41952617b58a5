// What leaves by the uplink while a tunnel takes all traffic: a packet capture at the far end of the cable is the witness.
import type { Child } from '../netns/lab/child';
import { inLab, type Lab } from '../netns/lab/lab';
import type { Network } from '../netns/lab/network';
import { iptablesLegacy, offerPrograms } from '../netns/lab/peers';
import { ours } from '../netns/lab/subject';
import { installClient, startOpenVpnServer } from './openvpn-server';
import { VpnSite } from './site';
import { withoutNetfilter } from './without-netfilter';

jest.setTimeout(120_000);

const ident = '10_200_0_1_lab_example';
const service = `vpn_${ident}`;
/** A place in the internet that nothing on the cable stands for. */
const elsewhere = '198.51.100.7';
const elsewhereSix = '2001:db8:ffff::7';

/** What leaves by the cable beside the tunnel and what keeps the link in its network. */
const leaks = [
  'not arp and not host 10.200.0.1 and not (udp and (port 67 or port 68 or port 546 or port 547))',
  'and not (icmp6 and ip6[40] >= 130 and ip6[40] <= 136) and not dst host ff02::16',
].join(' ');

interface Scene {
  readonly lab: Lab;
  readonly site: VpnSite;
  readonly network: Network;
  server: Child;
  readonly startServer: () => Promise<Child>;
  /** Packets of the machine that should not have left by the cable, since the last look. */
  leaked(): string[];
}

interface Runs {
  readonly connmand?: readonly string[];
  /** `missing`: what is installed on the host is hidden as well. */
  readonly iptables?: 'legacy' | 'missing';
  /** What connmanctl says of the connection. */
  readonly answer?: RegExp;
}

function withKillSwitch(
  lines: readonly string[],
  scenario: (scene: Scene) => Promise<void>,
  { connmand = [], iptables, answer = /^Connected/ }: Runs = {},
): Promise<void> {
  const subject = { ...ours, daemon: [...connmand, ...ours.daemon] };
  return inLab(subject, async (lab) => {
    await offerPrograms(lab.machine, 'openvpn', ...(iptables === 'legacy' ? iptablesLegacy : []));
    if (iptables === 'missing') await lab.machine.run('mount -t tmpfs tmpfs /usr/sbin');
    const { network } = await lab.online();
    for (const address of ['10.200.0.1', '10.99.0.1']) await network.far.run(`ip address add ${address}/32 dev lo`);
    const pushes = ['push "redirect-gateway def1"', 'push "dhcp-option DNS 10.8.0.1"'];
    const startServer = () => startOpenVpnServer(network.far, ['multihome', ...pushes]);
    const folder = installClient(lab.machine);
    lab.machine.write(
      '/var/lib/connman-vpn/office.config',
      [
        ...['[provider_office]', 'Type = OpenVPN', 'Name = Office', 'Host = 10.200.0.1', 'Domain = lab.example'],
        ...[`OpenVPN.CACert = ${folder}/ca.crt`, `OpenVPN.Cert = ${folder}/client.crt`],
        ...[`OpenVPN.Key = ${folder}/client.key`, ...lines, ''],
      ].join('\n'),
    );
    const site = await VpnSite.open(lab);
    const scene: Scene = { lab, site, network, startServer, server: await startServer(), leaked: () => [] };
    await site.during(
      async () => {
        await site.start();
        await site.untilService(service);
        expect(await lab.connmanctl('connect', service)).toMatch(answer);
        const capture = network.far.start(['tcpdump', '-n', '-l', '--immediate-mode', '-i', 'port', '-Q', 'in', leaks]);
        await capture.line(/listening on port/);
        let seen = capture.output.items.length;
        scene.leaked = () => {
          const fresh = capture.output.items.slice(seen).filter((line) => / IP6? /.test(line));
          seen = capture.output.items.length;
          return fresh;
        };
        await scenario(scene);
      },
      () => ({ server: scene.server }),
    );
  });
}

/** Tries to get out in every way a program has, and waits until the attempts are over. */
async function tryToLeave(lab: Lab): Promise<void> {
  const attempts = [
    ['ping', '-n', '-c', '3', '-i', '0.1', '-W', '1', elsewhere],
    ['ping', '-n', '-c', '3', '-i', '0.1', '-W', '1', elsewhereSix],
    ['ping', '-n', '-c', '3', '-i', '0.1', '-W', '1', '-I', 'eth0', elsewhere],
    ['dig', '+time=1', '+tries=1', '@10.77.1.1', 'leak.example'],
  ].map((argv) => lab.start(argv));
  await Promise.all(attempts.map(({ exited }) => exited));
}

const strict = ['KillSwitch = true'];
test('a kill switch: nothing but the tunnel leaves, and all goes as before when the user disconnects', () =>
  withKillSwitch(strict, async ({ lab, site, leaked }) => {
    await site.pingThrough('10.99.0.1');
    expect(lab.connman.services[0]?.properties.Provider).toMatchObject({ KillSwitch: 'on' });
    await tryToLeave(lab);
    expect(leaked()).toEqual([]);
    expect(await lab.connmanctl('disconnect', service)).toMatch(`Disconnected ${service}`);
    await lab.connman.until('the way back', () => !lab.connman.services[0]?.path.endsWith(service));
    await lab.machine.run(['ping', '-n', '-c', '1', '-W', '2', '10.77.1.1']);
    expect(leaked()).not.toEqual([]);
  }));

test('a kill switch holds while the server is gone, and the tunnel comes back through it', () =>
  withKillSwitch([...strict, 'OpenVPN.Ping = 1', 'OpenVPN.PingExit = 3'], async (scene) => {
    const { lab, site, leaked } = scene;
    await scene.server.stop('SIGKILL');
    await site.until('the end of openvpn', () => site.signals.items.includes('State "failure"'), 30_000);
    await tryToLeave(lab);
    expect(leaked()).toEqual([]);
    scene.server = await scene.startServer();
    await site.until('the tunnel', () => site.signals.items.at(-1) === 'State "ready"', 30_000);
    await site.pingThrough('10.99.0.1');
    expect(leaked()).toEqual([]);
  }));

test('a kill switch holds over SIGKILL of both daemons and of openvpn, and the next run can end it', () =>
  withKillSwitch(strict, async ({ lab, site, leaked }) => {
    await site.kill();
    await lab.stopDaemon('SIGKILL');
    await lab.machine.run(['sh', '-c', 'kill -9 $(pidof openvpn)']);
    await tryToLeave(lab);
    expect(leaked()).toEqual([]);
    await lab.startDaemon();
    await lab.connman.untilOnline('eth0').catch(() => {});
    await tryToLeave(lab);
    expect(leaked()).toEqual([]);
    await site.start();
    await site.untilService(service);
    await tryToLeave(lab);
    expect(leaked()).toEqual([]);
    await lab.connmanctl('disconnect', service);
    await lab.machine.run(['ping', '-n', '-c', '1', '-W', '2', '10.77.1.1']);
  }));

test('a kill switch holds while the cable is out and in again', () =>
  withKillSwitch(strict, async ({ lab, site, network, leaked }) => {
    await network.unplug();
    await lab.connman.until('no uplink', () => lab.connman.service('eth0') === undefined);
    await network.plug();
    await lab.connman.until('the uplink', () => /ready|online/.test(String(lab.connman.serviceState('eth0'))));
    await tryToLeave(lab);
    expect(leaked()).toEqual([]);
    await site.pingThrough('10.99.0.1', 60);
    expect(leaked()).toEqual([]);
  }));

test('without a kill switch a full tunnel still takes all that is not bound to the uplink', () =>
  withKillSwitch([], async ({ lab, leaked }) => {
    await lab.start(['ping', '-n', '-c', '3', '-i', '0.1', '-W', '1', elsewhere]).exited;
    expect(leaked()).toEqual([]);
    expect(lab.connman.services[0]?.properties.Provider).not.toHaveProperty('KillSwitch');
  }));

test('packets for the tunnel’s address that come in on the uplink are dropped (CVE-2019-14899)', () =>
  withKillSwitch([], async ({ lab, site, network, leaked }) => {
    const { Address } = (await site.properties(ident)).IPv4 as { Address: string };
    const uplink = lab.connman.service('eth0')?.properties.IPv4 as { Address: string };
    await network.far.run(`ip route add ${Address}/32 via ${uplink.Address} table 77`);
    await network.far.run('ip rule add oif port lookup 77');
    const ping = network.far.start(['ping', '-n', '-c', '3', '-i', '0.2', '-W', '1', '-I', 'port', Address]);
    await ping.exited;
    expect(ping.output.tail()).toMatch(/ 0 received/);
    expect(leaked()).toEqual([]);
  }));

test('a kill switch holds by iptables where the kernel has no nf_tables, over SIGKILL of both daemons, until disconnect', () =>
  withKillSwitch(
    strict,
    async ({ lab, site, leaked }) => {
      await site.pingThrough('10.99.0.1');
      await tryToLeave(lab);
      await site.kill();
      await lab.stopDaemon('SIGKILL');
      await tryToLeave(lab);
      expect(leaked()).toEqual([]);
      await lab.startDaemon();
      await site.start();
      await site.untilReady(service);
      await tryToLeave(lab);
      expect(leaked()).toEqual([]);
      await lab.connmanctl('disconnect', service);
      await lab.machine.run(['ping', '-n', '-c', '1', '-W', '2', '10.77.1.1']);
    },
    { connmand: withoutNetfilter, iptables: 'legacy' },
  ));

test('a kill switch that cannot hold is the answer to Connect, and nothing of the tunnel is begun', () =>
  withKillSwitch(
    strict,
    async ({ lab, site }) => {
      const shown = () => lab.connman.services.find(({ path }) => path.endsWith(service))?.properties.State;
      await lab.connman.until('the failure', () => shown() === 'failure');
      expect(site.signals.items.filter((line) => line.startsWith('State '))).toEqual([]);
      expect(await lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
      expect(await lab.machine.run('ip route get 198.51.100.7')).toMatch(/dev eth0/);
    },
    {
      connmand: withoutNetfilter,
      iptables: 'missing',
      answer:
        /the kill switch cannot hold: .*iptables is not installed; it needs nf_tables .*; set KillSwitch to false/,
    },
  ));
