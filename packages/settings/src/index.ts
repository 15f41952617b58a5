/** Settings and storage: main.conf, and what is remembered under /var/lib/connman, in ConnMan's formats. */

export type * as checking from './check';
export * as fields from './fields';
export * from './keyfile';
export * from './keyfile-values';
export * from './main-conf';
export * from './main-settings';
export * from './nameserver';
export * from './problem';
export * from './provisioning';
export { provisioningFields } from './provisioning-keys';
export { type ReadOptions, readGroup } from './read-group';
export * from './session-policy';
export * from './storage';
export * from './stored-global';
export * from './stored-provider';
export * from './stored-service';
export * from './vpn-conf';
export * from './vpn-config';
