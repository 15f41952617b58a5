// The three daemons that are compared: how each is started and configured, and what it calls things on the bus.
import { readFileSync } from 'node:fs';
import { type Host, peersFolder, repository } from '../../../e2e/netns/lab/host';
import { debian, NODE_FLAGS, ours } from '../../../e2e/netns/lab/subject';
import type { Dialect } from './sighting';

export interface BenchSubject {
  readonly name: string;
  readonly argv: readonly string[];
  /** Makes resolv.conf name the servers themselves, which is where it is seen that they change. */
  readonly withoutDnsProxy: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly dialect: Dialect;
  /** Can it take packets whose checksum the sender left to the hardware? */
  readonly offload: boolean;
  /** Where its name servers are to be read. */
  readonly resolvConf: string;
  /** It waits seconds before it believes in a carrier loss: fewer rounds of that. */
  readonly slowFailover: boolean;
  prepare(host: Host): Promise<void>;
}

/** Links of this name are there to carry foreign routes, and no one's business. */
export const FOREIGN_LINK = 'foreign';

const MAIN_CONF = `[General]
NetworkInterfaceBlacklist=vmnet,vboxnet,virbr,ifb,ve-,vb-,${FOREIGN_LINK}
`;

const NETWORKMANAGER_CONF = `[main]
plugins=keyfile
dhcp=internal
dns=default
rc-manager=unmanaged
auth-polkit=false
[keyfile]
unmanaged-devices=interface-name:${FOREIGN_LINK}*
[connectivity]
uri=http://ipv4.connman.net/online/status.html
response=
[logging]
level=WARN
`;

const connmanDaemons = {
  withoutDnsProxy: ['-r'],
  dialect: 'connman',
  resolvConf: '/run/connman/resolv.conf',
  slowFailover: false,
  prepare: async (host: Host) => host.write('/etc/connman/main.conf', MAIN_CONF),
} as const;

const ourBuild = (name: string, folder: string, flags: readonly string[]): BenchSubject => ({
  ...connmanDaemons,
  name,
  argv: [process.execPath, ...flags, `${repository}/tmp/bench/wired/${folder}connmand.js`, '-n'],
  env: ours.env,
  offload: ours.offload,
});

/** What `--before CHECKOUT` brings, with the flags it is installed with there. */
export const beforeSubject = (checkout: string): BenchSubject =>
  ourBuild('before', 'before/', JSON.parse(readFileSync(`${checkout}/tools/node-flags.json`, 'utf8')));

export const subjects: readonly BenchSubject[] = [
  ourBuild('ours', '', NODE_FLAGS),
  { ...connmanDaemons, name: 'connmand', argv: debian.daemon, env: debian.env, offload: debian.offload },
  {
    name: 'networkmanager',
    argv: [`${peersFolder}/usr/sbin/NetworkManager`, '--no-daemon'],
    withoutDnsProxy: [],
    env: debian.env,
    dialect: 'networkmanager',
    offload: true,
    resolvConf: '/run/NetworkManager/resolv.conf',
    slowFailover: true,
    async prepare(host) {
      host.write('/etc/NetworkManager/NetworkManager.conf', NETWORKMANAGER_CONF);
      host.write('/etc/machine-id', 'b08dfa6083e7567a1921a715000001fb\n');
      await host.run('mkdir -p /run/NetworkManager /var/lib/NetworkManager');
      await host.run('ln -sf /run/NetworkManager/resolv.conf /etc/resolv.conf');
      // A /sys that cannot be written tells it that no udev is going to announce links.
      await host.run('mount -o remount,bind,ro /sys');
    },
  },
];
