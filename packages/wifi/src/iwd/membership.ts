/** What is known of the network at hand, from the command to join it until it is left or lost. */
import type { Associate, NetworkId, StrongSecurity } from '@connman/contracts';
import type { NetworkKey } from '../radio/networks';
import type { Evidence } from './failure';

export interface Membership {
  readonly key: NetworkKey;
  readonly network: NetworkId;
  readonly attempt: number;
  readonly command: Associate | undefined;
  readonly evidence: Evidence;
  /** 'lost': it is about to linger; 'returning': it lingers, with an access point in sight. */
  phase: 'joining' | 'up' | 'lost' | 'lingering' | 'returning';
  /** iwd is to forget what it keeps of the network before it is joined. */
  forgetting?: 'asked' | 'refused';
  /** Nothing weaker will do. */
  used: StrongSecurity | undefined;
  /** Channels that are still to be scanned for another access point, one scan each. */
  toSearch: (readonly number[])[];
}

export function isOnItsWayBack({ phase }: Membership): boolean {
  return phase === 'lost' || phase === 'lingering' || phase === 'returning';
}
