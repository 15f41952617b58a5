/** The DNS proxy as a part of another program. */
export { createDnsProxy, type DnsProxyPorts } from './component';
export { reverseNameOf } from './route/hosts';
export { type DnsProxySettings, defaultSettings } from './settings';
