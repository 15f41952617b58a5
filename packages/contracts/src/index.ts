export * from './dhcp';
