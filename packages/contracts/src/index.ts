export * from './dhcp';
export * from './dnsproxy';
