/**
 * A name server as a user writes it: a numeric address (rule 72), behind a link-local one perhaps the link it is on, by name
 * or by number (RFC 4007 section 11). It is kept as it was written.
 */
import { type IpAddress, isIpv6LinkLocal, parseIp, parseIpv6 } from '@connman/inet';
import type { Observed } from '../observed/tables';

/** The entries that are numeric; one may hold several, with blanks between. */
export function parseNameservers(entries: readonly string[]): string[] {
  const texts = entries.flatMap((entry) => entry.split(/\s+/)).filter(isNameserver);
  return [...new Set(texts)];
}

function isNameserver(text: string): boolean {
  if (zoneOf(text) === undefined) return parseIp(text) !== undefined;
  const [, host = ''] = /^([^%]+)%[^%/]{1,15}$/.exec(text) ?? [];
  const address = parseIpv6(host);
  return address !== undefined && isIpv6LinkLocal(address);
}

function zoneOf(text: string): string | undefined {
  return text.split('%')[1];
}

/** Of an entry that is numeric. */
export function addressOfNameserver(text: string): IpAddress {
  return parseIp(text.split('%')[0] ?? '') as IpAddress;
}

/** Whether it can be asked by this link: one that names another cannot. */
export function isByLink(text: string, ifindex: number, { links }: Observed): boolean {
  const zone = zoneOf(text);
  return zone === undefined || zone === links.get(ifindex)?.name || zone === String(ifindex);
}

/** Whether the link it names is there, as the C library wants it. */
export function isByAnyLink(text: string, observed: Observed): boolean {
  return zoneOf(text) === undefined || [...observed.links.keys()].some((ifindex) => isByLink(text, ifindex, observed));
}
