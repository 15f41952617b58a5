/** TUN/TAP devices: links whose other end is a program. */
export interface TunnelDevicePort {
  /**
   * Makes a link that stays until it is removed, used or not. `owner` is the user who may use it; only root if
   * not given. Fine if there is one of this name and kind already. Throws OsError.
   */
  create(name: string, kind: 'tun' | 'tap', owner?: { readonly user?: number; readonly group?: number }): void;
  /** Makes a TUN link, which goes when the last copy of its descriptor is closed. Throws OsError. */
  open(): OpenTunnel;
}

export interface OpenTunnel {
  /** The kernel's choice: `tun0`, or the next number that is free. */
  readonly interfaceName: string;
  /** Reads and writes single IP packets without a header before them. */
  readonly fd: number;
  close(): void;
}
