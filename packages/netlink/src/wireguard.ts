/** WireGuard's devices and peers (linux/wireguard.h): setting them, and reading what has become of them. */
import { type OsError, ok, type Result, type Secret } from '@connman/base';
import {
  type Family,
  familyOf,
  type IpAddress,
  ipToBytes,
  ipv4FromBytes,
  ipv6FromBytes,
  type Prefix,
} from '@connman/inet';
import { domainOf, familyOfDomain } from './domain';
import { GENERIC_HEADER_BYTES, type GenericRequest, type GenericSocket, genericBody } from './generic';
import { AttributeReader, littleEndian, type MessageWriter, uint16, uint32 } from './wire';

export const WIREGUARD_FAMILY = 'wireguard';
const WG_GENL_VERSION = 1;
const WIREGUARD_KEY_BYTES = 32;

const WG_CMD_GET_DEVICE = 0;
const WG_CMD_SET_DEVICE = 1;

const WGDEVICE_A_IFINDEX = 1;
const WGDEVICE_A_PRIVATE_KEY = 3;
const WGDEVICE_A_FLAGS = 5;
const WGDEVICE_A_LISTEN_PORT = 6;
const WGDEVICE_A_FWMARK = 7;
const WGDEVICE_A_PEERS = 8;
const WGDEVICE_F_REPLACE_PEERS = 1;

const WGPEER_A_PUBLIC_KEY = 1;
const WGPEER_A_PRESHARED_KEY = 2;
const WGPEER_A_FLAGS = 3;
const WGPEER_A_ENDPOINT = 4;
const WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL = 5;
const WGPEER_A_LAST_HANDSHAKE_TIME = 6;
const WGPEER_A_RX_BYTES = 7;
const WGPEER_A_TX_BYTES = 8;
const WGPEER_A_ALLOWEDIPS = 9;
const WGPEER_F_UPDATE_ONLY = 4;
const WGPEER_F_REPLACE_ALLOWEDIPS = 2;

const WGALLOWEDIP_A_FAMILY = 1;
const WGALLOWEDIP_A_IPADDR = 2;
const WGALLOWEDIP_A_CIDR_MASK = 3;

const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

export interface WireguardEndpoint {
  readonly address: IpAddress;
  readonly port: number;
}

export interface WireguardPeer {
  /** 32 bytes in base64. */
  readonly publicKey: string;
  readonly presharedKey?: Secret;
  readonly endpoint?: WireguardEndpoint;
  /** Seconds; 0 sends none. */
  readonly keepaliveSeconds?: number;
  readonly allowedIps: readonly Prefix[];
}

export interface WireguardDevice {
  /** 32 bytes in base64. */
  readonly privateKey: Secret;
  /** The kernel's choice if not given. */
  readonly listenPort?: number;
  /** Mark of the tunnel's own packets, for rules; 0 for none. */
  readonly fwmark?: number;
  readonly peers: readonly WireguardPeer[];
}

export interface WireguardPeerStatus {
  readonly publicKey: string;
  readonly endpoint?: WireguardEndpoint;
  /** Seconds since the epoch of the last handshake; 0 if there was none. */
  readonly lastHandshake: number;
  readonly receivedBytes: bigint;
  readonly sentBytes: bigint;
}

const key = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

/** Sets the whole device: peers that are not among these are gone. Allowed addresses and all are one request of the kernel's. */
export function setWireguardDevice(ifindex: number, device: WireguardDevice): GenericRequest {
  const writer = genericBody(WG_CMD_SET_DEVICE, WG_GENL_VERSION)
    .attribute32(WGDEVICE_A_IFINDEX, ifindex)
    .attribute32(WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS)
    .attribute(WGDEVICE_A_PRIVATE_KEY, key(device.privateKey.reveal()));
  if (device.listenPort !== undefined) writer.attribute16(WGDEVICE_A_LISTEN_PORT, device.listenPort);
  if (device.fwmark !== undefined) writer.attribute32(WGDEVICE_A_FWMARK, device.fwmark);
  writer.attributeNested(WGDEVICE_A_PEERS, (peers) => {
    for (const peer of device.peers) peers.attributeNested(0, (attributes) => writePeer(attributes, peer));
  });
  return { body: writer.finish(), call: 'setting up WireGuard', object: `link ${ifindex}` };
}

function writePeer(writer: MessageWriter, peer: WireguardPeer): void {
  writer.attribute(WGPEER_A_PUBLIC_KEY, key(peer.publicKey)).attribute32(WGPEER_A_FLAGS, WGPEER_F_REPLACE_ALLOWEDIPS);
  if (peer.presharedKey) writer.attribute(WGPEER_A_PRESHARED_KEY, key(peer.presharedKey.reveal()));
  if (peer.endpoint) writer.attribute(WGPEER_A_ENDPOINT, encodeEndpoint(peer.endpoint));
  if (peer.keepaliveSeconds !== undefined)
    writer.attribute16(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, peer.keepaliveSeconds);
  writer.attributeNested(WGPEER_A_ALLOWEDIPS, (list) => {
    for (const { address, length } of peer.allowedIps) {
      const family: Family = familyOf(address);
      list.attributeNested(0, (one) =>
        one
          .attribute16(WGALLOWEDIP_A_FAMILY, domainOf(family))
          .attribute(WGALLOWEDIP_A_IPADDR, ipToBytes(address))
          .attribute8(WGALLOWEDIP_A_CIDR_MASK, length),
      );
    }
  });
}

/** Moves a peer that the device has to another address; its session goes on. */
export function setWireguardEndpoint(ifindex: number, publicKey: string, endpoint: WireguardEndpoint): GenericRequest {
  const writer = genericBody(WG_CMD_SET_DEVICE, WG_GENL_VERSION)
    .attribute32(WGDEVICE_A_IFINDEX, ifindex)
    .attributeNested(WGDEVICE_A_PEERS, (peers) =>
      peers.attributeNested(0, (peer) =>
        peer
          .attribute(WGPEER_A_PUBLIC_KEY, key(publicKey))
          .attribute32(WGPEER_A_FLAGS, WGPEER_F_UPDATE_ONLY)
          .attribute(WGPEER_A_ENDPOINT, encodeEndpoint(endpoint)),
      ),
    );
  return { body: writer.finish(), call: 'moving the WireGuard endpoint', object: `link ${ifindex}` };
}

/** What has become of the device's peers. */
export function wireguardPeers(socket: GenericSocket, ifindex: number): Result<WireguardPeerStatus[], OsError> {
  let peers: WireguardPeerStatus[] = [];
  const body = genericBody(WG_CMD_GET_DEVICE, WG_GENL_VERSION).attribute32(WGDEVICE_A_IFINDEX, ifindex).finish();
  const result = socket.dump(
    { body, object: `WireGuard peers of link ${ifindex}` },
    () => {
      peers = [];
    },
    ({ bytes, start, end }) => peers.push(...decodeWireguardPeers(bytes, start, end)),
  );
  return result.ok ? ok(peers) : result;
}

/** The peers in one message of a dump; a peer whose addresses fill a message comes again in the next one. */
export function decodeWireguardPeers(bytes: Uint8Array, start: number, end: number): WireguardPeerStatus[] {
  const peers: WireguardPeerStatus[] = [];
  const attributes = new AttributeReader(bytes, start + GENERIC_HEADER_BYTES, end);
  while (attributes.next()) {
    if (attributes.type !== WGDEVICE_A_PEERS) continue;
    const list = attributes.nested();
    while (list.next()) {
      const peer = decodePeer(list.nested());
      if (peer) peers.push(peer);
    }
  }
  return peers;
}

function decodePeer(attributes: AttributeReader): WireguardPeerStatus | undefined {
  let publicKey = '';
  let endpoint: WireguardEndpoint | undefined;
  let lastHandshake = 0;
  let receivedBytes = 0n;
  let sentBytes = 0n;
  while (attributes.next()) {
    const { bytes, start, length } = attributes;
    switch (attributes.type) {
      case WGPEER_A_PUBLIC_KEY:
        if (length === WIREGUARD_KEY_BYTES)
          publicKey = Buffer.from(bytes.subarray(start, start + length)).toString('base64');
        break;
      case WGPEER_A_ENDPOINT:
        endpoint = decodeEndpoint(bytes, start, length);
        break;
      case WGPEER_A_LAST_HANDSHAKE_TIME:
        // struct __kernel_timespec: seconds, nanoseconds.
        if (length >= 8) lastHandshake = Number(uint64(bytes, start));
        break;
      case WGPEER_A_RX_BYTES:
        if (length === 8) receivedBytes = uint64(bytes, start);
        break;
      case WGPEER_A_TX_BYTES:
        if (length === 8) sentBytes = uint64(bytes, start);
        break;
    }
  }
  if (publicKey === '') return undefined;
  return { publicKey, ...(endpoint && { endpoint }), lastHandshake, receivedBytes, sentBytes };
}

function uint64(bytes: Uint8Array, at: number): bigint {
  const low = BigInt(uint32(bytes, littleEndian ? at : at + 4));
  const high = BigInt(uint32(bytes, littleEndian ? at + 4 : at));
  return (high << 32n) | low;
}

/** struct sockaddr_in or sockaddr_in6: the family in the machine's order, the port in the network's. */
function encodeEndpoint({ address, port }: WireguardEndpoint): Uint8Array {
  const family = familyOf(address);
  const bytes = new Uint8Array(family === 4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, domainOf(family), littleEndian);
  view.setUint16(2, port);
  bytes.set(ipToBytes(address), family === 4 ? 4 : 8);
  return bytes;
}

function decodeEndpoint(bytes: Uint8Array, start: number, length: number): WireguardEndpoint | undefined {
  if (length < SOCKADDR_IN_BYTES) return undefined;
  const family = familyOfDomain(uint16(bytes, start));
  const port = ((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number);
  if (family === 4) return { address: ipv4FromBytes(bytes, start + 4), port };
  if (family === 6 && length >= SOCKADDR_IN6_BYTES) return { address: ipv6FromBytes(bytes, start + 8), port };
  return undefined;
}
