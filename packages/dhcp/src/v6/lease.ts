/** A lease from what a server granted, and from what of an earlier one still counts (RFC 8415 section 18.2.10.1). */
import type { Dhcp6Held, Dhcp6Lease, Dhcp6Lifetimes } from '@connman/contracts';
import { type Association, infinite, mostBindings } from './identity-association';
import { status } from './options';
import type { ServerMessage } from './reply';

/** Shorter lifetimes are taken as this long: renewing every second would help no one. */
const minimumSeconds = 10;
/** A server cannot make the client renew more often than this. */
const minimumT1Seconds = 5;

export interface Wanted {
  /** IA_NA. */
  readonly address: boolean;
  /** IA_PD. */
  readonly prefix: boolean;
}

/**
 * What the message leaves us with: its bindings, and those of `held` that it does not speak of, with the time they have left.
 * Undefined if that is nothing.
 */
export function leaseFrom(message: ServerMessage, wanted: Wanted, held?: Dhcp6Held): Dhcp6Lease | undefined {
  const before = held && remaining(held);
  const addresses = wanted.address
    ? merge(granted(message.addresses), before?.addresses ?? [], (one) => one.address)
    : [];
  const prefixes = wanted.prefix
    ? merge(granted(message.prefixes), before?.prefixes ?? [], ({ prefix }) => `${prefix.address}/${prefix.length}`)
    : [];
  if (addresses.length + prefixes.length === 0) return undefined;
  const associations = [wanted.address && message.addresses, wanted.prefix && message.prefixes].filter((one) => !!one);
  return {
    server: message.server,
    addresses,
    prefixes,
    configuration: message.configuration,
    ...times(associations, [...addresses, ...prefixes]),
  };
}

/** The lease without what another host has. */
export function without(lease: Dhcp6Lease, address: string): Dhcp6Lease {
  return { ...lease, addresses: lease.addresses.filter((one) => one.address !== address) };
}

export function isEmpty({ addresses, prefixes }: Dhcp6Lease): boolean {
  return addresses.length + prefixes.length === 0;
}

/** When the last of its bindings ends, in seconds from its start. */
export function lifetimeOf({ addresses, prefixes }: Dhcp6Lease): number {
  return Math.max(0, ...[...addresses, ...prefixes].map(({ validSeconds }) => validSeconds));
}

function granted<B extends Dhcp6Lifetimes>(association: Association<B> | undefined): readonly B[] {
  return association?.status.code === status.success ? association.bindings : [];
}

/** Of those granted, the ones with a lifetime of 0 are taken back. */
function merge<B extends Dhcp6Lifetimes>(fresh: readonly B[], before: readonly B[], keyOf: (one: B) => string): B[] {
  const spoken = new Set(fresh.map(keyOf));
  const kept = before.filter((one) => !spoken.has(keyOf(one)));
  // A server that gives others each time makes no lease that grows with each renewal.
  return [...fresh.filter(({ validSeconds }) => validSeconds > 0).map(longEnough), ...kept].slice(0, mostBindings);
}

function longEnough<B extends Dhcp6Lifetimes>(one: B): B {
  return one.validSeconds >= minimumSeconds ? one : { ...one, validSeconds: minimumSeconds };
}

function remaining({ lease, ageSeconds }: Dhcp6Held): Pick<Dhcp6Lease, 'addresses' | 'prefixes'> {
  const left = (seconds: number) => (seconds === infinite ? infinite : Math.max(0, seconds - ageSeconds));
  const age = <B extends Dhcp6Lifetimes>(list: readonly B[]): B[] =>
    list
      .map((one) => ({
        ...one,
        preferredSeconds: left(one.preferredSeconds),
        validSeconds: left(one.validSeconds),
      }))
      .filter(({ validSeconds }) => validSeconds > 0);
  return { addresses: age(lease.addresses), prefixes: age(lease.prefixes) };
}

/** The earliest T1 and T2 of the associations; where the server leaves them to us, half and four fifths of the shortest lifetime. */
function times(associations: readonly Association<unknown>[], bindings: readonly Dhcp6Lifetimes[]) {
  const shortest = Math.min(...bindings.map(({ preferredSeconds, validSeconds }) => preferredSeconds || validSeconds));
  const share = (part: number) => (shortest === infinite ? infinite : Math.floor(shortest * part));
  const told = (which: 't1' | 't2') =>
    Math.min(...associations.map((one) => one[which]).filter((seconds) => seconds > 0));
  const [t1, t2] = [told('t1'), told('t2')];
  const t1Seconds = Math.max(minimumT1Seconds, Number.isFinite(t1) ? t1 : Math.min(share(0.5), t2));
  const t2Seconds = Math.max(t1Seconds, Number.isFinite(t2) ? t2 : share(0.8));
  return { t1Seconds, t2Seconds };
}
