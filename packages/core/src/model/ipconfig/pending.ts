/** What a family of a service may still be waiting for. */
export type PendingReason =
  | 'no-lease'
  | 'lease-unconfirmed'
  | 'no-address-configured'
  | 'no-router-advertisement'
  | 'address-missing'
  | 'address-duplicate'
  | 'address-tentative'
  | 'no-gateway-route'
  /** Of a group of peers that this machine owns: no one has an address of it yet. */
  | 'no-client'
  /** Of a tunnel: no service that could carry it is connected. */
  | 'no-uplink';
