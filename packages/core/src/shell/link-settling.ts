/**
 * Waits until a new link has its final name, and reads what the system says of its kind.
 *
 * udev renames a link soon after it appears, and cannot rename one that is up: switching it on too early would leave it
 * under the wrong name for good. Where no udev runs (containers, namespaces) there is nothing to wait for.
 */
import { OsError } from '@connman/base';
import type { LinkFact } from '@connman/netlink';
import type { Clock, Files } from '@connman/ports';

export interface LinkSettlingOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly onSettled: (links: readonly (readonly [ifindex: number, deviceType: string])[]) => void;
}

const pollMs = 20;
/** After this long udev is not going to name it any more. */
const patienceMs = 3000;

export class LinkSettling {
  private readonly options: LinkSettlingOptions;
  private readonly known = new Set<number>();
  private readonly waiting = new Map<number, { readonly link: LinkFact; readonly until: number }>();
  private polling = false;

  constructor(options: LinkSettlingOptions) {
    this.options = options;
  }

  /** Links that were seen; those seen before are passed over. */
  seen(links: readonly LinkFact[]): void {
    const settled: [number, string][] = [];
    for (const link of links) {
      if (this.waiting.has(link.ifindex)) {
        this.waiting.set(link.ifindex, { until: Number.POSITIVE_INFINITY, ...this.waiting.get(link.ifindex), link });
      }
      if (this.known.has(link.ifindex)) continue;
      this.known.add(link.ifindex);
      if (this.isSettled(link)) settled.push([link.ifindex, this.deviceType(link)]);
      else this.waiting.set(link.ifindex, { link, until: this.options.clock.now() + patienceMs });
    }
    if (settled.length > 0) this.options.onSettled(settled);
    if (this.waiting.size > 0) this.poll();
  }

  gone(ifindex: number): void {
    this.known.delete(ifindex);
    this.waiting.delete(ifindex);
  }

  private poll(): void {
    if (this.polling) return;
    this.polling = true;
    const { clock, onSettled } = this.options;
    clock.setTimer(pollMs, () => {
      this.polling = false;
      const settled: [number, string][] = [];
      for (const [ifindex, { link, until }] of this.waiting) {
        if (!this.isSettled(link) && clock.now() < until) continue;
        this.waiting.delete(ifindex);
        settled.push([ifindex, this.deviceType(link)]);
      }
      if (settled.length > 0) onSettled(settled);
      if (this.waiting.size > 0) this.poll();
    });
  }

  private isSettled(link: LinkFact): boolean {
    if (link.up || link.hardwareType !== 1) return true;
    const { files } = this.options;
    return attempt(() => {
      if (!files.status('/run/udev/control')) return true;
      return files.status(`/run/udev/data/n${link.ifindex}`) !== undefined;
    }, true);
  }

  /** The DEVTYPE of its uevent; hardware alone has one that matters. */
  private deviceType(link: LinkFact): string {
    if (link.kind !== '' || link.hardwareType !== 1) return '';
    const uevent = attempt(() => this.options.files.read(`/sys/class/net/${link.name}/uevent`), undefined) ?? '';
    // In a namespace sysfs may show another one's links.
    if (!uevent.includes(`IFINDEX=${link.ifindex}\n`)) return '';
    return /^DEVTYPE=(.*)$/m.exec(uevent)?.[1] ?? '';
  }
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OsError) return otherwise;
    throw error;
  }
}
