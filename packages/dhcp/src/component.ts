/** The component behind its contract: a client for each link it is asked for. */
import type { Dhcp4Event, Dhcp4Request, DhcpComponent } from '@connman/contracts';
import { type ClientPorts, Dhcp4Client } from './v4/client';

export type DhcpPorts = ClientPorts;

export function createDhcpComponent(ports: DhcpPorts): DhcpComponent {
  return new Component(ports);
}

class Component implements DhcpComponent {
  private readonly ports: DhcpPorts;
  private readonly clients = new Map<number, Dhcp4Client>();
  private readonly listeners: ((event: Dhcp4Event) => void)[] = [];

  constructor(ports: DhcpPorts) {
    this.ports = ports;
  }

  start(request: Dhcp4Request): void {
    this.stop(request.ifindex, { release: false });
    const client = new Dhcp4Client(this.ports, request, (event) => {
      for (const listener of this.listeners) listener(event);
    });
    this.clients.set(request.ifindex, client);
    client.start();
  }

  stop(ifindex: number, { release }: { readonly release: boolean }): void {
    this.clients.get(ifindex)?.stop(release);
    this.clients.delete(ifindex);
  }

  renew(ifindex: number): void {
    this.clients.get(ifindex)?.renew();
  }

  onEvent(listener: (event: Dhcp4Event) => void): void {
    this.listeners.push(listener);
  }
}
