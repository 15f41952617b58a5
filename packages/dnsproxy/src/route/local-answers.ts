/** Answers that need no server: the hosts file, and names no one outside is to be asked for. */
import { familyOf, type IpAddress, ipToBytes } from '@connman/inet';
import type { FileSource } from '@connman/ports';
import type { PackedAnswer } from '../cache/packed-answer';
import { Class, Rcode, Type } from '../message/constants';
import { isWithin, parentOf, parseName } from '../message/name';
import { everyName, type HostsTable, noHosts, parseHosts } from './hosts';
import type { Route } from './router';
import { isTakenBy, type SpecialMatch, specialZoneOf } from './special-names';

export interface LocalAnswer {
  readonly answer: PackedAnswer;
  /** Why it was not asked for outside, in words. */
  readonly reason: string;
}

/** The TTL of an answer of our own (as in RFC 6303 section 3 for its zones). */
const zoneTtl = 10_800;
/** Short: the file may change. */
const hostsTtl = 0;

const loopback: readonly IpAddress[] = ['127.0.0.1' as IpAddress, '::1' as IpAddress];
/** 127.0.0.1 and ::1 are localhost even where the hosts file does not say so. */
const loopbackNames: readonly string[] = ['1.0.0.127.in-addr.arpa', `1.${'0.'.repeat(31)}ip6.arpa`];

export class LocalAnswers {
  private readonly source: FileSource;
  private hosts: HostsTable = noHosts;
  /** Clients of a shared connection. */
  private clients: HostsTable = noHosts;
  private stamp = '';
  private readonly privateZoneData: Uint8Array;
  /** Names of the hosts file and this machine in special zones, and those above them; made when first needed. */
  private known: ReadonlySet<string> | undefined;

  constructor(source: FileSource) {
    this.source = source;
    this.privateZoneData = soaData();
  }

  /** Reads the hosts file if it has changed; true if it has. */
  refresh(): boolean {
    const stamp = this.source.stamp();
    if (stamp === this.stamp) return false;
    this.stamp = stamp;
    this.known = undefined;
    this.hosts = stamp === '' ? noHosts : parseHosts(this.source.read());
    return true;
  }

  /** Names that clients gave themselves; what the hosts file says of a name or an address comes first. */
  setClients(clients: HostsTable): void {
    this.clients = clients;
    this.known = undefined;
  }

  /** Whatever a client of a shared connection asks for, where all names lead to a page of this machine. */
  findForClients(type: number): LocalAnswer | undefined {
    if (!this.clients.addresses.has(everyName)) return undefined;
    const reason = 'clients of a shared connection are led to a page of this machine';
    return { answer: answerFrom(this.clients, everyName, type) ?? pack(Rcode.NOERROR, []), reason };
  }

  /** `name` in lower case; `route` is where it would be asked. */
  find(name: string, type: number, classNumber: number, route: Route): LocalAnswer | undefined {
    if (classNumber !== Class.IN) return undefined;
    const listed = answerFrom(this.hosts, name, type);
    if (listed) return { answer: listed, reason: 'the hosts file has it' };
    const special = specialZoneOf(name);
    const client = special?.answer === 'loopback' ? undefined : answerFrom(this.clients, name, type);
    if (client) return { answer: client, reason: 'a client of a shared connection has it' };
    if (!special || isTakenBy(special, route.domain)) return undefined;
    // The route leads to private servers alone.
    if (special.answer === 'private' && route.servers.length > 0) return undefined;
    const reason = `${special.zone} is not asked for outside (${special.source})`;
    if (special.answer === 'loopback') return { answer: addressAnswer(loopback, type, 3600), reason };
    if (type === Type.PTR && loopbackNames.some((own) => isWithin(name, own))) {
      return { answer: pack(Rcode.NOERROR, [{ type, ttl: 3600, data: nameOf('localhost') }]), reason };
    }
    return { answer: this.empty(name, special, type), reason };
  }

  /** "No such name" or "no such data", with an SOA of our own so that it is remembered. */
  private empty(name: string, { zone, answer }: SpecialMatch, type: number): PackedAnswer {
    // What does not exist at all has no SOA of its own: the root's says so.
    const apex = answer === 'no-such-name' ? '' : zone;
    const soa = { owner: nameOf(apex), type: Type.SOA, ttl: zoneTtl, data: this.privateZoneData };
    if (name === apex && type === Type.SOA) return pack(Rcode.NOERROR, [soa]);
    const exists = name === apex || answer === 'no-such-data' || this.isKnown(name);
    return pack(exists ? Rcode.NOERROR : Rcode.NXDOMAIN, [], [soa]);
  }

  /** Whether a name of ours is this one or lies below it: then it exists, though it may have no data (RFC 8020). */
  private isKnown(name: string): boolean {
    this.known ??= namesAndZones([...namesIn(this.hosts), ...namesIn(this.clients), ...loopbackNames]);
    return this.known.has(name);
  }
}

function namesIn({ addresses, names }: HostsTable): string[] {
  return [...addresses.keys(), ...names.keys()];
}

function answerFrom({ addresses, names }: HostsTable, name: string, type: number): PackedAnswer | undefined {
  const own = addresses.get(name);
  // A host of the table has no other addresses; other types of the same name are the servers' matter.
  if (own) return type === Type.A || type === Type.AAAA ? addressAnswer([...own], type, hostsTtl) : undefined;
  const host = type === Type.PTR ? names.get(name) : undefined;
  return host === undefined ? undefined : pack(Rcode.NOERROR, [{ type, ttl: hostsTtl, data: nameOf(host) }]);
}

/** Those of the names that lie in special zones, and the zones between. */
function namesAndZones(names: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of names) {
    const zone = specialZoneOf(name)?.zone;
    if (zone === undefined) continue;
    for (let at = name; at !== zone && !found.has(at); at = parentOf(at) as string) found.add(at);
  }
  return found;
}

interface OwnRecord {
  /** The name asked for if not given. */
  readonly owner?: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  readonly data: Uint8Array;
}

function addressAnswer(addresses: readonly IpAddress[], type: number, ttl: number): PackedAnswer {
  const family = type === Type.A ? 4 : type === Type.AAAA ? 6 : 0;
  const fitting = addresses.filter((address) => familyOf(address) === family);
  return pack(
    Rcode.NOERROR,
    fitting.map((address) => ({ type, ttl, data: ipToBytes(address) })),
  );
}

/** Records behind a question; those without an owner point to the name in it. */
function pack(rcode: number, answers: readonly OwnRecord[], authorities: readonly OwnRecord[] = []): PackedAnswer {
  const records = [...answers, ...authorities];
  const octets: number[] = [];
  const ttls: number[] = [];
  let answersEnd = 0;
  for (const [i, { owner, type, ttl, data }] of records.entries()) {
    octets.push(...(owner ?? [0xc0, 12]), type >>> 8, type & 255, 0, Class.IN);
    ttls.push(octets.length & 255, octets.length >>> 8);
    octets.push(ttl >>> 24, (ttl >>> 16) & 255, (ttl >>> 8) & 255, ttl & 255, data.length >>> 8, data.length & 255);
    octets.push(...data);
    if (i < answers.length) answersEnd = octets.length;
  }
  return {
    flags: rcode,
    answers: answers.length,
    authorities: authorities.length,
    additional: 0,
    octets: Uint8Array.from([...ttls, ...octets]),
    at: 0,
    ttlCount: records.length,
    bodyLength: octets.length,
    answersEnd,
    authoritiesEnd: octets.length,
    needsAuthority: answers.length === 0,
    lifetimeSeconds: Math.min(...records.map((record) => record.ttl), zoneTtl),
    scope: 0,
    server: 0,
  };
}

function nameOf(text: string): Uint8Array {
  const parsed = parseName(text);
  return parsed.ok ? parsed.value : new Uint8Array(1);
}

/** The SOA of RFC 6303 section 3: itself as the server, no one to write to. */
function soaData(): Uint8Array {
  const fields = new DataView(new ArrayBuffer(20));
  [1, 3600, 1200, 604_800, zoneTtl].forEach((value, i) => {
    fields.setUint32(4 * i, value);
  });
  return Uint8Array.from([...nameOf('localhost'), ...nameOf('nobody.invalid'), ...new Uint8Array(fields.buffer)]);
}
