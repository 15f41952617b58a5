// The six VPNs, each with a real server at 10.200.0.1 and the settings of its client.
import { execFileSync } from 'node:child_process';
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';
import { startOcserv } from '../ocserv';
import { installClient, startOpenVpnServer } from '../openvpn-server';
import { mppe, startPptpd, startXl2tpd } from './ppp-servers';
import { startCiscoGateway } from './strongswan';
import { keys } from './wireguard-peer';

export interface Kind {
  /** As in Type. */
  readonly type: string;
  /** Answers pings behind the tunnel. */
  readonly inside: string;
  /** From the loss of an uplink to traffic by another: the protocol's own handshake and five seconds; WireGuard has one. */
  readonly movesWithinMs: number;
  /** Lines of a *.config file. */
  settings(machine: Host): readonly string[];
  /** @returns the program that serves; the kernel does WireGuard. */
  start(far: Host): Promise<Child | undefined>;
  /** Ends the server without a word to its clients. */
  kill(far: Host): Promise<unknown>;
}

export const serverAddress = '10.200.0.1';
const server = keys();
const client = keys();

/** In the far host's own pid namespace. */
const killAll = (far: Host, names: string) => far.run(['sh', '-c', `pkill -KILL -x '${names}' || true`]);

export const kinds: readonly Kind[] = [
  {
    type: 'WireGuard',
    inside: '10.2.0.1',
    movesWithinMs: 1_000,
    settings: () => [
      ...['WireGuard.Address = 10.2.0.2/24', `WireGuard.PrivateKey = ${client.private}`],
      ...[`WireGuard.PublicKey = ${server.public}`, 'WireGuard.AllowedIPs = 10.2.0.0/24'],
    ],
    async start(far) {
      far.write('/run/wg.key', server.private);
      await far.run('ip link add wg0 type wireguard');
      await far.run(
        `wg set wg0 listen-port 51820 private-key /run/wg.key peer ${client.public} allowed-ips 10.2.0.2/32`,
      );
      await far.run('ip address add 10.2.0.1/24 dev wg0');
      await far.run('ip link set wg0 up');
      return undefined;
    },
    kill: (far) => far.run('ip link delete wg0'),
  },
  {
    type: 'OpenVPN',
    inside: '10.8.0.1',
    movesWithinMs: 7_000,
    settings(machine) {
      const folder = installClient(machine);
      return [
        ...[`OpenVPN.CACert = ${folder}/ca.crt`, `OpenVPN.Cert = ${folder}/client.crt`],
        `OpenVPN.Key = ${folder}/client.key`,
      ];
    },
    start: (far) => startOpenVpnServer(far, ['multihome', 'push "route 10.99.0.0 255.255.0.0"']),
    kill: (far) => killAll(far, 'openvpn'),
  },
  {
    type: 'OpenConnect',
    inside: '10.9.0.1',
    movesWithinMs: 7_000,
    settings: (machine) => [
      // ConnMan's login knows the system's authorities alone, whatever CACert says.
      ...['OpenConnect.AuthType = userpass', `OpenConnect.CACert = ${installClient(machine)}/ca.crt`],
      'OpenConnect.AllowSelfSignedCert = true',
      ...['OpenConnect.NoDTLS = true', 'OpenConnect.Username = alice', 'OpenConnect.Password = wonder land'],
    ],
    start: (far) => startOcserv(far, ['route = 10.99.0.0/255.255.0.0', 'dpd = 5']),
    kill: (far) => killAll(far, 'ocserv.*'),
  },
  {
    type: 'VPNC',
    inside: '10.99.0.1',
    movesWithinMs: 7_000,
    settings: () => [
      ...['VPNC.IPSec.ID = staff', 'VPNC.IPSec.Secret = group secret', 'VPNC.Xauth.Username = alice'],
      ...['VPNC.Xauth.Password = wonder land', 'VPNC.NATTMode = force-natt', 'VPNC.DPDTimeout = 10'],
    ],
    start: (far) => startCiscoGateway(far, serverAddress),
    async kill(far) {
      await killAll(far, 'charon');
      await far.run('ip xfrm state flush');
      await far.run('ip xfrm policy flush');
    },
  },
  {
    type: 'L2TP',
    inside: '10.7.0.1',
    movesWithinMs: 8_000,
    settings: () => ['L2TP.User = alice', 'L2TP.Password = wonder land', ...lcpEcho],
    // The kernel's socket would send from the address of the link.
    start: (far) => startXl2tpd(far, [`listen-addr = ${serverAddress}`]),
    kill: (far) => killAll(far, 'xl2tpd|pppd'),
  },
  {
    type: 'PPTP',
    inside: '10.7.0.1',
    movesWithinMs: 8_000,
    settings: () => ['PPTP.User = alice', 'PPTP.Password = wonder land', ...mppe, ...lcpEcho],
    start: startPptpd,
    kill: (far) => killAll(far, 'pptpd|pptpctrl|pppd'),
  },
];

/** Makes pppd notice a silent server within fifteen seconds. */
const lcpEcho = ['PPPD.EchoInterval = 5', 'PPPD.EchoFailure = 3'];

/** The guest's /dev/ptmx belongs to another instance of devpts than /dev/pts, where xl2tpd looks for its terminal. */
export function offerTerminals(): void {
  execFileSync('mount', ['--bind', '/dev/pts/ptmx', '/dev/ptmx']);
}
