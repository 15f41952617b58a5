/** Name resolution by a resolv.conf that names the servers themselves: the backend of `-r`, and of a system without a proxy. */
import type { ResolverBackend } from './backend';
import { composeResolvConf } from './dns-plan';
import { ResolvConfFile, type ResolvConfOptions } from './resolv-conf-file';

export function plainFileBackend(options: ResolvConfOptions): ResolverBackend {
  const file = new ResolvConfFile(options);
  return {
    name: 'resolv.conf',
    apply: (plan) => file.write(composeResolvConf(plan)),
    close: () => file.close(),
  };
}
