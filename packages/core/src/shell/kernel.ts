/** The kernel as the engine's events and changes: rtnetlink facts in, planned changes out. */
import { type DecodeError, formatDecodeError, type Instant, type Logger, OsError, type Result } from '@connman/base';
import {
  addBridge,
  addRule,
  appendRoute,
  type ChangeRequest,
  type KernelEvent,
  type NeighbourFact,
  openRouteSocket,
  putAddress,
  type RouteSocket,
  removeAddress,
  removeLink,
  removeRoute,
  removeRule,
  replaceRoute,
  setLink,
} from '@connman/netlink';
import type { Clock, NetlinkPort } from '@connman/ports';
import type { Happening } from '../events';
import type { Change } from '../model/ipconfig/plan';
import { mainTable, ownProtocol } from '../model/observed/keys';
import { isRouteOfInterest, isRuleOfInterest, type ObservedAddress } from '../model/observed/tables';
import type { LinkSettling } from './link-settling';
import { RouterRoutes } from './router-routes';

export interface KernelOptions {
  readonly netlink: NetlinkPort;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settling: LinkSettling;
  readonly dispatch: (happening: Happening) => void;
}

/** Refusals that mean that the thing to be removed is gone already, or the link with it. */
const alreadyGone = new Set(['ESRCH', 'EADDRNOTAVAIL', 'ENODEV', 'ENOENT']);

/** IFA_F_MANAGETEMPADDR: temporary addresses are made beside it, and share its fate. */
const managesTemporary = 0x100;

const mostUnreadable = 20;

export class Kernel {
  private readonly options: KernelOptions;
  private readonly socket: RouteSocket;
  private readonly routerRoutes: RouterRoutes;
  /** Told already. */
  private readonly unreadable = new Set<string>();

  /** Throws OsError. */
  constructor(options: KernelOptions) {
    this.options = options;
    const { log, clock, dispatch } = options;
    this.routerRoutes = new RouterRoutes({
      clock,
      read: (protocol) => this.socket.everyRoute({ family: 6, table: mainTable, protocol }),
      onMany: (ifindex, routes) => dispatch({ kind: 'router-routes', ifindex, routes }),
    });
    this.socket = openRouteSocket(options.netlink, {
      interestedInRoute: (route) => {
        this.routerRoutes.count(route);
        return isRouteOfInterest(route);
      },
      interestedInRule: isRuleOfInterest,
      skimRoutesBut: ownProtocol,
      routesOfSnapshot: [
        { table: mainTable, family: 4 },
        { table: mainTable, family: 6 },
        // Those of the links' own tables.
        { protocol: ownProtocol, family: 4 },
        { protocol: ownProtocol, family: 6 },
      ],
      onEvents: (events) => this.heard(events),
      onResync: (picture) => {
        log.warning('netlink receive buffer overrun; resynchronised');
        this.routerRoutes.lookSoon();
        this.options.settling.seen(picture.links);
        this.options.dispatch({ kind: 'kernel-dump', ...picture });
      },
      onFault: (fault) => this.tell(fault),
    });
  }

  /** Gives the engine the first picture. Throws OsError. */
  start(): void {
    const picture = this.socket.snapshot();
    if (!picture.ok) throw picture.error;
    this.options.settling.seen(picture.value.links);
    this.options.dispatch({ kind: 'kernel-dump', ...picture.value });
  }

  /** Carries the changes out in order and lets the engine hear at once what came of them. */
  change(changes: readonly Change[]): void {
    const results = this.socket.changeAll(changes.map((change) => this.requestOf(change)));
    changes.forEach((change, i) => {
      const result = results[i];
      if (result && !result.ok) this.refused(change, result.error);
    });
    this.socket.drainEvents();
  }

  /** The address stays valid for as long as it was, and is used for nothing new. */
  deprecate({ ifindex, address, prefixLength, flags, protocol, validUntil }: ObservedAddress): void {
    const life = validUntil === undefined ? {} : { validSeconds: this.secondsUntil(validUntil) };
    const kept = { flags: flags & managesTemporary, protocol, ...life };
    const [result] = this.socket.changeAll([
      putAddress({ ifindex, address, prefixLength, ...kept, preferredSeconds: 0 }),
    ]);
    if (result && !result.ok) this.options.log.info(`${result.error.message}; used until it expires`);
    this.socket.drainEvents();
  }

  /** Gives the engine a fresh picture. */
  resync(): void {
    this.socket.drainEvents();
    const picture = this.socket.snapshot();
    if (!picture.ok) {
      this.options.log.warning(`${picture.error.message}; the kernel's routes may not be as they are taken to be`);
      return;
    }
    this.options.settling.seen(picture.value.links);
    this.options.dispatch({ kind: 'kernel-dump', ...picture.value });
  }

  /** The ARP and ND cache of a link. */
  neighbours(ifindex: number): Result<NeighbourFact[], OsError> {
    return this.socket.neighbours(ifindex);
  }

  close(): void {
    this.routerRoutes.close();
    this.socket.close();
  }

  private heard(facts: readonly KernelEvent[]): void {
    const { settling, dispatch } = this.options;
    for (const fact of facts) {
      if (fact.kind !== 'link-gone') continue;
      settling.gone(fact.ifindex);
      this.routerRoutes.gone(fact.ifindex);
    }
    settling.seen(facts.flatMap((fact) => (fact.kind === 'link' ? [fact.link] : [])));
    dispatch({ kind: 'kernel', facts });
  }

  /** What cannot be read may be a router's words, said as often as it likes: each kind of it is worth one line. */
  private tell(fault: OsError | DecodeError): void {
    const { log } = this.options;
    if (fault instanceof OsError) return log.warning(`rtnetlink: ${fault.message}`);
    const text = formatDecodeError(fault);
    if (this.unreadable.size === mostUnreadable || this.unreadable.has(text)) return;
    this.unreadable.add(text);
    log.warning(`rtnetlink: ${text}; ignored; reported once`);
  }

  private refused(change: Change, error: OsError): void {
    const { dispatch } = this.options;
    if (change.kind === 'remove-address' && alreadyGone.has(error.code)) {
      dispatch({ kind: 'kernel', facts: [{ kind: 'address-gone', address: change.address }] });
    } else if (change.kind === 'remove-route' && alreadyGone.has(error.code)) {
      dispatch({ kind: 'kernel', facts: [{ kind: 'route-gone', route: change.route }] });
    } else if (change.kind === 'remove-rule' && alreadyGone.has(error.code)) {
      dispatch({ kind: 'kernel', facts: [{ kind: 'rule-gone', rule: change.rule }] });
    } else if (error.code !== 'EEXIST') {
      dispatch({ kind: 'change-refused', change, reason: error.message });
    }
  }

  private secondsUntil(moment: Instant): number {
    return Math.max(1, Math.ceil((moment - this.options.clock.now()) / 1000));
  }

  private requestOf(change: Change): ChangeRequest {
    switch (change.kind) {
      case 'set-link':
        return setLink(change.ifindex, change);
      case 'add-bridge':
        return addBridge(change.name, change.mac);
      case 'remove-link':
        return removeLink(change.ifindex);
      case 'put-address': {
        const { validUntil, ...address } = change.address;
        const validSeconds = validUntil && this.secondsUntil(validUntil);
        return putAddress({ ...address, protocol: ownProtocol, ...(validSeconds && { validSeconds }) });
      }
      case 'remove-address':
        return removeAddress(change.address);
      case 'put-route': {
        const route = { table: mainTable, ...change.route, protocol: ownProtocol };
        return change.mode === 'replace' ? replaceRoute(route) : appendRoute(route);
      }
      case 'remove-route':
        return removeRoute(change.route);
      case 'put-rule':
        return addRule({ ...change.rule, protocol: ownProtocol });
      case 'remove-rule':
        return removeRule(change.rule);
    }
  }
}
