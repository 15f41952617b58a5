/**
 * The leases a server gave, on disk: in the lines of dnsmasq's lease file (seconds since the epoch, hardware address, address,
 * host name, client identifier; `*` for none), so that an operator's tools read them.
 */
import { after, type Instant, type Logger, OsError } from '@connman/base';
import { parseIpv4, parseMac } from '@connman/inet';
import type { Clock, Files } from '@connman/ports';
import type { Binding } from './pool';

export interface LeaseBookPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Logger;
}

/** From one writing to the next: a crowd that comes at once is written twice. */
const gatherMs = 1000;

export class LeaseBook {
  private readonly ports: LeaseBookPorts;
  private readonly file: string;
  private unsaved: (() => Iterable<Binding>) | undefined;
  private cancelTimer: (() => void) | undefined;
  private isToldOfFault = false;

  constructor(ports: LeaseBookPorts, file: string) {
    this.ports = ports;
    this.file = file;
  }

  /**
   * Of former runs, over or not. None is taken to last longer than `leaseSeconds`: the wall clock may have been wrong when it was
   * written, or be wrong now.
   */
  read(leaseSeconds: number): readonly Binding[] {
    const { clock, files } = this.ports;
    try {
      const now = clock.now();
      const latest = after(now, leaseSeconds * 1000);
      const untilOf = (seconds: number) => {
        const until = after(now, seconds * 1000 - clock.wallTime());
        return until < latest ? until : latest;
      };
      return (files.read(this.file) ?? '').split('\n').flatMap((line) => parseBinding(line, untilOf) ?? []);
    } catch (error) {
      this.complain(error);
      return [];
    }
  }

  /** Written once the client has its answer, unless that was just done; `bindings` is asked then. */
  keep(bindings: () => Iterable<Binding>): void {
    this.unsaved = bindings;
    this.cancelTimer ??= this.ports.clock.setTimer(0, () => this.write());
  }

  /** Nothing is to be written later. */
  flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.save();
  }

  private write(): void {
    this.cancelTimer = this.ports.clock.setTimer(gatherMs, () => {
      this.cancelTimer = undefined;
      if (this.unsaved) this.write();
    });
    this.save();
  }

  private save(): void {
    const { clock, files } = this.ports;
    if (!this.unsaved) return;
    const bindings = [...this.unsaved()];
    this.unsaved = undefined;
    const epochMs = clock.wallTime() - clock.now();
    const lines = bindings.map((binding) => `${formatBinding(binding, epochMs)}\n`);
    try {
      files.writeAtomic(this.file, lines.join(''), 0o600);
      this.isToldOfFault = false;
    } catch (error) {
      this.complain(error);
    }
  }

  private complain(error: unknown): void {
    if (!(error instanceof OsError)) throw error;
    if (!this.isToldOfFault)
      this.ports.log.warning(`${this.file}: ${error.message}; leases of clients are forgotten on a restart`);
    this.isToldOfFault = true;
  }
}

function formatBinding({ until, mac, address, hostname, client }: Binding, epochMs: number): string {
  const seconds = Math.ceil((until + epochMs) / 1000);
  return [seconds, mac, address, hostname || '*', client === mac ? '*' : client].join(' ');
}

function parseBinding(line: string, untilOf: (seconds: number) => Instant): Binding | undefined {
  const [seconds = '', macText = '', addressText = '', hostname = '', client = ''] = line.split(' ');
  const mac = parseMac(macText);
  const address = parseIpv4(addressText);
  if (!/^\d{1,15}$/.test(seconds) || !mac || !address || hostname === '' || !/^(\*|[0-9a-f:]+)$/.test(client))
    return undefined;
  return {
    client: client === '*' ? mac : client,
    mac,
    address,
    hostname: hostname === '*' ? '' : hostname,
    until: untilOf(Number(seconds)),
  };
}
