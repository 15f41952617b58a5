/** IPv4 link-local addresses as a machine (RFC 3927): choose one by the MAC address, have it claimed, choose again on conflict. */
import { after, type Instant, instant, type Step } from '@connman/base';
import { type Ipv4Address, ipv4FromUint32, type MacAddress, macToBytes } from '@connman/inet';
import { acd } from './acd-machine';

const firstAddress = 0xa9fe0100;
/** 169.254.1.0 to 169.254.254.255 (section 2.1). */
const addressCount = 254 * 256;

export type LinkLocalState =
  | { readonly kind: 'stopped' }
  /** `attempt` numbers the choices of this MAC address; `conflicts` counts those in a row. */
  | { readonly kind: 'claiming' | 'claimed'; readonly attempt: number; readonly conflicts: number }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly conflicts: number; readonly until: Instant };

export type LinkLocalEvent =
  | { readonly kind: 'start'; readonly attempt: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'claimed' }
  | { readonly kind: 'conflict'; readonly mac: MacAddress; readonly now: Instant }
  | { readonly kind: 'time'; readonly now: Instant };

export type LinkLocalEffect =
  | { readonly kind: 'claim'; readonly address: Ipv4Address }
  | { readonly kind: 'unclaim' }
  | { readonly kind: 'use'; readonly address: Ipv4Address }
  /** The address that was in use is given up to another host. */
  | { readonly kind: 'lost'; readonly address: Ipv4Address; readonly mac: MacAddress };

type LinkLocalStep = Step<LinkLocalState, LinkLocalEffect>;

/** The same for the same MAC address after each start (section 2.1); FNV-1a over the address and the number of the attempt. */
export function linkLocalAddress(mac: MacAddress, attempt: number): Ipv4Address {
  let hash = 0x811c9dc5;
  for (const byte of [...macToBytes(mac), attempt >>> 8, attempt & 255]) hash = Math.imul(hash ^ byte, 0x01000193);
  return ipv4FromUint32(firstAddress + (((hash ^ (hash >>> 15)) >>> 0) % addressCount));
}

export function linkLocalDeadline(state: LinkLocalState): Instant {
  return state.kind === 'waiting' ? state.until : instant(Number.POSITIVE_INFINITY);
}

export function linkLocalStep(state: LinkLocalState, event: LinkLocalEvent, mac: MacAddress): LinkLocalStep {
  if (event.kind === 'start') return claim(event.attempt, 0, mac);
  if (state.kind === 'stopped') return { state, effects: [] };
  const { attempt, conflicts } = state;
  switch (event.kind) {
    case 'stop':
      return { state: { kind: 'stopped' }, effects: [{ kind: 'unclaim' }] };
    case 'claimed':
      return {
        state: { kind: 'claimed', attempt, conflicts: 0 },
        effects: [{ kind: 'use', address: linkLocalAddress(mac, attempt) }],
      };
    case 'conflict': {
      const lost: LinkLocalEffect[] =
        state.kind === 'claimed' ? [{ kind: 'lost', address: linkLocalAddress(mac, attempt), mac: event.mac }] : [];
      const next =
        conflicts + 1 < acd.MAX_CONFLICTS
          ? claim(attempt + 1, conflicts + 1, mac)
          : wait(attempt + 1, conflicts + 1, event.now);
      return { state: next.state, effects: [...lost, ...next.effects] };
    }
    case 'time':
      if (state.kind !== 'waiting' || event.now < state.until) return { state, effects: [] };
      return claim(attempt, conflicts, mac);
  }
}

function claim(attempt: number, conflicts: number, mac: MacAddress): LinkLocalStep {
  return {
    state: { kind: 'claiming', attempt, conflicts },
    effects: [{ kind: 'claim', address: linkLocalAddress(mac, attempt) }],
  };
}

/** After MAX_CONFLICTS, one try a minute: a net full of hosts, or one that answers for everything (section 2.2.1). */
function wait(attempt: number, conflicts: number, now: Instant): LinkLocalStep {
  const until = after(now, acd.RATE_LIMIT_INTERVAL);
  return { state: { kind: 'waiting', attempt, conflicts, until }, effects: [{ kind: 'unclaim' }] };
}
