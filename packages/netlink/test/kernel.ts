/** The real kernel in a network namespace of the test's own, and tables that follow its events. */
import { execFileSync } from 'node:child_process';
import { OsError, type Result } from '@connman/base';
import { enterNewNamespace, netlinkPort } from '@connman/linux';
import type { AddressFact, KernelEvent, LinkFact, RouteFact } from '../src/facts';
import { type KernelSnapshot, openRouteSocket, type RouteSocket, type RouteSocketOptions } from '../src/route-socket';

export function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { encoding: 'utf8' });
}

/** Carries out many commands of ip in one process. */
export function ipBatch(commands: readonly string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: commands.join('\n') });
}

/** The value; a test that meets an error instead fails with it. */
export function must<T>(result: Result<T, OsError>): T {
  if (!result.ok) throw result.error;
  return result.value;
}

export function inNewNamespace(): void {
  let leave = () => {};
  beforeAll(() => {
    leave = enterNewNamespace().leave;
    ip('link set lo up');
  });
  afterAll(() => leave());
}

const addressKey = (address: AddressFact) => `${address.ifindex} ${address.address}/${address.prefixLength}`;
const slotKey = (route: RouteFact) => JSON.stringify([route.family, route.table, route.destination, route.metric]);
const routeKey = (route: RouteFact) => `${slotKey(route)} ${route.gateway} ${route.ifindex}`;

/** Links, addresses and routes as a listener knows them. */
export class Tables {
  readonly links = new Map<number, LinkFact>();
  readonly addresses = new Map<string, AddressFact>();
  readonly routes = new Map<string, RouteFact>();

  take(snapshot: KernelSnapshot): void {
    this.links.clear();
    this.addresses.clear();
    this.routes.clear();
    for (const link of snapshot.links) this.apply({ kind: 'link', link });
    for (const address of snapshot.addresses) this.apply({ kind: 'address', address });
    for (const route of snapshot.routes) this.apply({ kind: 'route', route, replaces: false });
  }

  apply(event: KernelEvent): void {
    switch (event.kind) {
      case 'link':
        this.links.set(event.link.ifindex, event.link);
        break;
      case 'link-gone':
        this.links.delete(event.ifindex);
        break;
      case 'address':
        this.addresses.set(addressKey(event.address), event.address);
        break;
      case 'address-gone':
        this.addresses.delete(addressKey(event.address));
        break;
      case 'route':
        if (event.replaces) {
          const replaced = [...this.routes].find(([, other]) => slotKey(other) === slotKey(event.route));
          if (replaced) this.routes.delete(replaced[0]);
        }
        this.routes.set(routeKey(event.route), event.route);
        break;
      case 'route-gone':
        this.routes.delete(routeKey(event.route));
        break;
      case 'rule':
      case 'rule-gone':
      case 'router-options':
        // The kernel has no table of them.
        break;
    }
  }
}

export interface Listener {
  readonly socket: RouteSocket;
  readonly tables: Tables;
  readonly events: KernelEvent[];
  resyncs: number;
  /** Waits until an event or a resync makes the condition true. */
  until(condition: () => boolean): Promise<void>;
}

/** A socket whose events go into tables, which hold the kernel's present picture already. */
export function listen(options: Partial<RouteSocketOptions> = {}): Listener {
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  const tables = new Tables();
  const events: KernelEvent[] = [];
  const socket = openRouteSocket(netlinkPort, {
    onEvents(news) {
      for (const event of news) {
        events.push(event);
        tables.apply(event);
      }
      wake();
    },
    onResync(snapshot) {
      listener.resyncs++;
      tables.take(snapshot);
      wake();
    },
    onFault(fault) {
      throw fault instanceof OsError ? fault : new Error(fault.reason);
    },
    ...options,
  });
  const listener: Listener = {
    socket,
    tables,
    events,
    resyncs: 0,
    until: (condition) =>
      new Promise((resolve) => {
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
  tables.take(must(socket.snapshot()));
  return listener;
}

/** The ifindex of a link by its name. */
export function ifindexOf(socket: RouteSocket, name: string): number {
  const link = must(socket.links()).find((candidate) => candidate.name === name);
  if (!link) throw new Error(`no link ${name}`);
  return link.ifindex;
}
