/** A DHCP component whose servers are the test: it says what it is told to say of the clients that run. */
import type { Dhcp4Event, Dhcp4Lease, Dhcp4Request, DhcpComponent } from '@connman/contracts';
import type { Ipv4Address, MacAddress } from '@connman/inet';

export class ScriptedDhcp implements DhcpComponent {
  readonly running = new Map<number, Dhcp4Request>();
  private listener: (event: Dhcp4Event) => void = () => {};

  start(request: Dhcp4Request): void {
    this.running.set(request.ifindex, request);
  }

  stop(ifindex: number): void {
    this.running.delete(ifindex);
  }

  renew(): void {}

  onEvent(listener: (event: Dhcp4Event) => void): void {
    this.listener = listener;
  }

  bound(ifindex: number, lease: Dhcp4Lease): void {
    this.say({ kind: 'bound', ifindex, lease });
  }

  lost(ifindex: number, reason: 'expired' | 'refused' | 'conflict'): void {
    this.say({ kind: 'lost', ifindex, reason });
  }

  silent(ifindex: number, linkLocal: string): void {
    this.say({ kind: 'silent', ifindex, linkLocal: linkLocal as Ipv4Address });
  }

  conflict(ifindex: number, address: string, mac: string): void {
    this.say({ kind: 'conflict', ifindex, address: address as Ipv4Address, mac: mac as MacAddress });
  }

  failed(ifindex: number, reason: string): void {
    this.running.delete(ifindex);
    this.listener({ kind: 'failed', ifindex, reason });
  }

  private say(event: Dhcp4Event): void {
    if (!this.running.has(event.ifindex)) throw new Error(`no DHCP client runs on link ${event.ifindex}`);
    this.listener(event);
  }
}

export interface LeaseOptions {
  readonly gateway?: string;
  readonly prefixLength?: number;
  readonly nameservers?: readonly string[];
  readonly leaseSeconds?: number;
  readonly mtu?: number;
  readonly domain?: string;
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
    captivePortalUrl: '',
    leaseSeconds,
    t1Seconds: leaseSeconds / 2,
    t2Seconds: (leaseSeconds * 7) / 8,
  };
}
