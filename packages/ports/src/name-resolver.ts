import type { IpAddress } from '@connman/inet';

/** Name resolution without blocking. */
export interface NameResolver {
  /**
   * The addresses in the order they are to be tried, at least one; an address stands for itself. Asks the name servers given
   * and no others; with none, resolves as any program of the system does (getaddrinfo). Rejects with an Error that says why
   * not.
   */
  lookup(name: string, nameservers?: readonly IpAddress[]): Promise<readonly IpAddress[]>;
}
