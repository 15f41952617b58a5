/** The kernel's links, as far as tunnels need them: found by name, made, switched on, removed, and seen to go. */
import { type Logger, type OsError, ok, type Result } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import { addLink, type KernelEvent, openRouteSocket, type RouteSocket, removeLink, setLink } from '@connman/netlink';
import type { NetlinkPort } from '@connman/ports';
import type { Way } from './ways';

/** RTNLGRP_: links, IPv4 addresses and routes, IPv6 addresses and routes. */
const groups = [1, 5, 7, 9, 11];
const EEXIST = 17;

/** What a driver does with its own link. */
export type TunnelLinks = Pick<Links, 'indexOf' | 'add' | 'switchOn' | 'remove' | 'onGone'>;

export class Links {
  private readonly socket: RouteSocket;
  /** Links, addresses or routes have changed. */
  onChange: () => void = () => {};
  private readonly watchers = new Map<number, () => void>();

  constructor(port: NetlinkPort, log: Logger) {
    this.socket = openRouteSocket(port, {
      groups,
      // Of default routes and ways to single hosts the ways to servers are made.
      interestedInRoute: ({ destinationLength }) => destinationLength === 0 || destinationLength >= 32,
      eventBufferBytes: 256 * 1024,
      onEvents: (events) => this.hear(events),
      onResync: ({ links }) => {
        this.reconcile(new Set(links.map(({ ifindex }) => ifindex)));
        this.onChange();
      },
      onFault: (fault) => log.warning(`netlink: ${'message' in fault ? fault.message : fault.reason}`),
    });
  }

  close(): void {
    this.socket.close();
  }

  indexOf(name: string): Result<number, OsError> {
    const link = this.socket.link(name);
    return link.ok ? ok(link.value.ifindex) : link;
  }

  /** Makes a link of a kind without settings; one of this name that was left over goes first. */
  add(name: string, kind: string): Result<number, OsError> {
    let added = this.socket.change(addLink(name, kind));
    if (!added.ok && added.error.errno === EEXIST) {
      this.remove(name);
      added = this.socket.change(addLink(name, kind));
    }
    return added.ok ? this.indexOf(name) : added;
  }

  /** Switches it on; an MTU of 0 leaves its own. */
  switchOn(ifindex: number, mtu = 0): Result<void, OsError> {
    return this.socket.change(setLink(ifindex, { up: true, ...(mtu > 0 && { mtu }) }));
  }

  /** Fine if it is gone already. */
  remove(name: string): void {
    const ifindex = this.indexOf(name);
    if (!ifindex.ok) return;
    this.watchers.delete(ifindex.value);
    this.socket.change(removeLink(ifindex.value));
  }

  /** Calls back once, when another program removes the link. The returned function ends it. */
  onGone(ifindex: number, callback: () => void): () => void {
    this.watchers.set(ifindex, callback);
    return () => this.watchers.delete(ifindex);
  }

  /** How the kernel would send to an address now; undefined where it would not. */
  wayTo(address: IpAddress): Way | undefined {
    const way = this.socket.wayTo(address);
    if (!way.ok || !way.value) return undefined;
    const { ifindex, preferredSource: source } = way.value;
    return { ifindex, ...(source && { source }) };
  }

  private hear(events: readonly KernelEvent[]): void {
    this.onChange();
    for (const event of events) if (event.kind === 'link-gone') this.gone(event.ifindex);
  }

  private reconcile(present: ReadonlySet<number>): void {
    for (const ifindex of [...this.watchers.keys()]) if (!present.has(ifindex)) this.gone(ifindex);
  }

  private gone(ifindex: number): void {
    const callback = this.watchers.get(ifindex);
    this.watchers.delete(ifindex);
    callback?.();
  }
}
