// chrony as a time server: of this machine's clock, which it does not touch.
import type { Child } from './child';
import { type Host, peersFolder } from './host';

export async function startTimeServer(host: Host): Promise<Child> {
  const conf = 'local stratum 3\nallow\ncmdport 0\npidfile /run/chronyd.pid\nbindcmdaddress /\n';
  host.write('/run/chrony.conf', conf);
  const server = host.start([`${peersFolder}/usr/sbin/chronyd`, '-x', '-d', '-u', 'root', '-f', '/run/chrony.conf']);
  await server.line(/Running with root/);
  return server;
}
