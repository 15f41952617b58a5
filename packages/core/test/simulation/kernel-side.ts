/** A daemon's view of a FakeKernel: its changes become requests, what the kernel tells arrives in batches or is lost. */
import type { AddressFact, KernelEvent, RouteFact } from '@connman/netlink';
import type { Clock } from '@connman/ports';
import type { FakeKernel, Refusal } from '@connman/testkit';
import type { Happening } from '../../src/events';
import type { Change } from '../../src/model/ipconfig/plan';
import { ownProtocol } from '../../src/model/observed/keys';
import { isRouteOfInterest, isRuleOfInterest } from '../../src/model/observed/tables';

export interface KernelSideOptions {
  readonly kernel: FakeKernel;
  readonly clock: Clock;
  readonly dispatch: (happening: Happening) => void;
  /** Until the daemon reads what the kernel has told; at once if not given. */
  readonly latencyMs?: () => number;
  /** Until udev has named a new link. */
  readonly settleMs?: () => number;
  /** The DEVTYPE of a link's uevent; none if not given. */
  readonly deviceType?: (ifindex: number) => string;
  /** Sees each change just before the kernel does. */
  readonly onRequest?: (change: Change) => void;
}

/** As src/shell/kernel.ts has it: what is to be removed is gone already, or its link is. */
const alreadyGone = new Set<Refusal>(['ESRCH', 'EADDRNOTAVAIL', 'ENODEV', 'ENOENT']);

export class KernelSide {
  private readonly options: KernelSideOptions;
  private told: KernelEvent[] = [];
  private lost = false;
  private reading = false;
  private listening = true;
  private readonly settled = new Set<number>();

  constructor(options: KernelSideOptions) {
    this.options = options;
    options.kernel.onEvents = (events) => {
      if (!this.listening) return;
      this.told.push(...events.filter(isOfInterest));
      if (options.latencyMs) this.readSoon(options.latencyMs());
      else if (!this.reading) this.read();
    };
  }

  start(): void {
    this.told = [];
    const picture = this.picture();
    for (const link of picture.links) this.settled.add(link.ifindex);
    this.options.dispatch({
      kind: 'links-settled',
      links: picture.links.map(({ ifindex }) => [ifindex, this.deviceType(ifindex)]),
    });
    this.options.dispatch({ kind: 'kernel-dump', ...picture });
  }

  /** The daemon is no more. */
  detach(): void {
    this.listening = false;
  }

  /** The socket's buffer ran over: what waits is lost, a fresh picture will be taken. */
  overrun(): void {
    this.told = [];
    this.lost = true;
    this.readSoon(this.options.latencyMs?.() ?? 0);
  }

  resync(): void {
    this.read();
    this.lost = true;
    this.read();
  }

  change(changes: readonly Change[]): void {
    this.reading = true;
    for (const change of changes) {
      this.options.onRequest?.(change);
      const refusal = this.request(change);
      if (refusal) this.refused(change, refusal);
    }
    this.reading = false;
    this.read();
  }

  deprecate(address: Pick<AddressFact, 'ifindex' | 'address' | 'prefixLength'>): void {
    this.options.kernel.deprecate(address);
  }

  private refused(change: Change, refusal: Refusal): void {
    const { dispatch } = this.options;
    if (change.kind === 'remove-address' && alreadyGone.has(refusal)) {
      dispatch({ kind: 'kernel', facts: [{ kind: 'address-gone', address: change.address }] });
    } else if (change.kind === 'remove-route' && alreadyGone.has(refusal)) {
      dispatch({ kind: 'kernel', facts: [{ kind: 'route-gone', route: change.route }] });
    } else if (change.kind === 'remove-rule' && alreadyGone.has(refusal)) {
      dispatch({ kind: 'kernel', facts: [{ kind: 'rule-gone', rule: change.rule }] });
    } else if (refusal !== 'EEXIST') {
      dispatch({ kind: 'change-refused', change, reason: `${change.kind} failed: ${refusal}` });
    }
  }

  private request(change: Change): Refusal | undefined {
    const { kernel, clock } = this.options;
    switch (change.kind) {
      case 'set-link':
        return kernel.setLink(change.ifindex, {
          ...(change.up !== undefined && { up: change.up }),
          ...(change.mtu !== undefined && { mtu: change.mtu }),
          ...(change.master !== undefined && { master: change.master }),
        });
      case 'add-bridge':
        kernel.createLink({ name: change.name, mac: change.mac, kind: 'bridge' });
        return undefined;
      case 'remove-link':
        kernel.removeLink(change.ifindex);
        return undefined;
      case 'put-address': {
        const { validUntil, ...address } = change.address;
        const validSeconds = validUntil && Math.max(1, Math.ceil((validUntil - clock.now()) / 1000));
        return kernel.putAddress({ ...address, protocol: ownProtocol, ...(validSeconds && { validSeconds }) });
      }
      case 'remove-address':
        return kernel.removeAddress(change.address);
      case 'put-route': {
        const { mode, route } = change;
        return kernel.putRoute({ ...route, protocol: ownProtocol }, mode === 'replace' ? 'replace' : 'append');
      }
      case 'remove-route':
        return kernel.removeRoute(change.route);
      case 'put-rule':
        return kernel.addRule({ ...change.rule, protocol: ownProtocol });
      case 'remove-rule':
        return kernel.removeRule(change.rule);
    }
  }

  private picture() {
    const { routes, rules, ...rest } = this.options.kernel.dump();
    return { ...rest, routes: routes.filter(isInteresting), rules: rules.filter(isRuleOfInterest) };
  }

  private readSoon(delayMs: number): void {
    this.options.clock.setTimer(delayMs, () => this.read());
  }

  private read(): void {
    if (!this.listening) return;
    const { dispatch } = this.options;
    if (this.lost) {
      this.lost = false;
      this.told = [];
      const picture = this.picture();
      this.settle(picture.links.map((link) => link.ifindex));
      dispatch({ kind: 'kernel-dump', ...picture });
      return;
    }
    const facts = this.told;
    this.told = [];
    if (facts.length === 0) return;
    for (const fact of facts) if (fact.kind === 'link-gone') this.settled.delete(fact.ifindex);
    this.settle(facts.flatMap((fact) => (fact.kind === 'link' ? [fact.link.ifindex] : [])));
    dispatch({ kind: 'kernel', facts });
  }

  private deviceType(ifindex: number): string {
    return this.options.deviceType?.(ifindex) ?? '';
  }

  private settle(ifindexes: readonly number[]): void {
    const { clock, dispatch, settleMs } = this.options;
    for (const ifindex of ifindexes) {
      if (this.settled.has(ifindex)) continue;
      this.settled.add(ifindex);
      const links = [[ifindex, this.deviceType(ifindex)]] as const;
      if (!settleMs) dispatch({ kind: 'links-settled', links });
      else clock.setTimer(settleMs(), () => this.listening && dispatch({ kind: 'links-settled', links }));
    }
  }
}

function isOfInterest(event: KernelEvent): boolean {
  if (event.kind === 'rule' || event.kind === 'rule-gone') return isRuleOfInterest(event.rule);
  return (event.kind !== 'route' && event.kind !== 'route-gone') || isInteresting(event.route);
}

/** As the filter of the real socket sees it. */
function isInteresting(route: RouteFact): boolean {
  return isRouteOfInterest({ ...route, destinationLength: route.destination.length });
}
