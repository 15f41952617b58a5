// A network behind access points: one bridge with a DHCP server, a name server and a web server.
import type { Child } from '../../netns/lab/child';
import { repository } from '../../netns/lab/host';
import { Machine } from './machine';

export class Site {
  readonly machine: Machine;
  readonly subnet: string;
  readonly bridge = 'br0';
  #dnsmasq: Child | undefined;
  #services: Child | undefined;

  private constructor(machine: Machine, subnet: string) {
    this.machine = machine;
    this.subnet = subnet;
  }

  /** `subnet`: the first three numbers of a /24; the site's own address is .1, leases are .100 to .150. */
  static async open(itself: Machine, name: string, subnet: string): Promise<Site> {
    const site = new Site(await Machine.beside(itself, name), subnet);
    await site.machine.run(`ip link add ${site.bridge} type bridge forward_delay 0`);
    await site.machine.run(`ip link set ${site.bridge} up`);
    await site.machine.run(`ip address add ${site.gateway}/24 dev ${site.bridge}`);
    await site.startServers();
    return site;
  }

  get gateway(): string {
    return `${this.subnet}.1`;
  }

  /** What the DHCP server logged. */
  get dhcp(): Child {
    if (!this.#dnsmasq) throw new Error(`no DHCP server runs at ${this.machine.name}`);
    return this.#dnsmasq;
  }

  /** Requests the web server saw, and connections of the echo server on port 7. */
  get services(): Child {
    if (!this.#services) throw new Error(`no servers run at ${this.machine.name}`);
    return this.#services;
  }

  async startServers(): Promise<void> {
    await this.startDhcp();
    const script = `${repository}/e2e/netns/lab/far-services.mjs`;
    this.#services = this.machine.start([process.execPath, script], { log: `${this.machine.name}-services` });
    await this.#services.line(/^listening$/);
  }

  async startDhcp(): Promise<void> {
    const words = [
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--log-facility=-',
      '--log-dhcp',
      '--user=root',
      '--pid-file',
      '--no-resolv',
      '--no-hosts',
      '--no-ping',
      `--interface=${this.bridge}`,
      '--bind-interfaces',
      `--dhcp-leasefile=/run/${this.machine.name}.leases`,
      '--dhcp-authoritative',
      `--dhcp-range=${this.subnet}.100,${this.subnet}.150,255.255.255.0,1h`,
      `--address=/ipv4.connman.net/${this.gateway}`,
      `--address=/gateway.example/${this.gateway}`,
    ];
    this.#dnsmasq = this.machine.start(words, { log: `${this.machine.name}-dnsmasq` });
    await this.#dnsmasq.line(/started, version/);
  }

  /** Ends the DHCP and name server without a word to its clients. */
  async stopDhcp(): Promise<void> {
    await this.#dnsmasq?.stop('SIGKILL');
  }

  /** How the web server answers the online check from now on. */
  async answerWith(answer: 'online' | 'portal' | 'missing' | 'silent'): Promise<void> {
    this.services.write(`${answer}\n`);
    await this.services.line(new RegExp(`^answering ${answer}$`));
  }
}
