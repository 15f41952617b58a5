// WireGuard between the machine and a server at the far end of its cable, both with the kernel's own implementation.
import { str } from '@connman/dbus';
import type { Host } from '../../netns/lab/host';
import { inLab } from '../../netns/lab/lab';
import { ours, type Subject } from '../../netns/lab/subject';
import { VpnSite } from '../site';
import { subjectForVpn } from '../subject';
import { serverAddress } from './kinds';
import { check, equal, runScenarios } from './scenarios';
import { layUplinks } from './two-uplinks';
import { keys } from './wireguard-peer';

const server = keys();
const client = keys();
const preshared = Buffer.alloc(32, 7).toString('base64');
const ident = '10_77_1_1_lab_example';

async function startServer(far: Host): Promise<void> {
  far.write('/run/wg.key', server.private);
  far.write('/run/wg.psk', preshared);
  await far.run('ip link add wg0 type wireguard');
  await far.run(
    `wg set wg0 listen-port 51820 private-key /run/wg.key peer ${client.public} preshared-key /run/wg.psk allowed-ips 10.2.0.2/32,fd02::2/128`,
  );
  await far.run('ip address add 10.2.0.1/24 dev wg0');
  await far.run('ip -6 address add fd02::1/64 dev wg0');
  await far.run('ip link set wg0 up');
  await far.run('ip link add far0 type dummy');
  await far.run('ip address add 10.99.0.1/24 dev far0');
  await far.run('ip link set far0 up');
}

const settings: Readonly<Record<string, string>> = {
  'WireGuard.Address': '10.2.0.2/24',
  'WireGuard.PrivateKey': client.private,
  'WireGuard.PublicKey': server.public,
  'WireGuard.PresharedKey': preshared,
  'WireGuard.AllowedIPs': '10.2.0.0/24, 10.99.0.0/16',
  'WireGuard.DNS': '10.2.0.1',
  'WireGuard.PersistentKeepalive': '5',
};

function withWireguard(
  more: Readonly<Record<string, string>>,
  scenario: (site: VpnSite, far: Host) => Promise<void>,
  connmand: Subject = subjectForVpn,
): Promise<void> {
  return inLab(connmand, async (lab) => {
    const { network } = await lab.online();
    await startServer(network.far);
    const site = await VpnSite.open(lab);
    const lines = Object.entries({ ...settings, ...more }).map(([key, value]) => `${key} = ${value}`);
    lab.machine.write(
      '/var/lib/connman-vpn/wg.config',
      [
        '[provider_wg]',
        'Type = WireGuard',
        'Name = Guard',
        'Host = 10.77.1.1',
        'Domain = lab.example',
        ...lines,
        '',
      ].join('\n'),
    );
    await site.during(async () => {
      await site.start();
      if (connmand === subjectForVpn) await site.untilService(`vpn_${ident}`);
      await scenario(site, network.far);
    });
  });
}

const scenarios = {
  'a connection from a file carries traffic, and is gone without a trace': () =>
    withWireguard({}, async (site, far) => {
      const { lab } = site;
      equal(await lab.connmanctl('connect', `vpn_${ident}`), `Connected vpn_${ident}`, 'the answer');
      const properties = await site.properties(ident);
      equal(properties.State, 'ready', 'State');
      const { Address, Netmask } = properties.IPv4 as { Address: string; Netmask: string };
      equal([Address, Netmask], ['10.2.0.2', '255.255.255.0'], 'IPv4');
      equal(properties.Nameservers, ['10.2.0.1'], 'Nameservers');
      // Debian's leaves it to the user.
      equal(properties.SplitRouting, !site.isDebian, 'SplitRouting');
      await site.pingThrough('10.2.0.1');
      check(/latest handshake/.test(await far.run('wg show wg0')), 'a handshake');
      check(!site.daemon?.output.tail(300).includes(client.private), 'the key is not in the log');
      await lab.connmanctl('disconnect', `vpn_${ident}`);
      await site.untilIdle(`vpn_${ident}`);
      if (!site.isDebian) equal(await lab.machine.run('ls /run/connman-vpn'), '', 'its folder');
    }),

  'a server that moves is followed when its name says so': () =>
    withWireguard(
      {},
      async (site, far) => {
        site.lab.machine.write('/etc/hosts', '127.0.0.1 localhost\n10.77.1.9 vpn.lab.example\n');
        const path = await site.manager.call('Create', [
          Object.fromEntries(
            Object.entries({
              ...settings,
              Type: 'wireguard',
              Name: 'Moving',
              Host: 'vpn.lab.example',
              Domain: 'x',
            }).map(([key, value]) => [key, str(value)]),
          ),
        ]);
        const moving = path.split('/').at(-1) ?? '';
        await site.connection(moving).call('Connect', []);
        await site.untilReady(`vpn_${moving}`);
        const ping = site.lab.start(['ping', '-i', '1', '-c', '60', '10.2.0.1']);
        site.lab.machine.write('/etc/hosts', '127.0.0.1 localhost\n10.77.1.1 vpn.lab.example\n');
        await ping.line(/bytes from/, 45_000);
        await ping.stop('SIGINT');
        check(/latest handshake/.test(await far.run('wg show wg0')), 'a handshake');
      },
      ours,
    ),
};

const onlyOurs = {
  'a connection made over the bus is stored with its keys in a private file': () =>
    withWireguard(
      {},
      async (site) => {
        const properties = { ...settings, Type: 'wireguard', Name: 'Made', Host: '10.77.1.1', Domain: 'other' };
        await site.manager.call('Create', [
          Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, str(value)])),
        ]);
        const file = '/var/lib/connman/provider_10_77_1_1_other/settings';
        equal(await site.lab.machine.run(['stat', '-c', '%a', file]), '600', 'its mode');
        await site.daemon?.stop('SIGTERM');
        await site.start();
        await site.connection('10_77_1_1_other').call('Connect', []);
        equal((await site.properties('10_77_1_1_other')).State, 'ready', 'State');
      },
      ours,
    ),

  'a link that another program removes is a failure, and the tunnel is restored': () =>
    withWireguard(
      {},
      async (site) => {
        await site.connection(ident).call('Connect', []);
        await site.untilReady(`vpn_${ident}`);
        await site.lab.machine.run('ip link delete wg0');
        const last = (state: string) => site.signals.items.lastIndexOf(`State "${state}"`);
        await site.until('the failure', () => last('failure') >= 0);
        // connmand has taken the tunnel up and restores it.
        await site.until('the tunnel again', () => last('ready') > last('failure'));
        equal((await site.properties(ident)).State, 'ready', 'State');
      },
      ours,
    ),

  'while no name server answers the daemon does, and a server is found again at an address of the other family': () =>
    inLab(ours, async (lab) => {
      const [network] = await layUplinks(lab);
      const { far } = network;
      const { machine } = lab;
      await startServer(far);
      await far.run(`ip address add ${serverAddress}/32 dev lo`);
      const name = 'moving.lab.example';
      const hosts = (line: string) => machine.write('/etc/hosts', `127.0.0.1 localhost\n${line}\n`);
      hosts(`${serverAddress} ${name}`);
      const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
      machine.write(
        '/var/lib/connman-vpn/wg.config',
        ['[provider_wg]', 'Type = WireGuard', 'Name = Guard', `Host = ${name}`, 'Domain = x', ...lines, ''].join('\n'),
      );
      await network.plug();
      await lab.startDaemon();
      await lab.connman.untilOnline('eth0');
      const site = await VpnSite.open(lab);
      await site.during(async () => {
        await site.start();
        const it = 'moving_lab_example_x';
        await site.untilService(`vpn_${it}`);
        await lab.connmanctl('connect', `vpn_${it}`);
        await site.pingThrough('10.2.0.1', 40);
        equal((await site.properties(it)).ServerAddresses, [serverAddress], 'ServerAddresses');

        // Names are not answered, and the server neither hears nor speaks IPv4: it would look for a way to its client itself.
        far.write(
          '/run/deaf',
          [
            'table inet deaf {',
            '  chain in { type filter hook input priority 0; meta l4proto { tcp, udp } th dport 53 drop; ip daddr 10.200.0.1 drop; }',
            '  chain out { type filter hook output priority 0; meta nfproto ipv4 udp sport 51820 drop; }',
            '}',
            '',
          ].join('\n'),
        );
        await far.run('nft -f /run/deaf');
        hosts('');
        const ping = lab.start(['ping', '-n', '-i', '1', '10.2.0.1']);
        for (let i = 0; i < 12; i++) {
          const begun = performance.now();
          await site.properties(it);
          check(performance.now() - begun < 1000, 'the daemon answers while names are looked up');
          await machine.run('sleep 5');
        }
        equal((await site.properties(it)).State, 'ready', 'State');
        equal(
          (await site.properties(it)).ServerAddresses,
          [serverAddress],
          'ServerAddresses while no one knows better',
        );

        hosts(`fd00:77::1 ${name}`);
        const seen = ping.output.items.length;
        const isBack = () => ping.output.items.slice(seen).some((line) => line.includes('bytes from'));
        await ping.output.until('traffic', isBack, 60_000);
        await ping.stop('SIGINT');
        equal((await site.properties(it)).ServerAddresses, ['fd00:77::1'], 'ServerAddresses');
        check(/endpoint: \[fd00:77::/.test(await far.run('wg show wg0')), 'the client came over IPv6');
      });
    }),

  'a server that speaks from another address is followed, past the kill switch, too': () =>
    withWireguard(
      { 'WireGuard.AllowedIPs': '0.0.0.0/0', KillSwitch: 'true' },
      async (site, far) => {
        const { lab } = site;
        await lab.connmanctl('connect', `vpn_${ident}`);
        await site.pingThrough('10.2.0.1');
        await far.run('ip address add 10.77.1.9/24 dev port');
        await far.run('ip route replace 10.77.1.0/24 dev port src 10.77.1.9');
        // It hears nothing at its old address. Setting its endpoint makes the kernel choose the source address again.
        far.write(
          '/run/deaf',
          'table ip deaf {\n  chain in { type filter hook input priority 0; ip daddr 10.77.1.1 udp dport 51820 drop; }\n}\n',
        );
        await far.run('nft -f /run/deaf');
        const [, endpoint = ''] = (await far.run('wg show wg0 endpoints')).trim().split('\t');
        await far.run(`wg set wg0 peer ${client.public} endpoint ${endpoint}`);

        const ping = far.start(['ping', '-n', '-i', '1', '10.2.0.2']);
        await ping.line(/bytes from/, 60_000);
        await ping.stop('SIGINT');
        equal((await site.properties(ident)).ServerAddresses, ['10.77.1.9'], 'ServerAddresses');
      },
      ours,
    ),

  'a file of wg-quick: two peers, both families, and all it sets': () =>
    inLab(ours, async (lab) => {
      const [network, elsewhere] = await layUplinks(lab);
      const { machine } = lab;
      await startServer(network.far);
      const { far } = elsewhere;
      const other = keys();
      far.write('/run/wg.key', other.private);
      await far.run('ip link add wg0 type wireguard');
      const allowed = 'allowed-ips 10.2.0.2/32,fd02::2/128';
      await far.run(`wg set wg0 listen-port 51821 private-key /run/wg.key peer ${client.public} ${allowed}`);
      await far.run('ip address add 10.3.0.1/24 dev wg0');
      await far.run('ip -6 address add fd03::1/64 dev wg0');
      await far.run('ip link set wg0 up');
      for (const route of ['10.2.0.0/24 dev wg0', 'fd02::/64 dev wg0', '10.77.1.0/24 via 192.0.2.1'])
        await far.run(`ip route add ${route}`);
      machine.write(
        '/run/etc/wg.conf',
        [
          ...['[Interface]', `PrivateKey = ${client.private}`, 'Address = 10.2.0.2/24, fd02::2/64', 'DNS = 10.2.0.1'],
          ...['MTU = 1380', 'FwMark = 0x77', 'ListenPort = 51999'],
          ...['[Peer]', `PublicKey = ${server.public}`, `PresharedKey = ${preshared}`, 'Endpoint = 10.77.1.1:51820'],
          ...['AllowedIPs = 10.2.0.0/24, 10.99.0.0/16', 'AllowedIPs = fd02::/64', 'PersistentKeepalive = 5'],
          ...[
            '[Peer]',
            `PublicKey = ${other.public}`,
            'Endpoint = 192.0.2.2:51821',
            'AllowedIPs = 10.3.0.0/24, fd03::/64',
          ],
          '',
        ].join('\n'),
      );
      machine.write(
        '/var/lib/connman-vpn/wg.config',
        [
          ...['[provider_wg]', 'Type = WireGuard', 'Name = Guard', 'Host = 10.77.1.1', 'Domain = lab.example'],
          ...['WireGuard.ConfigFile = /run/etc/wg.conf', ''],
        ].join('\n'),
      );
      await network.plug();
      await lab.startDaemon();
      await lab.connman.untilOnline('eth0');
      const site = await VpnSite.open(lab);
      await site.during(async () => {
        await site.start();
        await site.untilService(`vpn_${ident}`);
        await lab.connmanctl('connect', `vpn_${ident}`);
        for (const address of ['10.2.0.1', 'fd02::1', '10.3.0.1', 'fd03::1']) await site.pingThrough(address, 40);
        const shown = await machine.run('wg show wg0 dump');
        const [own = '', ...peers] = shown.split('\n').map((line) => line.split('\t').slice(1).join(' '));
        equal(own, `${client.public} 51999 0x77`, 'the link');
        equal(
          peers.map((line) => / (\S+)$/.exec(line)?.[1]),
          ['5', 'off'],
          'keepalives',
        );
        check(/mtu 1380/.test(await machine.run('ip link show wg0')), 'its MTU');
        equal((await site.properties(ident)).Nameservers, ['10.2.0.1'], 'Nameservers');
      });
    }),

  'the daemon ends after a minute without a connection and without a client, and no sooner': () =>
    inLab(ours, async (lab) => {
      await lab.startDaemon();
      const site = await VpnSite.open(lab);
      const daemon = await site.start();
      await lab.machine.run('sleep 50');
      await site.manager.call('GetConnections', []);
      await lab.machine.run('sleep 50');
      check(!daemon.exit, 'a client has it wait another minute');
      await lab.machine.run('sleep 15');
      equal((await daemon.exited).code, 0, 'its status');
      site.bus.close();
    }),

  'a wrong key is an argument error that names the setting': () =>
    withWireguard(
      { 'WireGuard.PublicKey': 'nonsense' },
      async (site) => {
        const error = await site
          .connection(ident)
          .call('Connect', [])
          .catch((fault: unknown) => fault);
        equal((error as { errorName?: string }).errorName, 'net.connman.Error.InvalidArguments', 'the error');
        check(/WireGuard\.PublicKey/.test((error as Error).message), 'its text names the setting');
      },
      ours,
    ),
};

void runScenarios(scenarios, onlyOurs);
