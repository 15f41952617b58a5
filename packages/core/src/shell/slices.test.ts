import type { DhcpEvent } from '@connman/contracts';
import type { KernelEvent } from '@connman/netlink';
import { linksPerSlice, type News, slicesOf } from './slices';

const gone = (ifindex: number): KernelEvent => ({ kind: 'link-gone', ifindex, name: `eth${ifindex}` });
const silent = (ifindex: number) => ({ kind: 'silent', family: 4, ifindex }) as unknown as DhcpEvent;
const numbers = Array.from({ length: 3 * linksPerSlice + 1 }, (_, i) => i + 1);

test('news of many links is cut into slices of few, in order and without a loss', () => {
  const all: News[] = [
    { kind: 'kernel', facts: numbers.map(gone) },
    { kind: 'dhcp', events: numbers.map(silent) },
    { kind: 'links-settled', links: numbers.map((ifindex) => [ifindex, ''] as const) },
  ];
  const itemsOf = (news: News): readonly unknown[] => {
    if (news.kind === 'kernel') return news.facts;
    if (news.kind === 'dhcp') return news.events;
    return news.links;
  };
  for (const news of all) {
    const slices = slicesOf(news);
    expect(slices.map(({ links }) => links)).toEqual([linksPerSlice, linksPerSlice, linksPerSlice, 1]);
    expect(slices.flatMap((slice) => itemsOf(slice.news))).toEqual(itemsOf(news));
  }
});

test('a thousand facts of one link are one slice', () => {
  const facts = Array.from({ length: 1000 }, () => gone(7));
  expect(slicesOf({ kind: 'kernel', facts })).toEqual([{ news: { kind: 'kernel', facts }, links: 1 }]);
});
