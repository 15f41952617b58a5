/** Bluetooth networks (PAN) through BlueZ: a technology driver for connmand. */
export { type BluetoothPorts, createBluetoothDriver } from './driver';
export type { BluetoothLinks } from './pan-network';
