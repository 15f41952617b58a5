/** The real ports of a Linux machine, on the native addon. A program's main.ts alone imports this. */
export * from './batch-port';
export * from './bus-stream-port';
export * from './clock';
export * from './datagram-port';
export * from './entropy';
export * from './exchange-port';
export * from './file-source';
export * from './files';
export * from './namespace';
export * from './netlink-port';
export * from './packet-port';
export * from './port-holder';
export * from './process';
export * from './secure-stream-port';
export * from './stream-listener-port';
export * from './stream-port';
export * from './sysctl';
