// ocserv at the far end of a cable: an AnyConnect server, with alice and her password; and a machine that is to connect to it.
import { execFileSync } from 'node:child_process';
import type { Child } from '../netns/lab/child';
import { type Host, peerLibraries, peersFolder } from '../netns/lab/host';
import { inLab } from '../netns/lab/lab';
import { offerPrograms } from '../netns/lab/peers';
import type { Subject } from '../netns/lab/subject';
import { certificates, installClient } from './openvpn-server';
import { VpnSite } from './site';
import { subjectForVpn } from './subject';

export const ident = '10_77_1_1_lab_example';
export const service = `vpn_${ident}`;

/** Starts it; 10.9.0.1 is its end of the tunnel. */
export async function startOcserv(far: Host, lines: readonly string[] = []): Promise<Child> {
  const { ca, serverCert, serverKey } = certificates();
  const hash = execFileSync('openssl', ['passwd', '-6', 'wonder land'], { encoding: 'utf8' }).trim();
  far.write('/run/ocserv/passwd', `alice:*:${hash}\n`);
  far.write('/run/ocserv/ca.crt', ca);
  far.write('/run/ocserv/server.crt', serverCert);
  far.write('/run/ocserv/server.key', serverKey);
  far.write(
    '/run/ocserv/ocserv.conf',
    [
      ...(lines.some((line) => line.startsWith('auth =')) ? [] : ['auth = "plain[passwd=/run/ocserv/passwd]"']),
      'tcp-port = 443',
      'run-as-user = nobody',
      'run-as-group = nogroup',
      'socket-file = /run/ocserv/socket',
      'server-cert = /run/ocserv/server.crt',
      'server-key = /run/ocserv/server.key',
      'isolate-workers = false',
      'max-clients = 8',
      'max-same-clients = 4',
      'max-ban-score = 0',
      'keepalive = 300',
      'dpd = 60',
      'device = vpns',
      'ipv4-network = 10.9.0.0',
      'ipv4-netmask = 255.255.255.0',
      'dns = 10.9.0.1',
      'default-domain = corp.example',
      'cookie-timeout = 300',
      'ping-leases = false',
      ...lines,
      '',
    ].join('\n'),
  );
  const server = far.start(
    [`${peersFolder}/usr/sbin/ocserv`, '--foreground', '--log-stderr', '-c', '/run/ocserv/ocserv.conf'],
    { env: peerLibraries() },
  );
  await server.line(/listening \(TCP\)|sec-mod initialized/);
  return server;
}

export function withOcserv(
  options: {
    /** Lines of its settings; the folder has the certificates of installClient. */
    readonly client: (folder: string) => readonly string[];
    /** Lines of ocserv's configuration. */
    readonly server?: readonly string[];
    readonly prepare?: (machine: Host, far: Host) => Promise<void> | void;
  },
  scenario: (site: VpnSite, server: Child) => Promise<void>,
  connmand: Subject = subjectForVpn,
): Promise<void> {
  return inLab(connmand, async (lab) => {
    await offerPrograms(lab.machine, 'openconnect');
    const { network } = await lab.online();
    const folder = installClient(lab.machine);
    await options.prepare?.(lab.machine, network.far);
    const server = await startOcserv(network.far, options.server);
    const site = await VpnSite.open(lab);
    lab.machine.write(
      '/var/lib/connman-vpn/any.config',
      [
        ...['[provider_any]', 'Type = OpenConnect', 'Name = Any', 'Host = 10.77.1.1', 'Domain = lab.example'],
        ...options.client(folder),
        '',
      ].join('\n'),
    );
    await site.during(
      async () => {
        await site.start();
        if (connmand === subjectForVpn) await site.untilService(service);
        await scenario(site, server);
      },
      () => ({ ocserv: server }),
    );
  });
}
