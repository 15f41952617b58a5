/** A name server as settings name it: an address and, behind a #, the name its certificate carries (DNS over TLS). */
import { type IpAddress, parseIp } from '@connman/inet';

export interface Nameserver {
  readonly address: IpAddress;
  /** Lower case, without the last dot. */
  readonly tlsName?: string;
}

const namePattern = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** `9.9.9.9`, `9.9.9.9#dns.quad9.net`, `2620:fe::fe#dns.quad9.net`; undefined for anything else. */
export function parseNameserver(text: string): Nameserver | undefined {
  const hash = text.indexOf('#');
  const address = parseIp(hash < 0 ? text : text.slice(0, hash));
  if (!address || hash < 0) return address && { address };
  const tlsName = text
    .slice(hash + 1)
    .toLowerCase()
    .replace(/\.$/, '');
  return namePattern.test(tlsName) ? { address, tlsName } : undefined;
}

/** The text in its normal form; undefined if it does not fit. */
export function readNameserver(text: string, named: boolean): string | undefined {
  const server = parseNameserver(text);
  if (!server || (named && server.tlsName === undefined)) return undefined;
  return server.tlsName === undefined ? server.address : `${server.address}#${server.tlsName}`;
}
