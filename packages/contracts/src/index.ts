export * from './connman';
export * from './dhcp';
export * from './dnsproxy';
export * from './errors';
