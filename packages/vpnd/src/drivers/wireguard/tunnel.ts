/** One WireGuard link: made and set up through the kernel's own netlink interface, its endpoints kept where their names are. */
import type { IpAddress } from '@connman/inet';
import {
  GenericSocket,
  setWireguardDevice,
  setWireguardEndpoint,
  WIREGUARD_FAMILY,
  type WireguardPeer,
  type WireguardPeerStatus,
  wireguardPeers,
} from '@connman/netlink';
import type { TunnelFacts } from '../../connection/tunnel';
import type { Attempt, Tunnel, TunnelRecord } from '../../driver';
import { failureOf } from '../../driver';
import type { DriverTools } from '../shared/tools';
import { type EndpointState, firstEndpoint, nextEndpoint } from './endpoints';
import type { PlannedPeer, WireguardPlan } from './plan';

/** Rule 187. */
const lookEveryMs = 20_000;
/** A resolver that is not up yet, on the way from boot to online. */
const lookUpRetriesMs = [500, 1000, 2000, 4000];

export class WireguardTunnel implements Tunnel {
  readonly record: TunnelRecord;
  private readonly tools: DriverTools;
  private readonly attempt: Attempt;
  private readonly plan: WireguardPlan;
  private readonly socket: GenericSocket;
  private readonly endpoints = new Map<string, EndpointState>();
  private readonly sent = new Map<string, bigint>();
  private ifindex = 0;
  private cancelTimer = () => {};
  private unwatch = () => {};
  private over = false;

  constructor(tools: DriverTools, attempt: Attempt, plan: WireguardPlan) {
    this.tools = tools;
    this.attempt = attempt;
    this.plan = plan;
    this.record = { processes: [], interfaceName: attempt.interfaceName };
    this.socket = new GenericSocket(tools.netlink, WIREGUARD_FAMILY);
  }

  /** Makes the link once the endpoints' names are known. */
  start(): this {
    this.connect(0).catch((error: unknown) => this.end(error));
    return this;
  }

  /** Goes on with the link of an earlier run; false if it is gone. */
  resume(): boolean {
    const ifindex = this.tools.links.indexOf(this.attempt.interfaceName);
    if (!ifindex.ok) return false;
    const peers = wireguardPeers(this.socket, ifindex.value);
    if (!peers.ok) return false;
    this.watch(ifindex.value);
    for (const { publicKey, endpoint } of peers.value)
      if (endpoint) this.endpoints.set(publicKey, { addresses: [], current: endpoint.address, since: 0 });
    this.wait();
    return true;
  }

  disconnect(): void {
    if (!this.over) this.tools.clock.setTimer(0, () => this.end());
  }

  /** The kernel goes on sending from the address it had, as long as any link has that; an endpoint that is set makes it choose. */
  onMoved(): void {
    for (const { publicKey, endpoint } of this.plan.peers) {
      const state = this.endpoints.get(publicKey);
      if (endpoint && state) this.setEndpoint(publicKey, state.current, state.roamedTo ?? endpoint.port);
    }
  }

  private async connect(retry: number): Promise<void> {
    const peers: WireguardPeer[] = [];
    for (const peer of this.plan.peers) {
      const addresses = await this.lookUp(peer);
      if (this.over) return;
      if (peer.endpoint && !addresses) {
        const delayMs = lookUpRetriesMs[retry];
        if (delayMs === undefined) throw new Error(`${peer.endpoint.host} cannot be resolved; is it the right name?`);
        this.cancelTimer = this.tools.clock.setTimer(delayMs, () => {
          this.connect(retry + 1).catch((error: unknown) => this.end(error));
        });
        return;
      }
      peers.push(this.kernelPeer(peer, addresses ?? []));
    }
    const { links } = this.tools;
    const added = links.add(this.attempt.interfaceName, 'wireguard');
    if (!added.ok) throw added.error;
    this.watch(added.value);
    const { privateKey, listenPort, fwmark, mtu } = this.plan;
    const device = {
      privateKey,
      peers,
      ...(listenPort !== undefined && { listenPort }),
      ...(fwmark !== undefined && { fwmark }),
    };
    const set = this.socket.change(setWireguardDevice(added.value, device));
    if (!set.ok) throw set.error;
    const on = links.switchOn(added.value, mtu);
    if (!on.ok) throw on.error;
    this.attempt.onUp(this.facts());
    this.wait();
  }

  private kernelPeer(peer: PlannedPeer, addresses: readonly IpAddress[]): WireguardPeer {
    const { endpoint, ...rest } = peer;
    const state = firstEndpoint(addresses, this.tools.clock.now());
    if (!endpoint || !state) return rest;
    this.endpoints.set(peer.publicKey, state);
    return { ...rest, endpoint: { address: state.current, port: endpoint.port } };
  }

  /** Undefined if it cannot be resolved now. */
  private async lookUp({ endpoint }: PlannedPeer): Promise<readonly IpAddress[] | undefined> {
    if (!endpoint) return undefined;
    try {
      return await this.tools.resolver.lookup(endpoint.host);
    } catch (error) {
      this.tools.log.debug(`${this.attempt.name}: ${(error as Error).message}`);
      return undefined;
    }
  }

  private facts(): TunnelFacts {
    const { addresses, nameservers, domains, peers } = this.plan;
    return {
      ifindex: this.ifindex,
      addresses: addresses.map(({ address, length }) => ({ address, prefixLength: length })),
      nameservers,
      domains,
      routes: peers.flatMap(({ allowedIps }) => allowedIps.map((destination) => ({ destination }))),
      servers: [...new Set([...this.endpoints.values()].map(({ current }) => current))],
    };
  }

  private watch(ifindex: number): void {
    this.ifindex = ifindex;
    this.unwatch = this.tools.links.onGone(ifindex, () =>
      this.end(new Error(`another program removed the link ${this.attempt.interfaceName}`)),
    );
  }

  private wait(): void {
    this.cancelTimer = this.tools.clock.setTimer(lookEveryMs, () => {
      this.look().catch((error: unknown) => this.end(error));
    });
  }

  private async look(): Promise<void> {
    const peers = wireguardPeers(this.socket, this.ifindex);
    const status = new Map((peers.ok ? peers.value : []).map((peer) => [peer.publicKey, peer]));
    for (const peer of this.plan.peers) {
      if (!peer.endpoint) continue;
      const addresses = await this.lookUp(peer);
      if (this.over) return;
      this.follow(peer, peer.endpoint.port, addresses, status.get(peer.publicKey));
    }
    this.wait();
  }

  private follow(
    { publicKey, endpoint }: PlannedPeer,
    port: number,
    addresses: readonly IpAddress[] | undefined,
    status: WireguardPeerStatus | undefined,
  ): void {
    const now = this.tools.clock.now();
    const before = this.endpoints.get(publicKey) ?? firstEndpoint(addresses ?? [], now);
    if (!before) return;
    const sentBytes = status?.sentBytes ?? 0n;
    const sending = sentBytes > (this.sent.get(publicKey) ?? 0n);
    this.sent.set(publicKey, sentBytes);
    const lastHandshake = status?.lastHandshake ?? 0;
    const handshakeAgeSeconds =
      lastHandshake === 0 ? Number.POSITIVE_INFINITY : this.tools.clock.wallTime() / 1000 - lastHandshake;
    const kernels = status?.endpoint;
    const after = nextEndpoint(before, { addresses, handshakeAgeSeconds, sending, endpoint: kernels, now });
    this.endpoints.set(publicKey, after);
    if (after.current === before.current) return;
    this.tools.log.info(
      `${this.attempt.name}: ${endpoint?.host} is at ${after.current} now, no longer ${before.current}`,
    );
    // The way to it is there before the kernel sends to it.
    this.attempt.onUp(this.facts());
    if (kernels?.address !== after.current) this.setEndpoint(publicKey, after.current, port);
  }

  private setEndpoint(publicKey: string, address: IpAddress, port: number): void {
    const set = this.socket.change(setWireguardEndpoint(this.ifindex, publicKey, { address, port }));
    if (!set.ok) this.tools.log.warning(`${this.attempt.name}: ${set.error.message}`);
  }

  private end(error?: unknown): void {
    if (this.over) return;
    this.over = true;
    this.cancelTimer();
    this.unwatch();
    this.tools.links.remove(this.attempt.interfaceName);
    this.socket.close();
    this.attempt.onEnd(error === undefined ? undefined : failureOf(error));
  }
}
