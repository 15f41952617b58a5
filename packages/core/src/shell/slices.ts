/**
 * News of many links is cut into slices of few. Each is a turn of its own, and between two of them everything else that waits for
 * the program is served: a client's question is answered while a thousand links come.
 */
import type { KernelEvent } from '@connman/netlink';
import type { Happening } from '../events';
import { linkOfTable } from '../model/observed/keys';

/** A new link with all that its first turn starts takes some two milliseconds. */
export const linksPerSlice = 16;

/** Happenings that have to be told in their order: facts that contradict each other are right in that order alone. */
export type News = Happening & { readonly kind: 'kernel' | 'kernel-dump' | 'links-settled' | 'dhcp' };

export interface Slice {
  readonly news: News;
  /** How many it concerns. */
  readonly links: number;
}

export function isNews(happening: Happening): happening is News {
  const { kind } = happening;
  return kind === 'kernel' || kind === 'kernel-dump' || kind === 'links-settled' || kind === 'dhcp';
}

/** The same news in the same order. */
export function slicesOf(news: News): Slice[] {
  switch (news.kind) {
    case 'kernel':
      return cut(news.facts, ifindexOf, (facts) => ({ kind: 'kernel', facts }));
    case 'dhcp':
      return cut(
        news.events,
        ({ ifindex }) => ifindex,
        (events) => ({ kind: 'dhcp', events }),
      );
    case 'links-settled':
      return cut(
        news.links,
        ([ifindex]) => ifindex,
        (links) => ({ kind: 'links-settled', links }),
      );
    case 'kernel-dump':
      return [{ news, links: news.links.length }];
  }
}

/** What comes of one link in a row stays together: a turn costs what it says of links, not how often. */
function cut<T>(all: readonly T[], linkOf: (one: T) => number, newsOf: (some: readonly T[]) => News): Slice[] {
  const slices: Slice[] = [];
  let some: T[] = [];
  let links = new Set<number>();
  const end = () => slices.push({ news: newsOf(some), links: links.size });
  for (const one of all) {
    const ifindex = linkOf(one);
    if (links.size === linksPerSlice && !links.has(ifindex)) {
      end();
      some = [];
      links = new Set();
    }
    some.push(one);
    links.add(ifindex);
  }
  end();
  return slices;
}

function ifindexOf(fact: KernelEvent): number {
  switch (fact.kind) {
    case 'link':
      return fact.link.ifindex;
    case 'address':
    case 'address-gone':
      return fact.address.ifindex;
    case 'route':
    case 'route-gone':
      return fact.route.ifindex;
    case 'rule':
    case 'rule-gone':
      return linkOfTable(fact.rule.table) ?? 0;
    default:
      return fact.ifindex;
  }
}
