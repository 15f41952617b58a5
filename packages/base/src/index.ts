export * from './bytes';
export * from './errors';
export * from './limits';
export * from './logger';
export * from './machine';
export * from './result';
export * from './secret';
export * from './time';
