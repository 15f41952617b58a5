/** Names by getaddrinfo on libuv's threads: hosts file, resolver configuration and search list count as for any program. */
import { OsError } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import type { NameResolver } from '@connman/ports';

export const systemNameResolver: NameResolver = {
  async lookup(name) {
    const literal = parseIp(name);
    if (literal) return [literal];
    // Loaded on use: an address needs no resolver.
    const { lookup } = process.getBuiltinModule('node:dns').promises;
    try {
      const found = await lookup(name, { all: true, verbatim: true });
      return found
        .map(({ address }) => parseIp(address))
        .filter((address): address is IpAddress => address !== undefined);
    } catch (error) {
      const { code = 'EAI_FAIL', errno } = error as NodeJS.ErrnoException;
      if (errno !== undefined && errno > -1000) throw new OsError('getaddrinfo', -errno, name);
      throw new Error(`${name} cannot be resolved (${code})`);
    }
  },
};
