/** Cellular networks through oFono: a technology driver for connmand. */
export { type CellularPorts, createCellularDriver } from './driver';
