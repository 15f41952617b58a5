/** DHCP as a part of another program. */

export { createDhcpComponent, type DhcpPorts } from './component';
export type * as dhcpServer from './v4/server';
export type * as dhcp6 from './v6/client';
