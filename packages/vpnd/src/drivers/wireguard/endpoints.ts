/**
 * Which address of a peer's name is used. A name is looked up again from time to time; the address in use stays as long as the
 * name has it, unless no handshake comes about with it: then the next one gets its turn, of whatever family. A server that moves
 * and speaks from elsewhere is followed by the kernel itself, and that address stays until the name has others.
 */
import type { IpAddress } from '@connman/inet';
import type { WireguardEndpoint } from '@connman/netlink';

/** A session lives so long without a new handshake (WireGuard's REJECT_AFTER_TIME). */
const sessionSeconds = 180;
/** A handshake is tried every 5 s; three without an answer are enough. */
const patienceMs = 15_000;

export interface EndpointState {
  /** As the name had them last. */
  readonly addresses: readonly IpAddress[];
  readonly current: IpAddress;
  /** Milliseconds on the boot clock, when `current` was chosen. */
  readonly since: number;
  /** The port that the server spoke from, where `current` is the kernel's finding and not the name's. */
  readonly roamedTo?: number;
}

export interface PeerNews {
  /** Undefined when the look-up failed: what was known holds. */
  readonly addresses: readonly IpAddress[] | undefined;
  /** Seconds since the last handshake; Infinity if there was none. */
  readonly handshakeAgeSeconds: number;
  /** Something was sent since the last look: a silent peer is missed only then. */
  readonly sending: boolean;
  /** Where the kernel sends: where the peer's last packet came from, or what it was given since. */
  readonly endpoint?: WireguardEndpoint | undefined;
  readonly now: number;
}

export function firstEndpoint(addresses: readonly IpAddress[], now: number): EndpointState | undefined {
  const [current] = addresses;
  return current && { addresses, current, since: now };
}

export function nextEndpoint(state: EndpointState, news: PeerNews): EndpointState {
  const { now, handshakeAgeSeconds, sending, endpoint } = news;
  const addresses = news.addresses && news.addresses.length > 0 ? news.addresses : state.addresses;
  const isHeard = handshakeAgeSeconds <= sessionSeconds;
  if (isHeard && endpoint && endpoint.address !== state.current)
    return { addresses, current: endpoint.address, since: now, roamedTo: endpoint.port };
  const isNamed = addresses.includes(state.current);
  const hasName = state.roamedTo !== undefined && addresses.every((one) => state.addresses.includes(one));
  const moved = !isNamed && !hasName;
  const silent = sending && handshakeAgeSeconds > sessionSeconds && now - state.since >= patienceMs;
  if (!moved && !silent) return { ...state, addresses };
  const after = addresses.indexOf(state.current) + 1;
  const current = addresses[after % addresses.length] as IpAddress;
  return { addresses, current, since: now };
}
