/** The component behind its contract: a client for each link and family it is asked for. */
import type { Dhcp4Request, DhcpComponent, DhcpEvent, DhcpRequest } from '@connman/contracts';
import type { Family, Ipv6Address } from '@connman/inet';
import type { LinkAddresses } from '@connman/ports';
import { OwnLinks } from './ll/own-links';
import { type ClientPorts, Dhcp4Client } from './v4/client';

export interface DhcpPorts extends Omit<ClientPorts, 'ownLinks'> {
  readonly linkAddresses: LinkAddresses;
}

export function createDhcpComponent(ports: DhcpPorts): DhcpComponent {
  return new Component(ports);
}

class Component implements DhcpComponent {
  private readonly ports: ClientPorts;
  private readonly clients4 = new Map<number, Dhcp4Client>();
  private readonly listeners: ((event: DhcpEvent) => void)[] = [];

  constructor(ports: DhcpPorts) {
    this.ports = { ...ports, ownLinks: new OwnLinks(ports.clock, ports.linkAddresses) };
  }

  private readonly publish = (event: DhcpEvent): void => {
    for (const listener of this.listeners) listener(event);
  };

  start(request: DhcpRequest): void {
    const { ifindex, family } = request;
    this.stop(ifindex, family, { release: false });
    if (family === 4) return this.start4(request);
    this.publish({ kind: 'failed', family, ifindex, reason: 'this build has no DHCPv6 client' });
  }

  private start4(request: Dhcp4Request): void {
    const client = new Dhcp4Client(this.ports, request, this.publish);
    this.clients4.set(request.ifindex, client);
    client.start();
  }

  stop(ifindex: number, family: Family, { release }: { readonly release: boolean }): void {
    if (family !== 4) return;
    this.clients4.get(ifindex)?.stop(release);
    this.clients4.delete(ifindex);
  }

  renew(ifindex: number, family: Family): void {
    if (family === 4) this.clients4.get(ifindex)?.renew();
  }

  decline(_ifindex: number, _address: Ipv6Address): void {}

  onEvent(listener: (event: DhcpEvent) => void): void {
    this.listeners.push(listener);
  }
}
