/** The real ports of a Linux machine, on the native addon. A program's main.ts alone imports this. */
export * from './batch-port';
export * from './bus-stream-port';
export * from './clock';
export * from './datagram-port';
export * from './entropy';
export * from './exchange-port';
export * from './files';
export * from './namespace';
export * from './netlink-port';
export * from './packet-port';
export * from './process';
export * from './stream-port';
export * from './sysctl';
