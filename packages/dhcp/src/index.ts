/** DHCP as a part of another program. */
export { createDhcpComponent, type DhcpPorts } from './component';
