/**
 * Names that are never to be asked outside: RFC 6761 (special use) and what followed it, RFC 6303 and RFC 7793 (reverse zones of
 * addresses that mean something only here). A link whose domain reaches into such a zone takes the names below that domain.
 */
import { isWithin, parentOf } from '../message/name';

/** What is answered for a name in the zone. */
export type SpecialAnswer = 'loopback' | 'no-such-name' | 'empty-zone';

interface SpecialZone {
  readonly answer: SpecialAnswer;
  /** The document that says so, for explanations. */
  readonly source: string;
}

const zones = new Map<string, SpecialZone>();
/** The last labels of all zones: most names are seen to be ordinary by theirs. */
const lastLabels = new Set<string>();

function zone(names: readonly string[], answer: SpecialAnswer, source: string): void {
  for (const name of names) {
    zones.set(name, { answer, source });
    lastLabels.add(name.slice(name.lastIndexOf('.') + 1));
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

zone(['localhost'], 'loopback', 'RFC 6761 section 6.3');
zone(['invalid'], 'no-such-name', 'RFC 6761 section 6.4');
zone(['test'], 'no-such-name', 'RFC 6761 section 6.2');
// Multicast DNS names (RFC 6762 section 22.1).
zone(['local'], 'no-such-name', 'RFC 6762 section 22.1');
zone(['onion'], 'no-such-name', 'RFC 7686 section 2');
zone(['alt'], 'no-such-name', 'RFC 9476 section 3');
zone(['resolver.arpa'], 'empty-zone', 'RFC 9462 section 6.4');
zone(
  [
    '10.in-addr.arpa',
    ...range(16, 31).map((octet) => `${octet}.172.in-addr.arpa`),
    '168.192.in-addr.arpa',
    '0.in-addr.arpa',
    '127.in-addr.arpa',
    '254.169.in-addr.arpa',
    '2.0.192.in-addr.arpa',
    '100.51.198.in-addr.arpa',
    '113.0.203.in-addr.arpa',
    '255.255.255.255.in-addr.arpa',
    `${'0.'.repeat(32)}ip6.arpa`,
    `1.${'0.'.repeat(31)}ip6.arpa`,
    'd.f.ip6.arpa',
    ...['8', '9', 'a', 'b'].map((nibble) => `${nibble}.e.f.ip6.arpa`),
    '8.b.d.0.1.0.0.2.ip6.arpa',
  ],
  'empty-zone',
  'RFC 6303 section 4',
);
zone(
  range(64, 127).map((octet) => `${octet}.100.in-addr.arpa`),
  'empty-zone',
  'RFC 7793 section 2',
);

export interface SpecialMatch {
  readonly zone: string;
  readonly answer: SpecialAnswer;
  readonly source: string;
}

/** The zone `name` lies in; undefined when it is an ordinary name. `routedBy` is the domain that would route it, if any. */
export function specialZoneOf(name: string, routedBy: string | undefined): SpecialMatch | undefined {
  if (!lastLabels.has(name.slice(name.lastIndexOf('.') + 1))) return undefined;
  for (let at: string | undefined = name; at !== undefined; at = parentOf(at)) {
    const found = zones.get(at);
    if (!found) continue;
    // Nobody may say where localhost is (RFC 6761 section 6.3, point 3).
    if (found.answer !== 'loopback' && routedBy !== undefined && routedBy !== '' && isWithin(routedBy, at)) {
      return undefined;
    }
    return { zone: at, ...found };
  }
  return undefined;
}
