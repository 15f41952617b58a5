/** A machine without a kernel or a server: what a driver works with, all of it scripted, and the server that its programs reach. */
import { type Logger, OsError, ok, type Result } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import type { NetlinkPort } from '@connman/ports';
import { LocalSockets, ManualClock, MemoryFiles, type ScriptedProcess, ScriptedProcesses } from '@connman/testkit';
import { callbackVariable } from '../../src/drivers/shared/callbacks';
import type { DriverTools } from '../../src/drivers/shared/tools';
import type { TunnelLinks } from '../../src/links';
import { ScriptedWireguard } from './scripted-wireguard';

const ENODEV = 19;

export class Machine {
  readonly clock = new ManualClock();
  readonly files = new MemoryFiles();
  readonly processes = new ScriptedProcesses(this.clock);
  readonly sockets = new LocalSockets();
  readonly wireguard = new ScriptedWireguard();
  /** Links of tunnels, by name, and which of them are up. */
  readonly links = new Map<string, { readonly ifindex: number; up: boolean }>();
  readonly log: string[] = [];
  /** The server behind every program. */
  readonly server = { isUp: true, password: 'wonder land' };
  readonly user = { user: 'vpn', group: 'vpn', supplementaryGroups: ['tun'] };
  private readonly goneWatchers = new Map<number, () => void>();
  private lastIfindex = 10;

  /** What a driver gets; each run of the daemon its own. */
  tools(): DriverTools {
    const put = (message: string) => this.log.push(message);
    const log = { debug: put, info: put, warning: put, error: put } as unknown as Logger;
    const netlink: NetlinkPort = this.wireguard;
    return {
      ...{ log, netlink, clock: this.clock, files: this.files, processes: this.processes },
      listeners: this.sockets,
      streams: this.sockets,
      entropy: { bytes: (count: number) => new Uint8Array(count).fill(7) } as unknown as DriverTools['entropy'],
      resolver: { lookup: (name) => this.lookUp(name) },
      links: this.tunnelLinks(),
      callback: '/usr/lib/connman/connman-vpn-callback',
      makeFolder: (folder) => void this.files.putFolder(folder, 0o700),
      writeSecret: (file, text) => this.files.writeAtomic(file, text, 0o600),
      makeTunnel: (name) => void this.addLink(name),
      runAs: () => this.user,
    };
  }

  /** Time passes; between two steps of it what was sent arrives. */
  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      this.clock.advance(50);
      for (let i = 0; i < 20; i++) await Promise.resolve();
    }
  }

  async until(what: string, isSo: () => boolean, limitMs = 200_000): Promise<void> {
    for (let passed = 0; passed < limitMs && !isSo(); passed += 50) await this.pass(50);
    if (!isSo()) throw new Error(`not within ${limitMs / 1000} s: ${what}\n${this.log.join('\n')}`);
  }

  addLink(name: string): number {
    const ifindex = this.links.get(name)?.ifindex ?? ++this.lastIfindex;
    this.links.set(name, { ifindex, up: this.links.get(name)?.up ?? false });
    return ifindex;
  }

  /** Another program takes the link away. */
  takeLink(name: string): void {
    const ifindex = this.links.get(name)?.ifindex ?? 0;
    this.links.delete(name);
    this.goneWatchers.get(ifindex)?.();
  }

  /** A program runs our call-back: its environment goes to the daemon, and the status comes back. */
  callBack(socket: string, environment: Readonly<Record<string, string>>): void {
    const variables = Object.entries({ ...environment, [callbackVariable]: socket }).map(
      ([key, value]) => `${key}=${value}`,
    );
    const text = ['1', String(variables.length), 'callback', ...variables, ''].join('\0');
    this.sockets
      .open(socket, { onData() {}, onDrain() {}, onClose() {} })
      .then((stream) => stream.write(new TextEncoder().encode(text), []))
      .catch(() => this.log.push(`the call-back found nothing at ${socket}`));
  }

  private tunnelLinks(): TunnelLinks {
    const indexOf = (name: string): Result<number, OsError> => {
      const link = this.links.get(name);
      return link ? ok(link.ifindex) : { ok: false, error: new OsError('looking it up', ENODEV, `link ${name}`) };
    };
    return {
      indexOf,
      add: (name) => ok(this.addLink(name)),
      switchOn: (ifindex) => {
        for (const link of this.links.values()) if (link.ifindex === ifindex) link.up = true;
        return ok(undefined);
      },
      remove: (name) => void this.links.delete(name),
      onGone: (ifindex, callback) => {
        this.goneWatchers.set(ifindex, callback);
        return () => this.goneWatchers.delete(ifindex);
      },
    };
  }

  private lookUp(name: string): Promise<readonly IpAddress[]> {
    const address = parseIp(name) ?? (name === 'vpn.example' ? ('192.0.2.1' as IpAddress) : undefined);
    return address ? Promise.resolve([address]) : Promise.reject(new Error(`${name} is unknown`));
  }
}

/** The word behind a flag of a command line. */
export function wordAfter({ options }: ScriptedProcess, flag: string): string {
  return options.args[options.args.indexOf(flag) + 1] ?? '';
}
