/** Which of the names a network offers this host takes on (ConnMan rule 195). */

/** What the default service's lease says of this host; empty for what it does not say. */
export interface OfferedNames {
  /** DHCP option 12: a peer's text. */
  readonly hostname: string;
  /** DHCP option 15: a peer's text. */
  readonly domain: string;
}

export interface NamePolicy {
  readonly allowHostnameUpdates: boolean;
  readonly allowDomainnameUpdates: boolean;
}

export interface HostNames {
  readonly hostname: string;
  readonly domainname: string;
}

export type NameChange =
  | { readonly kind: 'hostname' | 'domainname'; readonly name: string }
  /** An offer that is not taken on, and why: for the log. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What the kernel holds of either name, without the closing zero (__NEW_UTS_LEN). */
const maxNameLength = 64;
/** What some servers send that were never told a name. */
const placeholder = '<hostname>';

/** The changes that bring this host's names to the offer. What is not offered stays as it is. */
export function hostnameChange(offer: OfferedNames, current: HostNames, policy: NamePolicy): readonly NameChange[] {
  const changes: NameChange[] = [];
  const { hostname, domain } = offer;
  if (policy.allowHostnameUpdates && hostname !== '' && hostname !== placeholder) {
    const [first = ''] = hostname.split('.');
    if (!isLabel(first) || first.toLowerCase() === 'localhost')
      changes.push({ kind: 'refused', reason: `'${hostname}' is not a host name (RFC 1123)` });
    else if (first !== current.hostname) changes.push({ kind: 'hostname', name: first });
  }
  if (policy.allowDomainnameUpdates && domain !== '') {
    const name = domain.replace(/\.$/, '');
    if (name.length > maxNameLength || !name.split('.').every(isLabel)) {
      const reason = `'${domain}' is not a domain name of at most ${maxNameLength} characters`;
      changes.push({ kind: 'refused', reason });
    } else if (name !== current.domainname) {
      changes.push({ kind: 'domainname', name });
    }
  }
  return changes;
}

/** The name for a host that has none yet; undefined if it has one. */
export function nameForNameless(hostname: string): string | undefined {
  return hostname === '' || hostname === '(none)' ? 'localhost' : undefined;
}

/** RFC 1123 section 2.1. */
function isLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text);
}
