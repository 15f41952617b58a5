import type { IpAddress } from '@connman/inet';

/** The system's name resolution (getaddrinfo), without blocking. */
export interface NameResolver {
  /** The addresses in the order they are to be tried; an address stands for itself. Rejects with an Error that says why not. */
  lookup(name: string): Promise<readonly IpAddress[]>;
}
