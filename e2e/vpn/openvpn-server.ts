// An OpenVPN server at the far end of a cable, with certificates of its own authority.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Child } from '../netns/lab/child';
import { type Host, peerLibraries, peersFolder } from '../netns/lab/host';

export interface Certificates {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** The client's key behind the passphrase "opensesame". */
  readonly lockedKey: string;
}

let made: Certificates | undefined;

export function certificates(): Certificates {
  made ??= make();
  return made;
}

function make(): Certificates {
  const folder = mkdtempSync(path.join(tmpdir(), 'vpn-certificates-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '3650', '-subj', '/CN=Lab CA');
    for (const [name, usage] of [
      ['server', 'serverAuth'],
      ['client', 'clientAuth'],
    ] as const) {
      openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      execFileSync(
        'sh',
        [
          '-c',
          `printf "extendedKeyUsage=${usage}\\nkeyUsage=digitalSignature\\nsubjectAltName=IP:10.77.1.1,IP:10.200.0.1\\n" > ${name}.ext`,
        ],
        {
          cwd: folder,
        },
      );
      const signed = [
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '3650',
        '-extfile',
        `${name}.ext`,
      ];
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signed);
    }
    openssl('pkey', '-in', 'client.key', '-aes256', '-passout', 'pass:opensesame', '-out', 'locked.key');
    return {
      ca: read('ca.crt'),
      serverCert: read('server.crt'),
      serverKey: read('server.key'),
      clientCert: read('client.crt'),
      clientKey: read('client.key'),
      lockedKey: read('locked.key'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A key for tls-crypt, as it stands in a configuration. */
export function tlsCryptKey(): string {
  const program = `${peersFolder}/usr/sbin/openvpn`;
  const options = { encoding: 'utf8', env: { ...process.env, ...peerLibraries() } } as const;
  return execFileSync(program, ['--genkey', 'tls-crypt'], options).trim();
}

/** Puts the client's files into a folder of the machine. */
export function installClient(host: Host, folder = '/run/etc/openvpn-client'): string {
  const { ca, clientCert, clientKey, lockedKey } = certificates();
  host.write(`${folder}/ca.crt`, ca);
  host.write(`${folder}/client.crt`, clientCert);
  host.write(`${folder}/client.key`, clientKey);
  host.write(`${folder}/locked.key`, lockedKey);
  return folder;
}

/** Starts it; `lines` are more of its configuration. 10.8.0.1 is its end of the tunnel. */
export async function startOpenVpnServer(far: Host, lines: readonly string[] = []): Promise<Child> {
  const { ca, serverCert, serverKey } = certificates();
  far.write('/run/server/ca.crt', ca);
  far.write('/run/server/server.crt', serverCert);
  far.write('/run/server/server.key', serverKey);
  far.write(
    '/run/server/server.conf',
    [
      'dev tun0',
      'topology subnet',
      'server 10.8.0.0 255.255.255.0',
      'ca /run/server/ca.crt',
      'cert /run/server/server.crt',
      'key /run/server/server.key',
      'dh none',
      'keepalive 1 5',
      'verb 3',
      'suppress-timestamps',
      ...lines,
    ].join('\n'),
  );
  const server = far.start([`${peersFolder}/usr/sbin/openvpn`, '--config', '/run/server/server.conf'], {
    env: peerLibraries(),
  });
  await server.line(/Initialization Sequence Completed/);
  return server;
}
