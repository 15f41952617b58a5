/** DHCP as a part of another program. */

export { createDhcpComponent, type DhcpPorts } from './component';
export type * as tethering from './tethering';
export type * as dhcp6 from './v6/client';
