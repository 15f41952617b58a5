/**
 * Routing tables as a kernel keeps it: routes of one destination and metric share a slot, in an order that decides
 * which of them is used and which one a replacement takes the place of.
 */
import { contains, type IpAddress } from '@connman/inet';
import type { RouteFact } from '@connman/netlink';

/** NLM_F_CREATE with: EXCL, APPEND, nothing, REPLACE. */
export type RouteMode = 'add' | 'append' | 'prepend' | 'replace';

const mainTable = 254;

export class FakeRoutes {
  /** Within a slot in the kernel's order. */
  private routes: RouteFact[] = [];

  all(): readonly RouteFact[] {
    return this.routes;
  }

  /** Refused because of what is there, the same already, added, or put in the place of the first of its slot. */
  put(route: RouteFact, mode: RouteMode): 'exists' | 'same' | 'added' | 'replaced' {
    const slot = this.routes.filter((other) => isSameSlot(other, route));
    const [first] = slot;
    if (first && mode === 'add') return 'exists';
    const twin = slot.find((other) => isSameWay(other, route));
    if (mode === 'replace' && first) {
      if (twin) return twin === first ? 'same' : 'exists';
      this.routes[this.routes.indexOf(first)] = route;
      return 'replaced';
    }
    if (twin) return 'exists';
    if (first && mode === 'prepend') this.routes.splice(this.routes.indexOf(first), 0, route);
    else this.routes.push(route);
    return 'added';
  }

  /** The first route that fits goes: as RTM_DELROUTE matches, what is not given fits everything. */
  remove(wanted: Pick<RouteFact, 'family' | 'destination'> & Partial<RouteFact>): RouteFact | undefined {
    const found = this.routes.find(
      (route) =>
        route.family === wanted.family &&
        route.destination.address === wanted.destination.address &&
        route.destination.length === wanted.destination.length &&
        (wanted.table ?? mainTable) === route.table &&
        (wanted.metric === undefined || wanted.metric === route.metric) &&
        (wanted.gateway === undefined || wanted.gateway === route.gateway) &&
        (wanted.ifindex === undefined || wanted.ifindex === route.ifindex) &&
        (wanted.protocol === undefined || wanted.protocol === route.protocol),
    );
    if (found) this.routes = this.routes.filter((route) => route !== found);
    return found;
  }

  removeAll(isGone: (route: RouteFact) => boolean): readonly RouteFact[] {
    const gone = this.routes.filter(isGone);
    if (gone.length > 0) this.routes = this.routes.filter((route) => !isGone(route));
    return gone;
  }

  /** Longest prefix, lowest metric, first in its slot; by one link only when a socket is bound to it. */
  lookup(address: IpAddress, ifindex?: number, table = mainTable): RouteFact | undefined {
    let best: RouteFact | undefined;
    for (const route of this.routes) {
      if (route.table !== table) continue;
      if (ifindex !== undefined && route.ifindex !== ifindex) continue;
      if (!contains(route.destination, address)) continue;
      const { length } = route.destination;
      if (
        !best ||
        length > best.destination.length ||
        (length === best.destination.length && route.metric < best.metric)
      ) {
        best = route;
      }
    }
    return best;
  }
}

function isSameSlot(a: RouteFact, b: RouteFact): boolean {
  return (
    a.family === b.family &&
    a.destination.address === b.destination.address &&
    a.destination.length === b.destination.length &&
    a.metric === b.metric &&
    a.table === b.table
  );
}

function isSameWay(a: RouteFact, b: RouteFact): boolean {
  return a.ifindex === b.ifindex && a.gateway === b.gateway && a.protocol === b.protocol && a.type === b.type;
}
