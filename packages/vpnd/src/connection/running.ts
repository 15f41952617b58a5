/**
 * The tunnels that run, on a file each: a daemon that was restarted, or killed, takes them over. The files hold no secrets and
 * are in /run, so that they do not outlive the machine's uptime.
 */
import type { Logger } from '@connman/base';
import type { Clock, Files } from '@connman/ports';
import type { TunnelRecord } from '../driver';
import type { TunnelFacts } from './tunnel';

export interface RunningTunnel {
  readonly type: string;
  readonly facts: TunnelFacts;
  readonly record: TunnelRecord;
}

const fileName = 'tunnel.json';

export class RunningTunnels {
  private readonly files: Files;
  private readonly root: string;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly unsaved = new Map<string, RunningTunnel>();
  private cancelTimer: (() => void) | undefined;

  constructor(files: Files, root: string, clock: Clock, log: Logger) {
    this.files = files;
    this.root = root;
    this.clock = clock;
    this.log = log;
  }

  folderOf(ident: string): string {
    return `${this.root}/${ident}`;
  }

  /** Once connmand has been told: it gives the tunnel its addresses and routes while the file is written. */
  save(ident: string, running: RunningTunnel): void {
    this.unsaved.set(ident, running);
    this.cancelTimer ??= this.clock.setTimer(0, () => this.close());
  }

  /** What is to be saved is on file when this returns. */
  close(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    for (const [ident, running] of this.unsaved) this.write(ident, running);
    this.unsaved.clear();
  }

  private write(ident: string, running: RunningTunnel): void {
    const file = `${this.folderOf(ident)}/${fileName}`;
    try {
      this.files.writeAtomic(file, JSON.stringify(running), 0o600);
    } catch (error) {
      this.log.warning(`${file}: ${(error as Error).message}; a restarted connman-vpnd would end this tunnel`);
    }
  }

  /** With all else the tunnel had in its folder. */
  forget(ident: string): void {
    this.unsaved.delete(ident);
    this.files.remove(this.folderOf(ident));
  }

  /** By identifier. */
  load(): ReadonlyMap<string, RunningTunnel> {
    const tunnels = new Map<string, RunningTunnel>();
    for (const ident of this.files.list(this.root)) {
      const text = this.files.read(`${this.root}/${ident}/${fileName}`);
      const running = text === undefined ? undefined : parse(text);
      if (running) tunnels.set(ident, running);
    }
    return tunnels;
  }

  /** Every folder, whether something runs there or was only begun. */
  folders(): readonly string[] {
    return this.files.list(this.root).filter((name) => this.files.status(`${this.root}/${name}`)?.kind === 'folder');
  }
}

/** We wrote it ourselves, but a disk may be full: what is not whole counts as absent. */
function parse(text: string): RunningTunnel | undefined {
  try {
    const value = JSON.parse(text) as Partial<RunningTunnel>;
    return value.type && value.facts && value.record ? (value as RunningTunnel) : undefined;
  } catch {
    return undefined;
  }
}
