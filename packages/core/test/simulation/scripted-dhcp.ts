/** A DHCP component whose servers are the test: it says what it is told to say of the clients that run. */
import type {
  Dhcp4Event,
  Dhcp4Lease,
  Dhcp4Request,
  Dhcp6Event,
  Dhcp6Lease,
  Dhcp6Request,
  DhcpComponent,
  DhcpEvent,
  DhcpRequest,
} from '@connman/contracts';
import type { Duid, Family, Ipv4Address, Ipv6Address, MacAddress } from '@connman/inet';

export class ScriptedDhcp implements DhcpComponent {
  readonly running = new Map<number, Dhcp4Request>();
  readonly running6 = new Map<number, Dhcp6Request>();
  private readonly addresses = new Map<number, Ipv4Address>();
  /** A client was started. */
  onStart: (ifindex: number) => void = () => {};
  private listener: (event: DhcpEvent) => void = () => {};

  start(request: DhcpRequest): void {
    if (request.family === 6) return void this.running6.set(request.ifindex, request);
    this.running.set(request.ifindex, request);
    this.onStart(request.ifindex);
    if (request.lastAddress) this.addresses.set(request.ifindex, request.lastAddress);
  }

  stop(ifindex: number, family: Family): void {
    (family === 4 ? this.running : this.running6).delete(ifindex);
  }

  renew(): void {}

  decline(): void {}

  onEvent(listener: (event: DhcpEvent) => void): void {
    this.listener = listener;
  }

  bound(ifindex: number, lease: Dhcp4Lease): void {
    this.addresses.set(ifindex, lease.address);
    this.say({ kind: 'bound', family: 4, ifindex, lease, ageSeconds: 0 });
  }

  /** The client has waited for a server in vain, and uses the lease on that it was started with. */
  reused(ifindex: number): void {
    const held = this.running.get(ifindex)?.held;
    if (!held) throw new Error(`the client on link ${ifindex} holds no lease`);
    this.say({ kind: 'bound', family: 4, ifindex, ...held });
  }

  /** The address last bound, unless it says which. */
  lost(ifindex: number, reason: 'expired' | 'refused' | 'conflict', address = this.addresses.get(ifindex)): void {
    this.say({ kind: 'lost', family: 4, ifindex, reason, address: address ?? ('0.0.0.0' as Ipv4Address) });
  }

  silent(ifindex: number, linkLocal: string): void {
    this.say({ kind: 'silent', family: 4, ifindex, linkLocal: linkLocal as Ipv4Address });
  }

  conflict(ifindex: number, address: string, mac: string): void {
    this.say({ kind: 'conflict', family: 4, ifindex, address: address as Ipv4Address, mac: mac as MacAddress });
  }

  failed(ifindex: number, reason: string): void {
    this.running.delete(ifindex);
    this.listener({ kind: 'failed', family: 4, ifindex, reason });
  }

  say6(event: Dhcp6Event): void {
    if (!this.running6.has(event.ifindex)) throw new Error(`no DHCPv6 client runs on link ${event.ifindex}`);
    this.listener(event);
  }

  private say(event: Dhcp4Event): void {
    if (!this.running.has(event.ifindex)) throw new Error(`no DHCP client runs on link ${event.ifindex}`);
    this.listener(event);
  }
}

export function lease6Of(address: string, validSeconds = 3600): Dhcp6Lease {
  return {
    server: '000300010200000000ff' as Duid,
    addresses: [{ address: address as Ipv6Address, preferredSeconds: validSeconds / 2, validSeconds }],
    prefixes: [],
    configuration: {
      nameservers: ['2001:db8::53' as Ipv6Address],
      searchDomains: ['six.test'],
      timeservers: [],
      captivePortalUrl: '',
    },
    t1Seconds: validSeconds / 4,
    t2Seconds: validSeconds / 3,
  };
}

export interface LeaseOptions {
  readonly gateway?: string;
  readonly prefixLength?: number;
  readonly nameservers?: readonly string[];
  readonly leaseSeconds?: number;
  readonly mtu?: number;
  readonly domain?: string;
  readonly captivePortalUrl?: string;
  readonly metered?: boolean;
}

/** A lease as a home router gives it. */
export function leaseOf(address: string, options: LeaseOptions = {}): Dhcp4Lease {
  const gateway = (options.gateway ?? address.replace(/\d+$/, '1')) as Ipv4Address;
  const leaseSeconds = options.leaseSeconds ?? 3600;
  return {
    address: address as Ipv4Address,
    prefixLength: options.prefixLength ?? 24,
    server: gateway,
    routes: [{ destination: { address: '0.0.0.0' as Ipv4Address, length: 0 }, gateway }],
    nameservers: (options.nameservers ?? [gateway]) as readonly Ipv4Address[],
    domain: options.domain ?? '',
    searchDomains: [],
    timeservers: [],
    mtu: options.mtu ?? 0,
    hostname: '',
    proxyAutoConfigUrl: '',
    captivePortalUrl: options.captivePortalUrl ?? '',
    metered: options.metered ?? false,
    leaseSeconds,
    t1Seconds: leaseSeconds / 2,
    t2Seconds: (leaseSeconds * 7) / 8,
  };
}
