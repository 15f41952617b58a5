/** Name resolution by a resolv.conf that names the servers themselves: the backend of `-r`, and of a system without a proxy. */

import { composeResolvConf, type DnsPlan, standInResolvConf } from '../../model/resolver/dns-plan';
import type { ResolverBackend } from './backend';
import { ClearTextWarning } from './clear-text-warning';
import { ResolvConfFile, type ResolvConfOptions } from './resolv-conf-file';

export function plainFileBackend(options: ResolvConfOptions): ResolverBackend {
  const file = new ResolvConfFile(options);
  const warning = new ClearTextWarning(options.log);
  let last: DnsPlan | undefined;
  return {
    apply: (plan) => {
      last = plan;
      file.write(composeResolvConf(plan));
      warning.say(plan, 'start connmand without -r (--nodnsproxy) to have a DNS proxy that speaks TLS');
    },
    close: () => file.close(standInResolvConf(last)),
  };
}
