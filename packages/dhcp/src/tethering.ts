/** What serves the clients of a shared connection: the part "tethering" of connmand. */

export { NeighbourWatch } from '@connman/netlink';
export { createRouterAdvertisers } from './ndisc/advertiser';
export { createDhcpServers } from './v4/server';
