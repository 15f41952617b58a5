// A network at the far end of a cable: a host of its own with a DHCP server, a name server and a web server.
import type { Child } from './child';
import { Host, peerLibraries, peersFolder, repository } from './host';
import { startIsc } from './isc';

export interface NetworkPlan {
  /** The machine's end of the cable. */
  readonly link: string;
  /** The first three numbers of a /24; the far end is .1 and leases are .100 to .150. */
  readonly subnet: string;
  readonly server: 'dnsmasq' | 'kea' | 'isc' | 'none';
  readonly leaseSeconds: number;
  /** T1 and T2, for servers that can say them (kea, isc). */
  readonly renewSeconds?: number;
  readonly rebindSeconds?: number;
  readonly authoritative: boolean;
  /** More options for dnsmasq, such as --dhcp-option=... */
  readonly dnsmasq: readonly string[];
}

const EMPTY_PLAN: Omit<NetworkPlan, 'link' | 'subnet'> = {
  server: 'dnsmasq',
  leaseSeconds: 3600,
  authoritative: true,
  dnsmasq: [],
};

export type NetworkWish = Partial<NetworkPlan> & Pick<NetworkPlan, 'link' | 'subnet'>;

/** What the web server answers to the online check. */
export type WebAnswer = 'online' | 'portal' | 'altered' | 'authenticate' | 'secured' | 'missing' | 'silent';

let cables = 0;

export class Network {
  readonly far: Host;
  readonly #machine: Host;
  plan: NetworkPlan;
  #dhcp: Child | undefined;
  #dns: Child | undefined;
  #services: Child | undefined;

  private constructor(machine: Host, far: Host, plan: NetworkPlan) {
    this.#machine = machine;
    this.far = far;
    this.plan = plan;
  }

  /** Lays a cable, still unplugged, from the machine to a new network whose servers are up. */
  static async open(machine: Host, wish: NetworkWish, offload: boolean): Promise<Network> {
    const far = await Host.open(`${machine.name}-${wish.link}`);
    const network = new Network(machine, far, { ...EMPTY_PLAN, ...wish });
    try {
      await network.#build(offload);
    } catch (error) {
      await far.close();
      throw error;
    }
    return network;
  }

  async #build(offload: boolean): Promise<void> {
    const { link } = this.plan;
    // Different interface indices: with equal ones the kernel holds carrier events back for up to a second.
    cables = (cables + 1) % 400;
    await this.#machine.connect({ link, ifindex: 10 + cables }, this.far, { link: 'port', ifindex: 500 + cables });
    // Clients that check the sums of packets whose sums were left to the hardware need it to be done in software.
    if (!offload) await this.far.run('ethtool -K port tx off');
    // Servers want to see a running link when they start.
    await this.#machine.run(`ip link set ${link} up`);
    await this.plug();
    await this.far.run(`ip address add ${this.gateway}/24 dev port`);
    await this.serve();
    await this.unplug();
    await this.#machine.run(`ip link set ${link} down`);
  }

  get gateway(): string {
    return `${this.plan.subnet}.1`;
  }

  /** What the DHCP server logged. */
  get dhcp(): Child {
    if (!this.#dhcp) throw new Error(`no DHCP server runs on ${this.far.name}`);
    return this.#dhcp;
  }

  /** Requests the web server saw, one line each, and connections of the echo server. */
  get services(): Child {
    if (!this.#services) throw new Error(`no servers run on ${this.far.name}`);
    return this.#services;
  }

  async plug(): Promise<void> {
    await this.far.run('ip link set port up');
  }

  async unplug(): Promise<void> {
    await this.far.run('ip link set port down');
  }

  /** Ends the DHCP server without a word to its clients. */
  async stopDhcp(): Promise<void> {
    await this.#dhcp?.stop('SIGKILL');
  }

  /** Becomes another network: other servers, and another subnet if the plan says so. */
  async become(wish: Partial<NetworkPlan>): Promise<void> {
    const before = this.gateway;
    this.plan = { ...this.plan, ...wish };
    await this.stopDhcp();
    await this.#dns?.stop('SIGKILL');
    if (this.gateway !== before) {
      await this.far.run(`ip address add ${this.gateway}/24 dev port`);
      await this.far.run(`ip address del ${before}/24 dev port`);
    }
    await this.serve();
  }

  async answerWith(answer: WebAnswer): Promise<void> {
    this.services.write(`${answer}\n`);
    await this.services.line(new RegExp(`^answering ${answer}$`));
  }

  async serve(): Promise<void> {
    const { server } = this.plan;
    const namesToo = !this.#dns || this.#dns.exit !== undefined;
    if (server === 'dnsmasq') this.#dns = this.#dhcp = await this.#startDnsmasq(this.#dnsmasqLeases());
    else if (namesToo) this.#dns = await this.#startDnsmasq([]);
    if (server === 'kea') this.#dhcp = await this.#startKea();
    if (server === 'isc') this.#dhcp = await this.#startIsc();
    if (!this.#services) {
      this.#services = this.far.start([process.execPath, `${repository}/e2e/netns/lab/far-services.mjs`]);
      await this.#services.line(/^listening$/);
    }
  }

  /** What its servers said last. */
  report(): string {
    return [this.#dhcp, this.#services].map((child) => child?.output.tail(30) ?? '').join('\n');
  }

  async close(): Promise<void> {
    await this.far.close();
  }

  #dnsmasqLeases(): string[] {
    const { subnet, leaseSeconds, authoritative, dnsmasq } = this.plan;
    return [
      `--dhcp-range=${subnet}.100,${subnet}.150,255.255.255.0,${leaseSeconds}`,
      '--dhcp-leasefile=/run/dnsmasq.leases',
      '--log-dhcp',
      '--no-ping',
      ...(authoritative ? ['--dhcp-authoritative'] : []),
      ...dnsmasq,
    ];
  }

  async #startDnsmasq(more: readonly string[]): Promise<Child> {
    const child = this.far.start([
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--log-facility=-',
      '--user=root',
      '--pid-file',
      '--no-resolv',
      '--no-hosts',
      '--domain=lab.example',
      `--address=/ipv4.connman.net/${this.gateway}`,
      `--address=/gateway.example/${this.gateway}`,
      ...more,
    ]);
    await child.line(/started, version/);
    return child;
  }

  async #startKea(): Promise<Child> {
    const { subnet, leaseSeconds, renewSeconds, rebindSeconds, authoritative } = this.plan;
    const pool = {
      id: 1,
      subnet: `${subnet}.0/24`,
      pools: [{ pool: `${subnet}.100 - ${subnet}.150` }],
      'option-data': [
        { name: 'routers', data: this.gateway },
        { name: 'domain-name-servers', data: this.gateway },
        { name: 'domain-name', data: 'lab.example' },
      ],
    };
    const config = {
      Dhcp4: {
        'interfaces-config': { interfaces: ['port'] },
        'lease-database': { type: 'memfile', persist: false },
        'valid-lifetime': leaseSeconds,
        ...(renewSeconds === undefined ? {} : { 'renew-timer': renewSeconds }),
        ...(rebindSeconds === undefined ? {} : { 'rebind-timer': rebindSeconds }),
        authoritative,
        subnet4: [pool],
        loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
      },
    };
    this.far.write('/run/kea.json', JSON.stringify(config));
    const child = this.far.start([`${peersFolder}/usr/sbin/kea-dhcp4`, '-c', '/run/kea.json'], {
      env: { ...peerLibraries(), KEA_LOCKFILE_DIR: 'none', KEA_PIDFILE_DIR: '/run' },
    });
    await child.line(/DHCP4_STARTED/);
    return child;
  }

  #startIsc(): Promise<Child> {
    const { subnet, leaseSeconds, renewSeconds, rebindSeconds, authoritative } = this.plan;
    return startIsc(
      this.far,
      4,
      `${authoritative ? 'authoritative;' : 'not authoritative;'}
       ping-check false;
       default-lease-time ${leaseSeconds};
       min-lease-time ${leaseSeconds};
       max-lease-time ${leaseSeconds};
       ${renewSeconds === undefined ? '' : `option dhcp-renewal-time ${renewSeconds};`}
       ${rebindSeconds === undefined ? '' : `option dhcp-rebinding-time ${rebindSeconds};`}
       subnet ${subnet}.0 netmask 255.255.255.0 {
         range ${subnet}.100 ${subnet}.150;
         option routers ${this.gateway};
         option domain-name-servers ${this.gateway};
         option domain-name "lab.example";
       }`,
    );
  }
}
