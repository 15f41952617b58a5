// A machine with the DNS proxy alone, and name servers at the far ends of its cables.

import { existsSync, readFileSync } from 'node:fs';
import type { Child } from '../netns/lab/child';
import { Host, peerLibraries, peersFolder, repository } from '../netns/lab/host';
import { NODE_FLAGS } from '../netns/lab/subject';

let sites = 0;
let links = 0;

export interface Far {
  readonly host: Host;
  /** The machine's end of the cable. */
  readonly link: string;
  /** The far end's address. */
  readonly address: string;
}

export class Site {
  readonly machine: Host;
  readonly #fars: Host[] = [];
  #proxy: Child | undefined;

  private constructor(machine: Host) {
    this.machine = machine;
  }

  static async open(): Promise<Site> {
    return new Site(await Host.open(`dns${process.pid}-${sites++}`));
  }

  /** A host at the far end of a cable: `subnet`.1 there, `subnet`.2 here. */
  async far(link: string, subnet: string): Promise<Far> {
    const host = await Host.open(`${this.machine.name}-${link}`);
    this.#fars.push(host);
    links++;
    await this.machine.connect({ link, ifindex: 10 + links }, host, { link: 'port', ifindex: 500 + links });
    await host.run('ip link set port up');
    await host.run(`ip address add ${subnet}.1/24 dev port`);
    await this.machine.run(`ip link set ${link} up`);
    await this.machine.run(`ip address add ${subnet}.2/24 dev ${link}`);
    return { host, link, address: `${subnet}.1` };
  }

  async startProxy(configuration: string): Promise<Child> {
    this.machine.write('/run/proxy.conf', configuration);
    const program = `${repository}/packages/dnsproxy/dist/connman-dnsproxyd.js`;
    this.#proxy = this.machine.start([process.execPath, ...NODE_FLAGS, program, '--config', '/run/proxy.conf']);
    await this.#proxy.line(/answering on/);
    return this.#proxy;
  }

  get proxy(): Child {
    if (!this.#proxy) throw new Error('no proxy was started');
    return this.#proxy;
  }

  /** The proxy's last lines. */
  said(lines: number): string {
    return this.#proxy?.output.tail(lines) ?? 'was not started';
  }

  /** The proxy's statistics, asked for by signal. */
  async statistics(): Promise<Record<string, unknown>> {
    const from = this.proxy.output.items.length;
    this.proxy.signal('SIGUSR1');
    const line = await this.proxy.output.until('statistics', () =>
      this.proxy.output.items.slice(from).find((text) => text.includes('{"queries"')),
    );
    return JSON.parse(line.slice(line.indexOf('{')));
  }

  /** dig with short answers, one try of two seconds; `''` when there is no answer. */
  async dig(...words: string[]): Promise<string> {
    return this.machine.run(['dig', '+tries=1', '+time=3', '+short', '@127.0.0.1', ...words]).catch(() => '');
  }

  /** The rcode of an answer, `none` when there was none. */
  async rcode(...words: string[]): Promise<string> {
    const text = await this.machine.run(['dig', '+tries=1', '+time=7', '@127.0.0.1', ...words]).catch(() => '');
    return /status: (\w+)/.exec(text)?.[1] ?? 'none';
  }

  async close(): Promise<void> {
    await this.machine.close();
    for (const far of this.#fars) await far.close();
  }
}

/** Runs one scenario; a failure carries what the proxy said. */
export async function inSite(scenario: (site: Site) => Promise<void>): Promise<void> {
  const site = await Site.open();
  try {
    await scenario(site);
  } catch (error) {
    if (error instanceof Error) error.message += `\n--- proxy\n${site.said(40)}`;
    throw error;
  } finally {
    await site.close();
  }
}

/** A program of the machine, or of the packages that tools/setup unpacked. */
export function serverProgram(name: string): string {
  return existsSync(`/usr/sbin/${name}`) ? `/usr/sbin/${name}` : `${peersFolder}/usr/sbin/${name}`;
}

export const serverEnvironment = peerLibraries();

/** A name server that answers as `behave` says; at first it is honest: every name has the address 192.0.2.1. */
export async function startRogue(far: Far, address = far.address, ...options: 'udp-only'[]): Promise<Child> {
  const child = far.host.start([process.execPath, `${repository}/e2e/dns/rogue.mjs`, address, ...options]);
  await child.line(/^listening$/);
  return child;
}

/** Sets what a rogue does from now on: one of the words that its file lists. */
export async function behave(server: Child, behaviour: string): Promise<void> {
  const from = server.output.items.length;
  server.write(`${behaviour}\n`);
  await server.output.until(behaviour, () => server.output.items.slice(from).includes(`behaving ${behaviour}`));
}

/** A strict authoritative server for corpus.test; `settings` are lines for its `server:` section. */
export async function startNsd(host: Host, address: string, port = 53, settings = ''): Promise<Child> {
  host.write('/run/corpus.zone', readFileSync(`${repository}/e2e/dns/corpus.zone`, 'utf8'));
  host.write(
    '/run/nsd.conf',
    `server:
 ip-address: ${address}@${port}
 username: ""
 chroot: ""
 database: ""
 zonesdir: "/run"
 pidfile: ""
 xfrdfile: "/run/xfrd.state"
 zonelistfile: "/run/zone.list"
 server-count: 1
 rrl-ratelimit: 0
${settings}
remote-control:
 control-enable: no
zone:
 name: corpus.test
 zonefile: corpus.zone
`,
  );
  const child = host.start([serverProgram('nsd'), '-d', '-c', '/run/nsd.conf'], { env: serverEnvironment });
  await child.line(/nsd started/);
  return child;
}

/** dnsmasq that knows just these names, logs what it is asked, and asks no one. */
export async function startDnsmasq(
  host: Host,
  records: readonly string[],
  more: readonly string[] = [],
): Promise<Child> {
  const child = host.start([
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--log-facility=-',
    '--log-queries',
    '--user=root',
    '--pid-file',
    '--no-resolv',
    '--no-hosts',
    '--local-ttl=60',
    ...records.map((record) => `--address=${record}`),
    ...more,
  ]);
  await child.line(/started, version/);
  return child;
}

/** Every DNS packet on the far end of a cable, a line each. */
export async function capture(host: Host, filter = 'port 53'): Promise<Child> {
  const child = host.start(['tcpdump', '-l', '-n', '-i', 'port', filter]);
  await child.line(/listening on/);
  return child;
}
