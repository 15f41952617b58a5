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
  /** Of a tunnel: no service that could carry it is connected. */
  | 'no-uplink';
