/** How an online check turns a host name into addresses: by its own stub, or by whatever the program hosts instead. */
import type { Result } from '@connman/base';
import type { DnsTlsMode } from '@connman/contracts';
import type { Family, IpAddress } from '@connman/inet';

export interface ResolveFailure {
  readonly reason: string;
  /** A server has responded: there is no such name, or no address of that family. */
  readonly denied?: true;
  /** This machine could not even ask. */
  readonly transient: boolean;
}

export interface Resolution {
  /** The addresses, at least one. Never rejects, and ends within a few seconds, unless it is cancelled. */
  readonly result: Promise<Result<readonly IpAddress[], ResolveFailure>>;
  /** Closes all that is open for it; the result does not come then. */
  cancel(): void;
}

/** The addresses of one family of a host. Asks these servers and no others, by this interface. */
export type Resolve = (
  host: string,
  family: Family,
  servers: readonly IpAddress[],
  interfaceName: string,
  tls: DnsTlsMode,
) => Resolution;
