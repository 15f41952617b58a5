/** Bluetooth networks (PAN) through BlueZ, and dial-up (DUN) through dundee: technology drivers for connmand. */
export { type BluetoothPorts, createBluetoothDriver } from './driver';
export type * as dun from './dun/driver';
