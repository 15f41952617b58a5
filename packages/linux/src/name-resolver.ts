/**
 * Names by getaddrinfo on libuv's threads: hosts file, resolver configuration and search list count as for any program. By
 * c-ares instead when the name servers to ask are given.
 */
import { OsError } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import type { NameResolver } from '@connman/ports';

/** For each of two tries at each server. */
const timeoutMs = 2000;
const tries = 2;

export const systemNameResolver: NameResolver = {
  async lookup(name, nameservers = []) {
    const literal = parseIp(name);
    if (literal) return [literal];
    return nameservers.length > 0 ? lookupAt(name, nameservers) : lookupAsSystem(name);
  },
};

/** Loaded on use: an address needs no resolver. */
function dns(): typeof import('node:dns').promises {
  return process.getBuiltinModule('node:dns').promises;
}

async function lookupAsSystem(name: string): Promise<readonly IpAddress[]> {
  try {
    return toAddresses((await dns().lookup(name, { all: true, verbatim: true })).map(({ address }) => address));
  } catch (error) {
    const { code = 'EAI_FAIL', errno } = error as NodeJS.ErrnoException;
    if (errno !== undefined && errno > -1000) throw new OsError('getaddrinfo', -errno, name);
    throw new Error(`${name} cannot be resolved (${code})`);
  }
}

async function lookupAt(name: string, nameservers: readonly IpAddress[]): Promise<readonly IpAddress[]> {
  const resolver = new (dns().Resolver)({ timeout: timeoutMs, tries });
  resolver.setServers(nameservers);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = toAddresses(answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])));
  if (addresses.length > 0) return addresses;
  const failure = answers.find((answer) => answer.status === 'rejected');
  const { code = 'no address' } = (failure?.reason ?? {}) as NodeJS.ErrnoException;
  throw new Error(`${name} cannot be resolved by ${nameservers.join(', ')} (${code})`);
}

function toAddresses(texts: readonly string[]): readonly IpAddress[] {
  return texts.map(parseIp).filter((address): address is IpAddress => address !== undefined);
}
