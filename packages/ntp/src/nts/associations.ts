/**
 * The NTS servers that are asked: each gets its keys by a TLS exchange when it is first asked, and again when its cookies
 * are used up or it has forgotten them.
 */
import type { Result } from '@connman/base';
import type { Established, KeyServer } from './key-exchange';

/** As a group of servers names one: `nts:time.example` (contracts, NtpRequest). */
const prefix = 'nts:';

export const isNts = (host: string): boolean => host.startsWith(prefix);
export const nameOf = (host: string): string => (isNts(host) ? host.slice(prefix.length) : host);

export class NtsAssociations {
  private readonly exchange: (server: KeyServer) => Promise<Result<Established, string>>;
  private readonly established = new Map<string, Established>();
  private readonly underWay = new Map<string, Promise<Result<Established, string>>>();

  constructor(exchange: (server: KeyServer) => Promise<Result<Established, string>>) {
    this.exchange = exchange;
  }

  /** What is there already. */
  get(server: KeyServer): Established | undefined {
    const found = this.established.get(keyOf(server));
    return found?.session.isSpent ? undefined : found;
  }

  /** One exchange at a time for a server, however often it is wanted meanwhile. */
  establish(server: KeyServer): Promise<Result<Established, string>> {
    const key = keyOf(server);
    const running = this.underWay.get(key);
    if (running) return running;
    const exchange = this.exchange(server).then((result) => {
      this.underWay.delete(key);
      if (result.ok) this.established.set(key, result.value);
      return result;
    });
    this.underWay.set(key, exchange);
    return exchange;
  }

  /** The server knows the keys no longer. */
  forget(server: KeyServer): void {
    this.established.delete(keyOf(server));
  }
}

const keyOf = ({ host, address, interfaceName }: KeyServer): string => `${host} ${address} ${interfaceName}`;
