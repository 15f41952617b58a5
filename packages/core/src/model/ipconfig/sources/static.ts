/** What a user has set with method manual. */
import type { Family } from '@connman/inet';
import { type Contribution, fromStatic4, fromStatic6 } from '../contribution';
import { missing } from './missing';
import type { Configured, IpSource } from './source';

function staticSource(family: Family, contribution: (service: Configured) => Contribution | undefined): IpSource {
  return {
    name: 'static',
    family,
    isWanted: ({ settings }) => (family === 4 ? settings.ipv4 : settings.ipv6).method === 'manual',
    contribution,
    pending: (service, observed) => {
      const brought = contribution(service);
      return brought ? missing(brought, service.link.ifindex, observed, family) : ['no-address-configured'];
    },
  };
}

export const static4 = staticSource(4, ({ settings }) => fromStatic4(settings.ipv4));
export const static6 = staticSource(6, ({ settings }) => fromStatic6(settings.ipv6));
