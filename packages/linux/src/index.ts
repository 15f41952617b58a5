/** The real ports of a Linux machine, on the native addon. A program's main.ts alone imports this. */
export * from './batch-port';
export * from './bus-stream-port';
export * from './datagram-port';
export * from './exchange-port';
export * from './namespace';
export * from './netlink-port';
