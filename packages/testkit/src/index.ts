/** What tests put in place of the machine: scripted ports, clocks and peers. */
export * from './compliance/firewall';
export * from './compliance/technology';
export * from './driver-bench';
export * from './fake-kernel';
export * from './fake-kernel-requests';
export type { RouteMode } from './fake-routes';
export * from './fake-sockets';
export * from './local-sockets';
export * from './manual-clock';
export * from './memory-files';
export * from './packet-wire';
export * from './private-bus';
export * from './scripted-processes';
export * from './scripted-radio';
export * from './wireless/scripted-air';
export * from './wireless/scripted-bus';
export * from './wireless/scripted-iwd';
export * from './wireless/scripted-supplicant';
