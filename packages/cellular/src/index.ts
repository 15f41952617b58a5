/** Cellular networks through oFono, and through ModemManager: technology drivers for connmand. */
export { type CellularPorts, createCellularDriver } from './driver';
export type * as modemManager from './mm/driver';
