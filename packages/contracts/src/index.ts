export * from './connman';
export * from './connman-optional';
export * from './dhcp';
export * from './dnsproxy';
export * from './errors';
