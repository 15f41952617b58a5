/** The part `check` of connmand: loaded by `connmand --check` alone. */
export * from './check-files';
export * from './report';
