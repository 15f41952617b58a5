/** The machine's wireless links, from the kernel: what exists before any back end has looked at it. */
import type { Logger, OsError } from '@connman/base';
import type { DeviceId } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import {
  isUnresolved,
  type LinkFact,
  openRouteSocket,
  type RouteSocket,
  removeNeighbour,
  setLink,
} from '@connman/netlink';
import type { Clock, Files, NetlinkPort } from '@connman/ports';

export interface WirelessLink {
  readonly ifindex: number;
  readonly name: string;
  /** The radio's own address, also while the link uses another one. */
  readonly permanentMac: MacAddress;
}

/** A link as the device that is made of it. */
export interface RadioLink extends WirelessLink {
  readonly id: DeviceId;
  /** The permanent address without colons, as it stands in service identifiers. */
  readonly ident: string;
}

export interface WirelessLinks {
  /** Calls back with all links, soon and whenever they change. */
  watch(listener: (links: readonly WirelessLink[]) => void): void;
  /** The address that a link uses now. */
  addressOf(ifindex: number): MacAddress | undefined;
  /** Gives a link another address; it is switched off for a moment. @returns why it keeps the one it has, in words. */
  setAddress(ifindex: number, mac: MacAddress): string | undefined;
  /**
   * The link has another access point. ARP and ND requests of the moment before its port was open were lost, and the kernel
   * would repeat them only after a second: neighbours without an answer are forgotten, and asked for at once.
   */
  forgetUnresolved(ifindex: number): void;
  close(): void;
}

export interface KernelLinksPorts {
  readonly netlink: NetlinkPort;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Logger;
  /** Which links connmand manages at all (-i, -I, NetworkInterfaceBlacklist). */
  readonly manages: (name: string) => boolean;
}

const rtnlgrpLink = 1;
const arphrdEther = 1;
const settleMs = 20;
/** After this long udev is not going to rename a link any more. */
const patienceMs = 3000;

export function kernelLinks(ports: KernelLinksPorts): WirelessLinks {
  return new KernelLinks(ports);
}

class KernelLinks implements WirelessLinks {
  private readonly ports: KernelLinksPorts;
  private readonly socket: RouteSocket;
  private readonly facts = new Map<number, LinkFact>();
  /** When a link was first seen, until udev has named it. */
  private readonly unsettled = new Map<number, number>();
  private readonly permanent = new Map<number, MacAddress>();
  private listener: (links: readonly WirelessLink[]) => void = () => {};
  private cancelTimer: (() => void) | undefined;
  private told = '';

  /** Throws OsError. */
  constructor(ports: KernelLinksPorts) {
    this.ports = ports;
    this.socket = openRouteSocket(ports.netlink, {
      groups: [rtnlgrpLink],
      routesOfSnapshot: [],
      onEvents: (events) => {
        for (const event of events) {
          if (event.kind === 'link') this.facts.set(event.link.ifindex, event.link);
          else if (event.kind === 'link-gone') this.forget(event.ifindex);
        }
        this.publish();
      },
      onResync: ({ links }) => this.replace(links),
      onFault: (fault) => ports.log.warning(`wireless links: ${'reason' in fault ? fault.reason : fault.message}`),
    });
  }

  watch(listener: (links: readonly WirelessLink[]) => void): void {
    this.listener = listener;
    const snapshot = this.socket.snapshot();
    if (snapshot.ok) this.replace(snapshot.value.links);
    else this.ports.log.error(`wireless links cannot be listed: ${snapshot.error.message}`);
  }

  addressOf(ifindex: number): MacAddress | undefined {
    return this.facts.get(ifindex)?.mac || undefined;
  }

  setAddress(ifindex: number, mac: MacAddress): string | undefined {
    // Most drivers take another address only while the link is down.
    const steps = [setLink(ifindex, { up: false }), setLink(ifindex, { mac }), setLink(ifindex, { up: true })];
    const refused = this.socket.changeAll(steps).find((result) => !result.ok);
    return refused?.ok === false ? refused.error.message : undefined;
  }

  forgetUnresolved(ifindex: number): void {
    const neighbours = this.socket.neighbours(ifindex);
    if (neighbours.ok) this.socket.changeAll(neighbours.value.filter(isUnresolved).map(removeNeighbour));
  }

  close(): void {
    this.cancelTimer?.();
    this.socket.close();
  }

  private replace(links: readonly LinkFact[]): void {
    const present = new Set(links.map((link) => link.ifindex));
    for (const ifindex of [...this.facts.keys()]) if (!present.has(ifindex)) this.forget(ifindex);
    for (const link of links) this.facts.set(link.ifindex, link);
    this.publish();
  }

  private forget(ifindex: number): void {
    this.facts.delete(ifindex);
    this.unsettled.delete(ifindex);
    this.permanent.delete(ifindex);
  }

  private publish(): void {
    const links = [...this.facts.values()].flatMap((link) => this.wirelessLink(link) ?? []);
    const text = JSON.stringify(links);
    if (this.unsettled.size > 0) this.lookAgain();
    if (text === this.told) return;
    this.told = text;
    this.listener(links);
  }

  private wirelessLink(link: LinkFact): WirelessLink | undefined {
    const { ifindex, name, mac } = link;
    if (link.hardwareType !== arphrdEther || link.kind !== '' || mac === '') return undefined;
    // A group of peers: wpa_supplicant makes its link, and the driver of peers knows it.
    if (name.startsWith('p2p-')) return undefined;
    if (!this.ports.manages(name) || !this.isWireless(link) || !this.isNamed(link)) return undefined;
    const permanentMac = this.permanent.get(ifindex) ?? link.permanentMac ?? mac;
    this.permanent.set(ifindex, permanentMac);
    return { ifindex, name, permanentMac };
  }

  private isWireless({ ifindex, name }: LinkFact): boolean {
    const uevent = attempt(() => this.ports.files.read(`/sys/class/net/${name}/uevent`)) ?? '';
    return uevent.includes(`IFINDEX=${ifindex}\n`) && /^DEVTYPE=wlan$/m.test(uevent);
  }

  /** udev renames a new link while it is down; where no udev runs there is nothing to wait for. */
  private isNamed({ ifindex, up }: LinkFact): boolean {
    const { files, clock } = this.ports;
    const since = this.unsettled.get(ifindex) ?? clock.now();
    const named =
      up ||
      clock.now() - since >= patienceMs ||
      attempt(() => files.status('/run/udev/control')) === undefined ||
      attempt(() => files.status(`/run/udev/data/n${ifindex}`)) !== undefined;
    if (named) this.unsettled.delete(ifindex);
    else this.unsettled.set(ifindex, since);
    return named;
  }

  private lookAgain(): void {
    this.cancelTimer ??= this.ports.clock.setTimer(settleMs, () => {
      this.cancelTimer = undefined;
      this.publish();
    });
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as OsError).name === 'OsError') return undefined;
    throw error;
  }
}
