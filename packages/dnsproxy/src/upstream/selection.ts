/** In which order servers are asked: those that answer, the fastest first; those that rest only when no one else is left. */
import type { Instant } from '@connman/base';
import type { UpstreamServer } from './server';

export interface Selection {
  /** All servers, each once, in the order to ask them. */
  readonly order: readonly UpstreamServer[];
  /** How many of them to ask at once: more than one when the first is not known to answer. */
  readonly together: number;
}

/**
 * `explore` asks the first two at once, so that the speed of the second stays known. A server just back from its rest is asked
 * beside a healthy one: finding out costs no client any time.
 */
export function selectServers(servers: readonly UpstreamServer[], now: Instant, explore: boolean): Selection {
  if (servers.length === 1) return { order: servers, together: 1 };
  const rank = (server: UpstreamServer) => (server.isResting(now) ? 2 : server.isOnProbation(now) ? 1 : 0);
  // Sorting is stable: while nothing is known, the configured order decides.
  const order = [...servers].sort((a, b) => rank(a) - rank(b) || a.expectedMs - b.expectedMs);
  const first = order[0] as UpstreamServer;
  if (rank(first) > 0) {
    const hopeful = order.filter((server) => rank(server) === 1).length;
    return { order, together: hopeful > 0 ? hopeful : order.length };
  }
  const onProbation = order.findIndex((server) => rank(server) === 1);
  if (onProbation > 0) {
    // Right behind the first, to be asked with it.
    const [probed] = order.splice(onProbation, 1);
    order.splice(1, 0, probed as UpstreamServer);
    return { order, together: 2 };
  }
  const second = order[1] as UpstreamServer;
  const unknown = !first.isKnown || (explore && rank(second) < 2) || (rank(second) === 0 && !second.isKnown);
  return { order, together: unknown ? 2 : 1 };
}
