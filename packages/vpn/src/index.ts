/** The part of connmand that shows connman-vpnd's connections as services. */
export { isVpnConfigured } from './configured';
export { type VpnTechnologyPorts, vpnTechnology } from './technology';
