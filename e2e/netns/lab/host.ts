// A host of the laboratory: a set of namespaces (network, mount, pid, host name, ipc) in which programs are started.
//
// The namespaces live as long as process 1 of their pid namespace, and that one waits on a pipe to us: however this
// program ends, also by SIGKILL, the kernel ends everything that ran inside and takes the links down with it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Child } from './child';
import { EventRecord } from './record';

export const repository = checkout(__dirname);
export const peersFolder = path.join(repository, 'tmp/peers');

/** Programs unpacked below tmp/peers find their libraries there. */
export function peerLibraries(): NodeJS.ProcessEnv {
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu', arm: 'arm-linux-gnueabihf' }[
    process.arch as string
  ];
  const folders = [`usr/lib/${triplet}`, `lib/${triplet}`, `usr/lib/${triplet}/systemd`];
  return { LD_LIBRARY_PATH: folders.map((folder) => `${peersFolder}/${folder}`).join(':') };
}

/** What a program may write is private to the host; the rest of the file system is the machine's own. */
const PRIVATE_FILES = `
set -e
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/dbus /run/etc /run/repository
cp -a /etc/. /run/etc/
rm -rf /run/etc/resolv.conf /run/etc/connman /run/etc/NetworkManager
mkdir -p /run/connman /run/etc/connman /run/etc/NetworkManager
ln -s /run/connman/resolv.conf /run/etc/resolv.conf
mount --bind /run/etc /etc
mount --bind "$REPOSITORY" /run/repository
mount -t tmpfs tmpfs /var/lib
[ ! -S /dev/log ] || mount --bind /dev/null /dev/log
[ -e "$REPOSITORY" ] || { mkdir -p "$REPOSITORY"; mount --bind /run/repository "$REPOSITORY"; }
hostname "$NAME"
ip link set lo up
echo ready
# As a child, so that the shell is process 1 and takes leave of what daemons leave behind.
cat
exit
`;

/** No program of the laboratory may move the machine's clock. */
const WITHOUT_CLOCK = ['setpriv', '--bounding-set', '-sys_time', '--'];

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Run as this user id instead of root. */
  readonly uid?: number;
  /** Where its lines go, when not to a record of its own. */
  readonly output?: EventRecord<string>;
}

export interface LinkEnd {
  readonly link: string;
  readonly ifindex: number;
}

export class Host {
  readonly name: string;
  /** Lines of `ip monitor`: every change of a link, an address, a route or a rule. */
  readonly kernel = new EventRecord<string>();
  readonly #holder: Child;
  readonly #pid: number;

  private constructor(name: string, holder: Child, pid: number) {
    this.name = name;
    this.#holder = holder;
    this.#pid = pid;
  }

  static async open(name: string): Promise<Host> {
    const flags = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child'];
    const env = { ...process.env, PATH: searchPath(), REPOSITORY: repository, NAME: name };
    const holder = new Child(['unshare', ...flags, ...WITHOUT_CLOCK, 'sh', '-c', PRIVATE_FILES], {
      env,
      behindNsenter: true,
    });
    await holder.line(/^ready$/);
    const host = new Host(name, holder, holder.pid);
    await host.#watchKernel();
    return host;
  }

  /** Starts a program in this host. */
  start(argv: readonly string[], options: StartOptions = {}): Child {
    const user =
      options.uid === undefined ? [] : ['setpriv', `--reuid=${options.uid}`, '--clear-groups', '--inh-caps=-all', '--'];
    return new Child([...this.#enter(), ...WITHOUT_CLOCK, ...user, ...argv], {
      env: { PATH: searchPath(), LANG: 'C', HOME: '/root', ...options.env },
      output: options.output,
      behindNsenter: true,
    });
  }

  /** Runs a program to its end. @returns its output; @throws Error with the output when it fails. */
  async run(argv: readonly string[] | string, options: StartOptions = {}): Promise<string> {
    const words = typeof argv === 'string' ? argv.split(' ') : argv;
    return this.start(words, options).succeeded(`${this.name}: ${words.join(' ')}`);
  }

  /** Runs a program at the terminal we have, to its end. */
  async attach(argv: readonly string[]): Promise<void> {
    const [program = '', ...args] = [...this.#enter(), ...WITHOUT_CLOCK, ...argv];
    const env = { PATH: searchPath(), LANG: 'C', HOME: '/root', TERM: process.env.TERM };
    const attached = spawn(program, args, { env, stdio: 'inherit' });
    await new Promise((resolve) => attached.once('close', resolve));
  }

  /** A path of this host as seen from outside. */
  path(inside: string): string {
    return `/proc/${this.#pid}/root${inside}`;
  }

  read(inside: string): string {
    return readFileSync(this.path(inside), 'utf8');
  }

  write(inside: string, text: string): void {
    mkdirSync(path.dirname(this.path(inside)), { recursive: true });
    writeFileSync(this.path(inside), text);
  }

  remove(inside: string): void {
    rmSync(this.path(inside));
  }

  /** Lays a cable: a veth pair with one end here and one end there. */
  async connect(here: LinkEnd, other: Host, there: LinkEnd): Promise<void> {
    await this.connectAll(other, [{ here, there }]);
  }

  async connectAll(other: Host, cables: readonly { here: LinkEnd; there: LinkEnd }[]): Promise<void> {
    const end = ({ link, ifindex }: LinkEnd) => `${link} index ${ifindex}`;
    const add = cables.map(
      ({ here, there }) => `link add ${end(here)} type veth peer name ${end(there)} netns ${other.#pid}\n`,
    );
    // From outside the pid namespaces, where the other host has a number.
    const inHere = ['nsenter', '--target', String(this.#pid), '--net', '--'];
    const child = new Child([...inHere, 'ip', '-batch', '-'], { env: { PATH: searchPath() } });
    child.write(add.join(''));
    child.closeInput();
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`${add[0]} failed, or one after it: ${child.output.tail()}`);
  }

  /** IPv4 addresses of a link as "192.0.2.7/24". */
  async addresses(link: string): Promise<string[]> {
    const [entry] = JSON.parse((await this.run(`ip -j -4 address show dev ${link}`)) || '[]') as AddressDump[];
    return (entry?.addr_info ?? []).filter((info) => info.local).map((info) => `${info.local}/${info.prefixlen}`);
  }

  /** IPv4 default routes in the order the kernel prefers them. */
  async defaultRoutes(): Promise<{ dev: string; gateway?: string; metric?: number }[]> {
    return JSON.parse((await this.run('ip -j -4 route show default')) || '[]');
  }

  /** Waits, from one kernel event to the next, until `look` answers. */
  async until<R>(what: string, look: () => R | Promise<R>, deadlineMs?: number): Promise<NonNullable<R>> {
    return this.kernel.until(`${what} on ${this.name}`, look, deadlineMs);
  }

  async close(): Promise<void> {
    this.#holder.closeInput();
    await this.#holder.exited;
  }

  #enter(): string[] {
    // --root: in a chroot, the root of the mount namespace would be another one.
    return ['nsenter', '--target', String(this.#pid), '--net', '--mount', '--root', '--pid', '--uts', '--ipc', '--'];
  }

  async #watchKernel(): Promise<void> {
    const monitor = this.start(['ip', 'monitor', 'link', 'address', 'route', 'rule'], { output: this.kernel });
    // The monitor does not say when it listens: stir the loopback link until it reports it.
    for (let mtu = 65_535; this.kernel.items.length === 0; mtu--) {
      if (monitor.exit || mtu < 65_000) throw new Error(`ip monitor does not report: ${this.kernel.tail()}`);
      await this.run(`ip link set lo mtu ${mtu}`);
    }
    await this.run('ip link set lo mtu 65536');
  }
}

interface AddressDump {
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen: number }[];
}

function searchPath(): string {
  return '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
}

/** The folder of this checkout, from a source file or from a bundle. */
function checkout(folder: string): string {
  return existsSync(path.join(folder, 'nx.json')) ? folder : checkout(path.dirname(folder));
}
