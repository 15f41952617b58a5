/** A peer as the bus shows it: the properties of net.connman.Peer. */
import { bytes, dict, type Properties, str, type Variant, variant } from '@connman/dbus';
import type { Network } from '../network/network';
import { contributionsOf } from './progress';
import { isConnected, type Service } from './service';

export const peerPath = (id: string): string => `/net/connman/peer/${id}`;

export function peerProperties(service: Service, network: Network | undefined): Map<string, Variant> {
  return new Map([
    // A peer is never online: it is a way to nothing else.
    ['State', str(isConnected(service.state) ? 'ready' : service.state)],
    ['Name', str(service.name)],
    ['IPv4', dict(ipv4(service))],
    ['Services', variant('a(a{sv})', servicesOf(network))],
  ]);
}

/** Empty until it is ready. */
function ipv4(service: Service): Properties {
  const { connection, state } = service;
  const own = contributionsOf(service)[0]?.addresses[0]?.address;
  if (!isConnected(state) || own === undefined) return {};
  const { served } = connection?.link ?? {};
  const { lease } = connection?.dhcp4 ?? {};
  const other = served ? served.clients[0]?.address : lease?.server;
  return { Local: str(own), ...(other !== undefined && { Remote: str(other) }) };
}

/** ConnMan, too, shows those of Wi-Fi Display alone. */
function servicesOf(network: Network | undefined): (readonly [Properties])[] {
  const display = network?.peer?.display ?? '';
  return display === '' ? [] : [[{ WiFiDisplayIEs: bytes(Buffer.from(display, 'hex')) }]];
}
