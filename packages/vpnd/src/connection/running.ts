/**
 * The tunnels that run, on a file each: a daemon that was restarted, or killed, takes them over. The files hold no secrets and
 * are in /run, so that they do not outlive the machine's uptime.
 */
import type { Logger } from '@connman/base';
import type { Files } from '@connman/ports';
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
  private readonly log: Logger;

  constructor(files: Files, root: string, log: Logger) {
    this.files = files;
    this.root = root;
    this.log = log;
  }

  folderOf(ident: string): string {
    return `${this.root}/${ident}`;
  }

  save(ident: string, running: RunningTunnel): void {
    const file = `${this.folderOf(ident)}/${fileName}`;
    try {
      this.files.writeAtomic(file, JSON.stringify(running), 0o600);
    } catch (error) {
      this.log.warning(`${file}: ${(error as Error).message}; a restarted connman-vpnd would end this tunnel`);
    }
  }

  /** With all else the tunnel had in its folder. */
  forget(ident: string): void {
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
