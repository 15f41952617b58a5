// ISC dhcpd at the far end of a cable, the link `port`.
import type { Child } from './child';
import { type Host, peerLibraries, peersFolder } from './host';

export async function startIsc(far: Host, family: 4 | 6, configuration: string): Promise<Child> {
  const [file, leases] = [`/run/dhcpd${family}.conf`, `/run/dhcpd${family}.leases`];
  far.write(leases, '');
  far.write(file, configuration);
  const child = far.start(
    [`${peersFolder}/usr/sbin/dhcpd`, `-${family}`, '-f', '-d', '-cf', file, '-lf', leases, '--no-pid', 'port'],
    { env: peerLibraries() },
  );
  await child.line(/Server starting service/);
  return child;
}
