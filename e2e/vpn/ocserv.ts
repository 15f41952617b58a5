// ocserv at the far end of a cable: an AnyConnect server, with alice and her password.
import { execFileSync } from 'node:child_process';
import type { Child } from '../netns/lab/child';
import { type Host, peersFolder } from '../netns/lab/host';
import { peerLibraries } from '../netns/lab/network';
import { certificates } from './openvpn-server';

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
      'auth = "plain[passwd=/run/ocserv/passwd]"',
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
