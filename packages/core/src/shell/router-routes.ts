/**
 * Watches how many routes the kernel makes of what routers advertise. Its messages are counted as they come; the routes themselves
 * are read once they may be too many, and the engine decides which of them stay.
 */
import type { OsError, Result } from '@connman/base';
import type { RouteFact, RouteHeader } from '@connman/netlink';
import type { Clock } from '@connman/ports';
import { isRouterRoute, mostNetworks, routerProtocols } from '../model/observed/router-routes';

export interface RouterRoutesOptions {
  readonly clock: Clock;
  /** All IPv6 routes of the main table with this RTPROT_. */
  readonly read: (protocol: number) => Result<RouteFact[], OsError>;
  /** All of a link that has many. */
  readonly onMany: (ifindex: number, routes: readonly RouteFact[]) => void;
}

/** What comes within this time is looked at together. */
const gatherMs = 1_000;

export class RouterRoutes {
  private readonly options: RouterRoutesOptions;
  /** Messages since the last look, by ifindex. */
  private readonly told = new Map<number, number>();
  private cancelTimer: (() => void) | undefined;

  constructor(options: RouterRoutesOptions) {
    this.options = options;
  }

  /** The kernel reported a route. */
  count(route: RouteHeader): void {
    if (!isRouterRoute(route)) return;
    const told = (this.told.get(route.ifindex) ?? 0) + 1;
    this.told.set(route.ifindex, told);
    if (told > mostNetworks) this.lookSoon();
  }

  /** Messages were lost. */
  lookSoon(): void {
    this.cancelTimer ??= this.options.clock.setTimer(gatherMs, () => this.look());
  }

  gone(ifindex: number): void {
    this.told.delete(ifindex);
  }

  close(): void {
    this.cancelTimer?.();
  }

  private look(): void {
    this.cancelTimer = undefined;
    this.told.clear();
    const byLink = new Map<number, RouteFact[]>();
    for (const protocol of Object.values(routerProtocols)) {
      const routes = this.options.read(protocol);
      for (const route of routes.ok ? routes.value : []) {
        const ofLink = byLink.get(route.ifindex);
        if (ofLink) ofLink.push(route);
        else byLink.set(route.ifindex, [route]);
      }
    }
    for (const [ifindex, routes] of byLink) if (routes.length > mostNetworks) this.options.onMany(ifindex, routes);
  }
}
