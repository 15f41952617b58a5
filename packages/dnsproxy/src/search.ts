/**
 * The names one question is put under: a single label in the search domains first and as it is last (ConnMan rule 146), every
 * other name as it is. Remembers what came of them, and says what the answer is when none of them has data.
 */
import { type Instant, instant } from '@connman/base';
import type { PackedAnswer } from './cache/packed-answer';
import { Class, Flag, Rcode, Type } from './message/constants';
import { labelCount } from './message/name';
import type { Query } from './message/query';
import type { Route } from './route/router';
import type { Provenance } from './server/front';
import type { Outcome } from './upstream/race';

export interface Found {
  readonly packed: PackedAnswer;
  readonly provenance: Provenance;
}

export class Search {
  /** Why the first candidate that could not be asked could not. */
  trouble: Outcome | undefined;
  /** More than the name itself is tried. */
  readonly isSearch: boolean;
  private readonly candidates: string[];
  private noData: Found | undefined;
  private noSuchName: Found | undefined;

  constructor(name: string, query: Query, route: Route, searchDomains: readonly string[]) {
    const isHost = query.class === Class.IN && (query.type === Type.A || query.type === Type.AAAA);
    this.isSearch = isHost && route.domain !== name && labelCount(name) === 1 && searchDomains.length > 0;
    this.candidates = this.isSearch ? [...searchDomains.map((domain) => `${name}.${domain}`), name] : [name];
  }

  next(): string | undefined {
    return this.candidates.shift();
  }

  /** Until when the candidate just taken has its turn: a silent server does not use up the time of those behind it. */
  turnEnd(route: Route, now: Instant, end: Instant): Instant {
    if (this.candidates.length === 0) return end;
    const share = (end - now) / (this.candidates.length + 1);
    // Long enough for its servers to be asked twice.
    const twice = 2 * Math.min(...route.servers.map((server) => server.timeoutMs));
    return instant(Math.min(end, now + Math.max(share, twice)));
  }

  /** The candidate has no data. */
  hasNone(found: Found): void {
    if ((found.packed.flags & Flag.RCODE) === Rcode.NOERROR) this.noData ??= found;
    else this.noSuchName ??= found;
  }

  /**
   * What is answered when no candidate has data. A name that exists without such data is not one that does not exist (RFC 2308
   * section 2.2). A candidate that could not be asked is neither: then nothing is kept, and undefined means a failure.
   */
  conclusion(): Found | undefined {
    if (!this.trouble) return this.noData ?? this.noSuchName;
    return this.noData && { ...this.noData, packed: { ...this.noData.packed, lifetimeSeconds: 0 } };
  }
}
