/** The DNS proxy as a part of another program. */
export { createDnsProxy, type DnsProxyPorts } from './component';
export {} from './route/hosts';
export { type DnsProxySettings, defaultSettings } from './settings';
