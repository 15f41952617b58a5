/** The addresses a server may give and who has them (RFC 2131 section 4.3.1), as a value: each change makes a new pool. */
import type { Instant } from '@connman/base';
import { type Ipv4Address, ipv4FromUint32, ipv4ToUint32, type MacAddress } from '@connman/inet';

/** A lease as the server remembers it; kept when it is over, so that the client gets its address again. */
export interface Binding {
  /** Option 61 in hexadecimal, else the hardware address: who the client says it is. */
  readonly client: string;
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
  /** Option 12; empty if it said none. */
  readonly hostname: string;
  readonly until: Instant;
}

export interface Pool {
  readonly first: number;
  readonly last: number;
  readonly byAddress: ReadonlyMap<Ipv4Address, Binding>;
  readonly byClient: ReadonlyMap<string, Binding>;
  /** Addresses that hosts use which have no lease of them. */
  readonly foreign: ReadonlyMap<Ipv4Address, Foreign>;
}

export interface Foreign {
  /** It is left alone until then. */
  readonly until: Instant;
  /** The host, which may have it; unknown where a client has declined it. */
  readonly mac?: MacAddress;
}

/** Who asks for an address. */
export type Client = Pick<Binding, 'client' | 'mac'>;

/** From `first` to `last`, both given; `bindings` are those of an earlier run. */
export function poolOf(first: Ipv4Address, last: Ipv4Address, bindings: readonly Binding[] = []): Pool {
  const tables = { byAddress: new Map<Ipv4Address, Binding>(), byClient: new Map<string, Binding>() };
  const pool: Pool = { first: ipv4ToUint32(first), last: ipv4ToUint32(last), ...tables, foreign: new Map() };
  for (const binding of bindings) if (isInPool(pool, binding.address)) put(tables, binding);
  return pool;
}

function isInPool({ first, last }: Pool, address: Ipv4Address): boolean {
  const value = ipv4ToUint32(address);
  return value >= first && value <= last;
}

/** Whether the client may have the address now. */
export function isFreeFor(pool: Pool, { client, mac }: Client, address: Ipv4Address, now: Instant): boolean {
  if (!isInPool(pool, address)) return false;
  const foreign = pool.foreign.get(address);
  if (foreign && foreign.until > now && foreign.mac !== mac) return false;
  const holder = pool.byAddress.get(address);
  return holder === undefined || holder.client === client || holder.until <= now;
}

/** Those that no client has now. */
export function* freeAddresses(pool: Pool, now: Instant): Generator<Ipv4Address> {
  for (let value = pool.first; value <= pool.last; value++) {
    const address = ipv4FromUint32(value);
    const isLeased = (pool.byAddress.get(address)?.until ?? 0) > now;
    if (!isLeased && (pool.foreign.get(address)?.until ?? 0) <= now) yield address;
  }
}

/**
 * The address to offer: the client's own, also when its lease is over; the one it asks for; one that was never given; the one
 * that has been free for longest; one that is promised to another client, where no other is left. Undefined when all are taken.
 */
export function addressFor(
  pool: Pool,
  client: Client,
  requested: Ipv4Address | undefined,
  now: Instant,
  isPromised: (address: Ipv4Address) => boolean = () => false,
): Ipv4Address | undefined {
  for (const address of [pool.byClient.get(client.client)?.address, requested])
    if (address && isFreeFor(pool, client, address, now) && !isPromised(address)) return address;
  const size = pool.last - pool.first + 1;
  const start = hash(client.client) % size;
  let oldest: Binding | undefined;
  let promised: Ipv4Address | undefined;
  for (let step = 0; step < size; step++) {
    const address = ipv4FromUint32(pool.first + ((start + step) % size));
    if (!isFreeFor(pool, client, address, now)) continue;
    const holder = pool.byAddress.get(address);
    if (isPromised(address)) promised ??= address;
    else if (!holder) return address;
    else if (!oldest || holder.until < oldest.until) oldest = holder;
  }
  return oldest?.address ?? promised;
}

/** The binding is in force; what the client or the address had before is forgotten. */
export function bind(pool: Pool, binding: Binding): Pool {
  const tables = { byAddress: new Map(pool.byAddress), byClient: new Map(pool.byClient) };
  put(tables, binding);
  if (!pool.foreign.has(binding.address)) return { ...pool, ...tables };
  const foreign = new Map(pool.foreign);
  foreign.delete(binding.address);
  return { ...pool, ...tables, foreign };
}

function put(
  { byAddress, byClient }: { byAddress: Map<Ipv4Address, Binding>; byClient: Map<string, Binding> },
  binding: Binding,
): void {
  const [own, holder] = [byClient.get(binding.client), byAddress.get(binding.address)];
  if (own) byAddress.delete(own.address);
  if (holder) byClient.delete(holder.client);
  byAddress.set(binding.address, binding);
  byClient.set(binding.client, binding);
}

/** The client has given its address back, and gets it again if it comes again. */
export function release(pool: Pool, client: string, now: Instant): Pool {
  const binding = pool.byClient.get(client);
  return binding ? bind(pool, { ...binding, until: now }) : pool;
}

/** A host has the address without a lease; what it had by a lease before is remembered if it is the same. */
export function setAside(pool: Pool, address: Ipv4Address, host: Foreign): Pool {
  const foreign = new Map(pool.foreign).set(address, host);
  const holder = pool.byAddress.get(address);
  if (!holder || holder.mac === host.mac) return { ...pool, foreign };
  const byAddress = new Map(pool.byAddress);
  const byClient = new Map(pool.byClient);
  byClient.delete(holder.client);
  byAddress.delete(address);
  return { ...pool, byAddress, byClient, foreign };
}

/** FNV-1a: the same client begins its search at the same address. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
