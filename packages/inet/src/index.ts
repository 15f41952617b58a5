export * from './duid';
export * from './host-address';
export * from './ipv4';
export * from './ipv6';
export * from './mac';
export * from './prefix';
export * from './static-route';
