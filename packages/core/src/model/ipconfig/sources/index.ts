/** The sources of IP configuration, in the order in which what they bring is used. */
import { dhcp4 } from './dhcp4';
import { dhcp6 } from './dhcp6';
import { ownGroup } from './own-group';
import { provided4, provided6 } from './provided';
import { routerAdvertisement } from './router-advertisement';
import type { IpSource } from './source';
import { static4, static6 } from './static';

export const sources: readonly IpSource[] = [
  ...[static4, provided4, dhcp4, ownGroup],
  ...[static6, provided6, dhcp6, routerAdvertisement],
];
