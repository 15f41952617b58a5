// What the monitor sees, one line of JSON each, the same for every subject.

/** Whose words the signals are in. */
export type Dialect = 'connman' | 'networkmanager';

export type Sight =
  | { readonly kind: 'listening' }
  | { readonly kind: 'carrier'; readonly link: string; readonly on: boolean }
  | { readonly kind: 'address'; readonly link: string; readonly address: string }
  /** The link that the preferred IPv4 default route leaves by; '' when there is no such route. */
  | { readonly kind: 'default'; readonly link: string }
  | { readonly kind: 'nameservers'; readonly servers: readonly string[] }
  /** The subject is on the bus. */
  | { readonly kind: 'name' }
  /** A service (a device) is ready, or online. */
  | { readonly kind: 'service'; readonly path: string; readonly state: string }
  /** The machine as a whole is. */
  | { readonly kind: 'manager'; readonly state: string };

/** `at`: milliseconds of CLOCK_MONOTONIC. */
export type Sighting = Sight & { readonly at: number };

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
