/** What applies a DnsPlan to the system: a plain resolv.conf, a DNS proxy, systemd-resolved. */
import type { DnsPlan } from '../../model/resolver/dns-plan';

export interface ResolverBackend {
  /** Starts what answers, if no plan has yet: a start has a link to bring up first. Absent where nothing of ours answers. */
  open?(): void;
  /**
   * Makes the system resolve names as the plan says; a plan equal to the last one costs nothing. Faults are logged by the
   * backend, once each, and cured by the next plan.
   */
  apply(plan: DnsPlan): void;
  /** Forgets answers; absent where none are remembered. */
  flush?(): void;
  /** Leaves the system resolving names by the links' own servers while we are away, or as it was where there are none. */
  close(): void;
}
