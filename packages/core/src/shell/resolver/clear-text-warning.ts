/** Says what becomes of DNS over TLS where resolv.conf names the servers themselves, once for each link. */
import type { Logger } from '@connman/base';
import type { DnsPlan } from '../../model/resolver/dns-plan';

export class ClearTextWarning {
  private readonly log: Logger;
  private said: ReadonlySet<string> = new Set();

  constructor(log: Logger) {
    this.log = log;
  }

  /** The plan is in a resolv.conf that names the servers. `cure`: what to do about it. */
  say(plan: DnsPlan, cure: string): void {
    const said = new Set<string>();
    for (const { interfaceName, tls, nameservers } of plan.links) {
      if (tls === 'off' || nameservers.length === 0) continue;
      const line =
        tls === 'strict'
          ? `${interfaceName}: DNSOverTLS=strict: its name servers are left out of resolv.conf, whose readers ask in the clear, and its names are not resolved`
          : `${interfaceName}: DNSOverTLS=opportunistic: its name servers are asked in the clear by programs that read resolv.conf`;
      said.add(line);
      if (!this.said.has(line)) this.log.warning(`${line}; ${cure}`);
    }
    this.said = said;
  }

  /** Names go through the proxy, which keeps what was asked for. */
  over(): void {
    this.said = new Set();
  }
}
