// A client of a network the machine serves: a host of its own with a cable to the machine, and busybox's DHCP client.
import { existsSync } from 'node:fs';
import { Host, peersFolder } from './host';
import type { Lab } from './lab';

/** Sets what it is given, as a small system would, and says so in one line. */
const SCRIPT = `#!/bin/sh
case "$1" in
deconfig) ip -4 address flush dev "$interface" ;;
bound | renew)
  ip address replace "$ip/$mask" dev "$interface"
  ip route replace default via "$router"
  for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
  echo "$1 $ip/$mask router $router dns $dns lease $lease"
  ;;
esac
`;

export class DhcpClient {
  readonly host: Host;
  readonly link: string;

  private constructor(host: Host, link: string) {
    this.host = host;
    this.link = link;
  }

  /** Lays the cable; the far end of it is up. */
  static async open(lab: Lab, link: string, ifindex: number): Promise<DhcpClient> {
    const host = await Host.open(`${lab.machine.name}-${link}`);
    try {
      await lab.machine.connect({ link, ifindex }, host, { link: 'port', ifindex: ifindex + 500 });
      await host.run('ip link set port up');
      host.remove('/etc/resolv.conf');
      host.write('/run/udhcpc', SCRIPT);
      return new DhcpClient(host, link);
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** Gets a lease, or fails after some seconds. @returns 'bound 192.168.0.2/24 router 192.168.0.1 ...'. */
  async lease(...more: readonly string[]): Promise<string> {
    const busybox = ['bin', 'usr/bin'].map((folder) => `${peersFolder}/${folder}/busybox`).find(existsSync);
    if (!busybox) throw new Error('no busybox below tmp/peers; tools/setup test unpacks it');
    const command = [
      'sh',
      '-c',
      `chmod +x /run/udhcpc && exec ${busybox} udhcpc -i port -s /run/udhcpc -fqn -t 8 -T 1 ${more.join(' ')}`,
    ];
    const output = await this.host.run(command);
    const bound = output.split('\n').find((line) => line.startsWith('bound '));
    if (!bound) throw new Error(`no lease: ${output}`);
    return bound;
  }

  get mac(): Promise<string> {
    return this.host.run('cat /sys/class/net/port/address');
  }

  async close(): Promise<void> {
    await this.host.close();
  }
}
