/**
 * What connmand asks of the NTP component and what it reports, whether the component is hosted in connmand or a program of
 * its own on the bus. Plain values throughout, so that a recorded conversation replays.
 */
import type { IpAddress } from '@connman/inet';

export interface NtpRequest {
  /**
   * Time servers, names or addresses, in groups of equal standing, the preferred group first. A group is used when none
   * before it has a server that responds, or when those before it cannot agree on the time. A server behind `nts:` is
   * asked with Network Time Security (RFC 8915) only.
   */
  readonly groups: readonly (readonly string[])[];
  /** The link the servers are reached by; any if empty. */
  readonly interfaceName: string;
  /** Asked for the addresses of names. */
  readonly nameservers: readonly IpAddress[];
  /** An offset below this is slewed, a larger one stepped; in seconds, 0.5 at most. */
  readonly stepThreshold: number;
  /** No true time is before this: seconds since the epoch. An earlier one needs more than one server to say so. */
  readonly notBefore: number;
}

/** A server's time was applied. */
export interface NtpSynchronised {
  readonly kind: 'synchronised';
  /** The server as the request names it, and its address. */
  readonly server: string;
  readonly address: IpAddress;
  /** How far the system clock was behind, in seconds; negative if it was ahead. */
  readonly offset: number;
  /** The clock was set at once, not slewed. */
  readonly stepped: boolean;
  /** Correction of the oscillator's rate now in force, in parts per million. */
  readonly frequency: number;
  /** Bound of the error that is left, in seconds. */
  readonly rootDistance: number;
  readonly stratum: number;
  /** Servers that agree, and those that were asked. */
  readonly agreeing: number;
  readonly asked: number;
}

export type NtpEvent =
  | NtpSynchronised
  /** No server responds or none can be trusted: the reason, in words. The component goes on by itself. */
  | { readonly kind: 'unsynchronised'; readonly reason: string }
  /** Another program disciplines the clock; the component leaves it alone until that ends. */
  | { readonly kind: 'yielded' }
  /** The clock cannot be set: the reason, in words. The component has stopped. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface NtpComponent {
  /** Starts with these servers at once, replacing those before. What is known of the oscillator is kept. */
  start(request: NtpRequest): void;
  /** Asks no more; the clock runs on as it is. Fine if nothing runs. */
  stop(): void;
  onEvent(listener: (event: NtpEvent) => void): void;
}
