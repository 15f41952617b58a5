// A machine with connman-dhcp alone, and a DHCPv6 server at the far end of its cable.
import { Variant } from 'dbus-next';
import { BusClient, startBus, type Value } from '../netns/lab/bus';
import type { Child } from '../netns/lab/child';
import { Host, repository } from '../netns/lab/host';
import { startIsc } from '../netns/lab/isc';
import { startKea6 } from '../netns/lab/kea6';
import { EventRecord } from '../netns/lab/record';
import { NODE_FLAGS } from '../netns/lab/subject';

export const IFINDEX = 11;
export const DUID = '000100012abb0000020000000001';

export interface DhcpEvent {
  readonly kind: string;
  readonly details: { [key: string]: Value };
}

export interface ServerWish {
  readonly kind: 'dnsmasq' | 'kea' | 'isc';
  /** Lifetimes in seconds; T1 and T2 only where the server can say them. */
  readonly valid?: number;
  readonly preferred?: number;
  readonly t1?: number;
  readonly t2?: number;
  /** The network the server is on, a /64. */
  readonly network?: string;
  readonly rapidCommit?: boolean;
  readonly stateless?: boolean;
  /** Delegated prefixes of /56 come from here, a /48. */
  readonly delegates?: string;
}

type Wish = Required<Omit<ServerWish, 'delegates'>> & Pick<ServerWish, 'delegates'>;

const USUAL = {
  valid: 3600,
  preferred: 1800,
  t1: 900,
  t2: 1440,
  network: '2001:db8:1',
  rapidCommit: false,
  stateless: false,
};

let sites = 0;

class Dhcp6Site {
  readonly machine: Host;
  readonly far: Host;
  readonly events = new EventRecord<DhcpEvent>((event) => JSON.stringify(event));
  #bus: BusClient | undefined;
  #program: Child | undefined;
  #server: Child | undefined;

  private constructor(machine: Host, far: Host) {
    this.machine = machine;
    this.far = far;
  }

  static async open(): Promise<Dhcp6Site> {
    const name = `dhcp${process.pid}-${sites++}`;
    const [machine, far] = [await Host.open(name), await Host.open(`${name}-far`)];
    const site = new Dhcp6Site(machine, far);
    try {
      await startBus(machine);
      await machine.connect({ link: 'eth0', ifindex: IFINDEX }, far, { link: 'port', ifindex: 501 });
      // What the machine has by itself stays out of the picture: its link-local address alone.
      await machine.run('sysctl -qw net.ipv6.conf.eth0.accept_ra=0');
      await far.run('sysctl -qw net.ipv6.conf.port.accept_dad=0 net.ipv6.conf.all.forwarding=1');
      await machine.run('ip link set eth0 up');
      await far.run('ip link set port up');
    } catch (error) {
      await site.close();
      throw error;
    }
    return site;
  }

  get server(): Child {
    if (!this.#server) throw new Error('no server was started');
    return this.#server;
  }

  get program(): Child {
    if (!this.#program) throw new Error('the program was not started');
    return this.#program;
  }

  async startProgram(): Promise<void> {
    const file = `${repository}/packages/dhcp/dist/connman-dhcp.js`;
    const env = { CONNMAN_DHCP_DEBUG: '1' };
    this.#bus = await BusClient.connect(this.machine);
    this.#bus.onSignal.push(({ interface: name, body }) => {
      const [ifindex, family, kind, details] = body;
      if (name !== 'net.connman.dhcp.Client' || ifindex !== IFINDEX || family !== 6) return;
      this.events.add({ kind: kind as string, details: details as DhcpEvent['details'] });
    });
    await this.#bus.addMatch("type='signal',interface='net.connman.dhcp.Client'");
    await this.#bus.addMatch("type='signal',member='NameOwnerChanged',arg0='net.connman.dhcp'");
    const owned = new Promise<void>((resolve) =>
      this.#bus?.onSignal.push(({ member }) => member === 'NameOwnerChanged' && resolve()),
    );
    this.#program = this.machine.start([process.execPath, ...NODE_FLAGS, file], { env });
    await owned;
  }

  /** Starts a client; the properties are those of the bus. */
  async start(changes: { readonly [key: string]: Variant | undefined } = {}): Promise<void> {
    if (!this.#program) await this.startProgram();
    const request: { [key: string]: Variant | undefined } = {
      Interface: new Variant('s', 'eth0'),
      Mode: new Variant('s', 'stateful'),
      DUID: new Variant('s', DUID),
      IAID: new Variant('u', 0x01020304),
      Address: new Variant('b', true),
      Hostname: new Variant('s', 'box'),
      ...changes,
    };
    for (const [key, value] of Object.entries(request)) if (!value) delete request[key];
    await this.#call('Start', 'uya{sv}', [IFINDEX, 6, request]);
  }

  renew = () => this.#call('Renew', 'uy', [IFINDEX, 6]);
  stop = (release: boolean) => this.#call('Stop', 'uyb', [IFINDEX, 6, release]);
  decline = (address: string) => this.#call('Decline', 'us', [IFINDEX, address]);

  async #call(member: string, signature: string, body: readonly unknown[]): Promise<void> {
    const destination = 'net.connman.dhcp';
    await this.#bus?.call({ destination, path: '/', interface: 'net.connman.dhcp.Client', member, signature, body });
  }

  /** The next event of this kind that is not before `from`. */
  event(kind: string, from = 0, deadlineMs?: number): Promise<DhcpEvent> {
    return this.events.until(
      `a ${kind} event`,
      () => this.events.items.slice(from).find((event) => event.kind === kind),
      deadlineMs,
    );
  }

  async serve(wish: ServerWish): Promise<void> {
    const plan: Wish = { ...USUAL, ...wish };
    await this.stopServer();
    await this.far.run('ip -6 address flush dev port scope global');
    await this.far.run(`ip -6 address add ${plan.network}::1/64 dev port nodad`);
    if (plan.kind === 'dnsmasq') this.#server = await this.#dnsmasq(plan);
    if (plan.kind === 'kea') this.#server = await startKea6(this.far, plan);
    if (plan.kind === 'isc') this.#server = await this.#isc(plan);
  }

  async stopServer(): Promise<void> {
    await this.#server?.stop('SIGKILL');
    this.#server = undefined;
  }

  async #dnsmasq({ network, valid, stateless, rapidCommit }: Wish): Promise<Child> {
    const child = this.far.start([
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--log-facility=-',
      '--user=root',
      '--pid-file',
      '--port=0',
      '--log-dhcp',
      '--enable-ra',
      '--dhcp-leasefile=/run/dnsmasq6.leases',
      stateless
        ? `--dhcp-range=${network}::,ra-stateless,64`
        : `--dhcp-range=${network}::100,${network}::1ff,64,${valid}`,
      `--dhcp-option=option6:dns-server,[${network}::53]`,
      '--dhcp-option=option6:domain-search,lab.example,example.org',
      `--dhcp-option=option6:ntp-server,[${network}::123]`,
      ...(rapidCommit ? ['--dhcp-rapid-commit'] : []),
    ]);
    await child.line(/started, version/);
    return child;
  }

  #isc({ network, valid, preferred, t1, t2, delegates }: Wish): Promise<Child> {
    return startIsc(
      this.far,
      6,
      `authoritative;
       default-lease-time ${valid};
       preferred-lifetime ${preferred};
       option dhcp-renewal-time ${t1};
       option dhcp-rebinding-time ${t2};
       option dhcp6.name-servers ${network}::53;
       option dhcp6.domain-search "lab.example", "example.org";
       option dhcp6.sntp-servers ${network}::123;
       option dhcp6.info-refresh-time 3600;
       subnet6 ${network}::/64 {
         range6 ${network}::100 ${network}::1ff;
         ${delegates ? `prefix6 ${delegates} ${delegates.replace(/::$/, ':ff00::')} /56;` : ''}
       }`,
    );
  }

  /** What happened, for the message of a failed test. */
  report(): string {
    const lines = (child: Child | undefined) => child?.output.tail(30) ?? '';
    return `\n--- events\n${this.events.tail(20)}\n--- program\n${lines(this.#program)}\n--- server\n${lines(this.#server)}`;
  }

  async close(): Promise<void> {
    this.#bus?.close();
    await Promise.all([this.machine.close(), this.far.close()]);
  }
}

/** Runs one scenario on a fresh site; a failure carries its story. */
export async function onSite(scenario: (site: Dhcp6Site) => Promise<void>): Promise<void> {
  const site = await Dhcp6Site.open();
  try {
    await scenario(site);
  } catch (error) {
    if (error instanceof Error) error.message += site.report();
    throw error;
  } finally {
    await site.close();
  }
}
