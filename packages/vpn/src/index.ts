/** The part of connmand that shows connman-vpnd's connections as services. */
export { type VpnTechnologyPorts, vpnTechnology } from './technology';
