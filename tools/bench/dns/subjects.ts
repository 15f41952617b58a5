// The resolvers that are compared: how each is started so that it forwards to one server and answers on 127.0.0.1.
import { existsSync } from 'node:fs';
import { startBus } from '../../../e2e/netns/lab/bus';
import { type Host, peerLibraries, peersFolder, repository } from '../../../e2e/netns/lab/host';
import { NODE_FLAGS } from '../../../e2e/netns/lab/subject';

export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly address: string;
  /** Names it can hold in its cache, if that is less than what is asked for. */
  readonly maxNames: number;
  /** What it has in common with a resolver is only the load. */
  readonly isFloor: boolean;
  argv(upstream: string): readonly string[];
  prepare(host: Host, upstream: string): Promise<void>;
}

const plain = { address: '127.0.0.1', maxNames: Number.POSITIVE_INFINITY, isFloor: false };

export const subjects: readonly Subject[] = [
  {
    ...plain,
    name: 'ours',
    port: 5301,
    argv: () => [
      process.execPath,
      ...NODE_FLAGS,
      `${repository}/packages/dnsproxy/dist/connman-dnsproxyd.js`,
      '--config',
      '/run/ours.conf',
    ],
    async prepare(host, upstream) {
      host.write('/run/ours.conf', `[Proxy]\nPort=5301\n[Servers]\nServers=${upstream}\n`);
    },
  },
  {
    ...plain,
    name: 'dnsmasq',
    port: 5302,
    argv: (upstream) => [
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--port=5302',
      '--user=root',
      '--pid-file',
      '--no-resolv',
      '--no-hosts',
      '--cache-size=10000',
      '--dns-forward-max=5000',
      `--server=${upstream}`,
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
    ],
    prepare: async () => undefined,
  },
  {
    ...plain,
    name: 'unbound',
    port: 5303,
    argv: () => [program('unbound'), '-d', '-c', '/run/unbound.conf'],
    async prepare(host, upstream) {
      host.write('/run/unbound.conf', unboundConf(upstream));
    },
  },
  {
    ...plain,
    name: 'connmand',
    port: 53,
    // It holds 256 names at most and loses some before that.
    maxNames: 100,
    argv: () => [`${peersFolder}/usr/sbin/connmand`, '-n'],
    async prepare(host, upstream) {
      await startBus(host);
      host.write(
        '/var/lib/connman/bench.config',
        `[service_bench]\nType=ethernet\nIPv4=10.78.0.2/255.255.255.0/${upstream}\nIPv6=off\nNameservers=${upstream}\n`,
      );
    },
  },
  {
    ...plain,
    name: 'resolved',
    port: 53,
    address: '127.0.0.53',
    argv: () => [`${peersFolder}/lib/systemd/systemd-resolved`],
    async prepare(host, upstream) {
      host.write('/etc/systemd/resolved.conf', `[Resolve]\nDNS=${upstream}\nLLMNR=no\nMulticastDNS=no\nDNSSEC=no\n`);
      // It insists on a user of its own, on a folder and on a bus.
      host.write('/etc/passwd', `${host.read('/etc/passwd')}systemd-resolve:x:996:996::/:/usr/sbin/nologin\n`);
      host.write('/etc/group', `${host.read('/etc/group')}systemd-resolve:x:996:\n`);
      await host.run('mkdir -p /run/systemd/resolve');
      await host.run('chown 996:996 /run/systemd/resolve');
      await startBus(host);
    },
  },
  {
    ...plain,
    name: 'echo',
    port: 5304,
    isFloor: true,
    argv: () => [process.execPath, ...NODE_FLAGS, `${repository}/tmp/bench/dns/echo.js`, '5304'],
    prepare: async () => undefined,
  },
];

/** From the machine if it is installed, else from the unpacked packages. */
export function program(name: string): string {
  const installed = `/usr/sbin/${name}`;
  return existsSync(installed) ? installed : `${peersFolder}${installed}`;
}

export const environment = peerLibraries();

function unboundConf(upstream: string): string {
  return `server:
  interface: 127.0.0.1
  port: 5303
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "/run"
  pidfile: ""
  use-syslog: no
  num-threads: 1
  module-config: "iterator"
  do-not-query-localhost: no
  prefetch: yes
  msg-cache-size: 16m
  rrset-cache-size: 32m
  outgoing-range: 8192
  num-queries-per-thread: 4096
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: ${upstream}
`;
}
