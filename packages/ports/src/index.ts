/**
 * The outside, as interfaces: what a program may ask of its machine. `packages/linux` has the real ones, `packages/testkit`
 * the scripted ones; a program's main.ts alone chooses.
 */
export * from './bus-stream';
export * from './clock';
export * from './datagram';
export * from './exchange';
export * from './file-source';
export * from './files';
export * from './folder-watch';
export * from './link-addresses';
export * from './local-listener';
export * from './name-resolver';
export * from './netlink';
export * from './packet';
export * from './port-holder';
export * from './processes';
export * from './program-runner';
export * from './rfkill';
export * from './router-solicitor';
export * from './secure-stream';
export * from './stamped-datagram';
export * from './stream';
export * from './stream-listener';
export * from './sysctl';
export * from './system-clock';
export * from './system-log';
export * from './tunnel-device';
export * from './web-client';
