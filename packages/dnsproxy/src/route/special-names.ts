/**
 * Names that do not belong to the public DNS: RFC 6761 (special use) and what followed it, RFC 6303 and RFC 7793 (reverse zones
 * of addresses that mean something only here). A link whose domain reaches into such a zone takes the names below that domain.
 */
import { isWithin, parentOf } from '../message/name';

/**
 * What is answered for a name in the zone. `private`: servers of private networks may know it, and only they are asked;
 * without one it is an empty zone.
 */
export type SpecialAnswer = 'loopback' | 'no-such-name' | 'no-such-data' | 'empty-zone' | 'private';

interface SpecialZone {
  readonly answer: SpecialAnswer;
  /** The document that says so, for explanations. */
  readonly source: string;
}

interface SpecialZones {
  readonly zones: ReadonlyMap<string, SpecialZone>;
  /** The last labels of all zones: most names are seen to be ordinary by theirs. */
  readonly lastLabels: ReadonlySet<string>;
}

function specialZones(): SpecialZones {
  const zones = new Map<string, SpecialZone>();
  const zone = (names: readonly string[], answer: SpecialAnswer, source: string) => {
    for (const name of names) zones.set(name, { answer, source });
  };
  zone(['localhost'], 'loopback', 'RFC 6761 section 6.3');
  zone(['invalid'], 'no-such-name', 'RFC 6761 section 6.4');
  // Multicast DNS names. The zone itself does not exist either: nss-mdns takes an answer for `local` as a sign that unicast DNS
  // has such a zone, and stops asking by multicast.
  zone(['local'], 'no-such-name', 'RFC 6762 section 22.1');
  zone(['onion'], 'no-such-name', 'RFC 7686 section 2');
  zone(['alt'], 'no-such-name', 'RFC 9476 section 3');
  // We have no designated resolvers to tell of.
  zone(['resolver.arpa'], 'no-such-data', 'RFC 9462 section 4');
  zone(
    [
      '10.in-addr.arpa',
      ...range(16, 31).map((octet) => `${octet}.172.in-addr.arpa`),
      '168.192.in-addr.arpa',
      'd.f.ip6.arpa',
    ],
    'private',
    'RFC 6303 section 4',
  );
  zone(
    range(64, 127).map((octet) => `${octet}.100.in-addr.arpa`),
    'private',
    'RFC 7793 section 2',
  );
  zone(
    [
      '0.in-addr.arpa',
      '127.in-addr.arpa',
      '254.169.in-addr.arpa',
      '2.0.192.in-addr.arpa',
      '100.51.198.in-addr.arpa',
      '113.0.203.in-addr.arpa',
      '255.255.255.255.in-addr.arpa',
      `${'0.'.repeat(32)}ip6.arpa`,
      `1.${'0.'.repeat(31)}ip6.arpa`,
      ...['8', '9', 'a', 'b'].map((nibble) => `${nibble}.e.f.ip6.arpa`),
      '8.b.d.0.1.0.0.2.ip6.arpa',
    ],
    'empty-zone',
    'RFC 6303 section 4',
  );
  return { zones, lastLabels: new Set([...zones.keys()].map(lastLabelOf)) };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const lastLabelOf = (name: string) => name.slice(name.lastIndexOf('.') + 1);

/** Made for the first question: no start of the daemon waits for it. */
let special: SpecialZones | undefined;

export interface SpecialMatch {
  readonly zone: string;
  readonly answer: SpecialAnswer;
  readonly source: string;
}

/** The zone `name` lies in; undefined when it is an ordinary name. */
export function specialZoneOf(name: string): SpecialMatch | undefined {
  special ??= specialZones();
  if (!special.lastLabels.has(lastLabelOf(name))) return undefined;
  for (let at: string | undefined = name; at !== undefined; at = parentOf(at)) {
    const found = special.zones.get(at);
    if (found) return { zone: at, ...found };
  }
  return undefined;
}

/** Whether a link with `domain` takes the names below it out of the zone. Where localhost is, no link may say (RFC 6761 section 6.3, point 3). */
export function isTakenBy(special: SpecialMatch, domain: string | undefined): boolean {
  return special.answer !== 'loopback' && domain !== undefined && domain !== '' && isWithin(domain, special.zone);
}
