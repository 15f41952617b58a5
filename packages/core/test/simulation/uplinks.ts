/**
 * Three uplinks, and what can be wrong with each: the internet behind them, and the traffic that shows it. They have IPv4 alone, or
 * both families of which IPv6 is looked at.
 */
import type { Family, IpAddress } from '@connman/inet';
import { mainTable } from '../../src/model/observed/keys';
import type { CheckOutcome, CheckRequest } from '../../src/model/online/online-machine';
import { Bench } from './bench';
import type { Random } from './random';
import { leaseOf } from './scripted-dhcp';

/** What happens to an uplink that was good. */
export const causes = [
  'cable out',
  'black hole',
  'DNS dead',
  'portal',
  'only one family works',
  'high loss',
  'MTU black hole',
] as const;
/** What an uplink is without from the start. */
export const flaws = ['wrong at boot', 'no gateway', 'link-local only'] as const;
export type Cause = (typeof causes)[number] | (typeof flaws)[number];

const names = ['eth0', 'eth1', 'eth2'] as const;
export type Name = (typeof names)[number];

const dnsDead: CheckOutcome = { kind: 'failure', reason: 'no name server responded', transient: true };

/** RTPROT_RA's counterpart for addresses: IFAPROT_KERNEL_RA. */
const byAdvertisement = 2;

export class Uplinks {
  readonly bench: Bench;
  readonly wrong = new Map<Name, Cause>();
  /** The link of the default route changed, at these moments. */
  readonly switches: number[] = [];
  /** Of checks that a lossy uplink loses. */
  loss = 0.8;
  private readonly family: Family;
  private readonly links = new Map<Name, number>();
  private readonly random: Random;
  private before: Name | undefined;

  constructor(random: Random, flawed: ReadonlyMap<Name, Cause> = new Map(), family: Family = 4) {
    this.random = random;
    this.family = family;
    this.bench = new Bench();
    this.bench.answer = (request) => this.answer(request);
    for (const [name, cause] of flawed) this.wrong.set(name, cause);
    for (const name of names) this.links.set(name, this.bench.addLink(name));
    this.bench.onTurn = () => this.look();
    this.bench.start();
    for (const name of names) this.bind(name);
  }

  ifindexOf(name: Name): number {
    return this.links.get(name) ?? 0;
  }

  bind(name: Name): void {
    const { bench } = this;
    const cause = this.wrong.get(name);
    const ifindex = this.ifindexOf(name);
    const host = names.indexOf(name) + 1;
    if (cause === 'link-local only') return bench.dhcp.silent(ifindex, `169.254.1.${host}`);
    const lease = leaseOf(`10.0.${host}.5`, { leaseSeconds: 0xffffffff });
    bench.dhcp.bound(ifindex, cause === 'no gateway' ? { ...lease, routes: [] } : lease);
    if (this.family === 6) this.advertise(ifindex, `2001:db8:${host}::`, cause === 'no gateway');
  }

  /** `isLocal`: by a router that is no default router (a lifetime of 0), as of a network of sensors. */
  private advertise(ifindex: number, prefix: string, isLocal: boolean): void {
    const { kernel } = this.bench;
    const network = { address: prefix as IpAddress, length: 64 };
    if (!isLocal) return kernel.advertise(ifindex, 'fe80::1' as IpAddress, network);
    const address = `${prefix}5` as IpAddress;
    kernel.putAddress({ ifindex, address, prefixLength: 64, protocol: byAdvertisement });
  }

  makeMetered(): void {
    for (const name of names) {
      const setting = { name: 'Metered', value: 'yes' } as const;
      this.bench.ask({ kind: 'configure', service: this.bench.idOf(name), setting });
    }
  }

  /** As its user moves it before all others. */
  putFirst(name: Name): void {
    const [first] = this.bench.order() as [Name];
    if (first === name) return;
    const [service, target] = [name, first].map((one) => this.bench.idOf(one)) as [string, string];
    this.bench.ask({ kind: 'move', service, target, place: 'before' });
  }

  inflict(name: Name, cause: Cause): void {
    this.wrong.set(name, cause);
    if (cause === 'cable out') this.bench.kernel.plug(this.ifindexOf(name), false);
  }

  heal(name: Name): void {
    const cause = this.wrong.get(name);
    this.wrong.delete(name);
    if (cause !== 'cable out') return;
    this.bench.kernel.plug(this.ifindexOf(name), true);
    this.bind(name);
  }

  /** The link that traffic leaves by; of the family that is looked at. */
  default(of: Family = this.family): Name | undefined {
    const [first] = this.bench.kernel
      .dump()
      .routes.filter(
        ({ family, destination, table }) => family === of && destination.length === 0 && table === mainTable,
      )
      .sort((a, b) => a.metric - b.metric);
    return names.find((name) => this.links.get(name) === first?.ifindex);
  }

  isGood(name: Name | undefined): boolean {
    return name !== undefined && !this.wrong.has(name);
  }

  /** Time passes; while traffic does not get on, the machine notices it once a second. */
  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 1000) {
      this.bench.advance(Math.min(left, 1000));
      const used = this.default();
      const cause = used && this.wrong.get(used);
      if (used && cause && cause !== 'cable out') this.showTrouble(used);
    }
  }

  /** Milliseconds until the default route is at a good uplink; at most `limit` are waited. */
  untilGood(limit: number): number {
    const step = 50;
    for (let waited = 0; waited < limit; waited += step) {
      if (this.isGood(this.default())) return waited;
      if (waited > 0 && waited % 1000 === 0) {
        const used = this.default();
        if (used) this.showTrouble(used);
      }
      this.bench.advance(step);
    }
    return this.isGood(this.default()) ? limit : Number.POSITIVE_INFINITY;
  }

  private showTrouble(name: Name): void {
    const cause = this.wrong.get(name);
    const ifindex = this.ifindexOf(name);
    const evidence = 'no TCP connection gets on';
    const bySize = cause === 'MTU black hole' && ({ bySize: true } as const);
    const isOne = this.family === 4 || cause === 'only one family works';
    for (const family of isOne ? [this.family] : ([4, 6] as const))
      this.bench.daemon.dispatch({ kind: 'suspicion', ifindex, family, evidence, ...bySize });
  }

  private answer({ interfaceName, isFullSize, family }: CheckRequest): CheckOutcome | undefined {
    switch (this.wrong.get(interfaceName as Name)) {
      case undefined:
        return { kind: 'online' };
      case 'MTU black hole':
        return isFullSize ? undefined : { kind: 'online' };
      case 'only one family works':
        return family === this.family ? undefined : { kind: 'online' };
      case 'DNS dead':
        return dnsDead;
      case 'portal':
        return { kind: 'portal', url: 'http://portal.test/' };
      case 'high loss':
        return this.random.chance(this.loss) ? undefined : { kind: 'online' };
      default:
        return undefined;
    }
  }

  private look(): void {
    const now = this.default();
    if (now === this.before) return;
    this.before = now;
    this.switches.push(this.bench.clock.now());
  }
}
