import type { MacAddress } from '@connman/inet';

/** The link-layer addresses of all links of this machine, used or not. */
export interface LinkAddresses {
  /** As of now. Throws OsError. */
  read(): ReadonlySet<MacAddress>;
}
