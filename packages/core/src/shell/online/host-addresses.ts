/** The addresses behind the host of a URL, asked of a service's own name servers; none that no host can have. */
import { err, ok, type Result } from '@connman/base';
import {
  type Family,
  familyOf,
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  isUsableHostAddress,
  parseIp,
} from '@connman/inet';
import type { CheckPath } from '../../model/online/online-machine';
import type { Resolution, Resolve, ResolveFailure } from './resolve';

export function hostAddresses(resolve: Resolve, hostname: string, path: CheckPath & { family: Family }): Resolution {
  const { family, nameservers, interfaceName, tls } = path;
  const literal = parseIp(hostname.replace(/^\[(.*)\]$/, '$1'));
  if (!literal) {
    const { result, cancel } = resolve(hostname, family, nameservers, interfaceName, tls);
    return { result: result.then((found) => (found.ok ? usable(found.value) : found)), cancel };
  }
  const found = familyOf(literal) === family ? usable([literal]) : refuse(`${literal} is no IPv${family} address`);
  return { result: Promise.resolve(found), cancel: () => {} };
}

function usable(found: readonly IpAddress[]): Result<readonly IpAddress[], ResolveFailure> {
  const addresses = found.filter(isHost);
  return addresses.length > 0 ? ok(addresses) : refuse(`${found.join(', ')} is no host's address`);
}

function refuse(reason: string): Result<never, ResolveFailure> {
  return err({ reason, transient: false });
}

/** Not an address a name or a redirect may send us to: this machine itself, none at all, all at once. */
function isHost(address: IpAddress): boolean {
  if (familyOf(address) === 4) return isUsableHostAddress(address as Ipv4Address);
  return !/^(::1?$|::ffff:|ff)/.test(address as Ipv6Address);
}
