export * from './connman';
export * from './connman-optional';
export * from './dhcp';
export * from './dhcp-bus';
export * from './dnsproxy';
export * from './dnsproxy-bus';
export * from './errors';
export * from './technology';
