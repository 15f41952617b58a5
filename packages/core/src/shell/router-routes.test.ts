import { ok } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { RouteFact, RouteHeader } from '@connman/netlink';
import { ManualClock } from '@connman/testkit';
import { mainTable } from '../model/observed/keys';
import { mostNetworks } from '../model/observed/router-routes';
import { RouterRoutes } from './router-routes';

const header: RouteHeader = {
  ...{ family: 6, destinationLength: 64, table: mainTable, protocol: 2, scope: 0, type: 1 },
  ifindex: 7,
};

/** What the kernel has: so many networks of link 7, and one of link 8. */
function rig(count: number) {
  const clock = new ManualClock();
  const reads: number[] = [];
  const many: [number, number][] = [];
  const route = (ifindex: number, i: number): RouteFact => ({
    ...{ family: 6, ifindex, metric: 256, table: mainTable, protocol: 2, scope: 0, type: 1 },
    destination: { address: `2001:db8:${i.toString(16)}::` as IpAddress, length: 64 },
  });
  const routes = [...Array.from({ length: count }, (_, i) => route(7, i)), route(8, 0)];
  const watch = new RouterRoutes({
    clock,
    read: (protocol) => {
      reads.push(protocol);
      return ok(routes.filter((one) => one.protocol === protocol));
    },
    onMany: (ifindex, found) => many.push([ifindex, found.length]),
  });
  return { clock, watch, reads, many };
}

test('routes are read when more were told than any link has, a second later and once for all of them', () => {
  const { clock, watch, reads, many } = rig(500);
  for (let i = 0; i < mostNetworks; i++) watch.count(header);
  clock.advance(10_000);
  expect(reads).toEqual([]);
  for (let i = 0; i < 436; i++) watch.count(header);
  clock.advance(999);
  expect(reads).toEqual([]);
  clock.advance(1);
  expect([reads, many]).toEqual([[2, 9], [[7, 500]]]);
  watch.count(header);
  clock.advance(10_000);
  expect(reads).toHaveLength(2);
});

test('a link with few routes is not reported, however many messages named it', () => {
  const { clock, watch, reads, many } = rig(mostNetworks);
  for (let i = 0; i < 500; i++) watch.count(header);
  clock.advance(1000);
  expect([reads, many]).toEqual([[2, 9], []]);
});

test('other routes and routes of a link that is gone do not count; lost messages count as many', () => {
  const { clock, watch, reads, many } = rig(500);
  for (let i = 0; i < 500; i++) {
    watch.count({ ...header, family: 4 });
    watch.count({ ...header, table: 255 });
    watch.count({ ...header, protocol: 109 });
  }
  for (let i = 0; i < mostNetworks; i++) watch.count(header);
  watch.gone(7);
  watch.count(header);
  clock.advance(10_000);
  expect(reads).toEqual([]);
  watch.lookSoon();
  clock.advance(1000);
  expect(many).toEqual([[7, 500]]);
});

test('nothing is read after the end', () => {
  const { clock, watch, reads } = rig(500);
  watch.lookSoon();
  watch.close();
  clock.advance(1000);
  expect(reads).toEqual([]);
});
