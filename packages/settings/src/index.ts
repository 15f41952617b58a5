export * from './keyfile';
export * from './keyfile-values';
export * from './main-conf';
export * from './main-settings';
export * from './problem';
