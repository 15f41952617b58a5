/** The component behind its contract: a client for each link and family it is asked for. */
import type { DhcpComponent, DhcpEvent, DhcpRequest } from '@connman/contracts';
import type { Family, Ipv6Address } from '@connman/inet';
import type { LinkAddresses } from '@connman/ports';
import { OwnLinks } from './ll/own-links';
import { type ClientPorts, Dhcp4Client } from './v4/client';
import type { Dhcp6Client } from './v6/client';

export interface DhcpPorts extends Omit<ClientPorts, 'ownLinks'> {
  readonly linkAddresses: LinkAddresses;
  /** Called when a client for IPv6 is wanted; without it, or where it finds nothing, there are none. */
  loadDhcp6?(): typeof Dhcp6Client | undefined;
}

export function createDhcpComponent(ports: DhcpPorts): DhcpComponent {
  return new Component(ports);
}

class Component implements DhcpComponent {
  private readonly ports: ClientPorts;
  private readonly loadDhcp6: DhcpPorts['loadDhcp6'];
  private readonly clients4 = new Map<number, Dhcp4Client>();
  private readonly clients6 = new Map<number, Dhcp6Client>();
  private readonly listeners: ((event: DhcpEvent) => void)[] = [];

  constructor(ports: DhcpPorts) {
    this.loadDhcp6 = ports.loadDhcp6;
    this.ports = { ...ports, ownLinks: new OwnLinks(ports.clock, ports.linkAddresses) };
  }

  private readonly publish = (event: DhcpEvent): void => {
    for (const listener of this.listeners) listener(event);
  };

  start(request: DhcpRequest): void {
    const { ifindex, family } = request;
    this.stop(ifindex, family, { release: false });
    if (family === 4) {
      const client = new Dhcp4Client(this.ports, request, this.publish);
      this.clients4.set(ifindex, client);
      client.start();
    } else {
      const Client = this.loadDhcp6?.();
      if (!Client)
        return this.ports.log.warning(`${request.interfaceName}: the part "dhcp6" is not installed; no DHCPv6`);
      const client = new Client(this.ports, request, this.publish);
      this.clients6.set(ifindex, client);
      client.start();
    }
  }

  stop(ifindex: number, family: Family, { release }: { readonly release: boolean }): void {
    const clients = this.clientsOf(family);
    clients.get(ifindex)?.stop(release);
    clients.delete(ifindex);
  }

  renew(ifindex: number, family: Family): void {
    this.clientsOf(family).get(ifindex)?.renew();
  }

  decline(ifindex: number, address: Ipv6Address): void {
    this.clients6.get(ifindex)?.decline(address);
  }

  onEvent(listener: (event: DhcpEvent) => void): void {
    this.listeners.push(listener);
  }

  private clientsOf(family: Family): Map<number, Dhcp4Client | Dhcp6Client> {
    return family === 4 ? this.clients4 : this.clients6;
  }
}
